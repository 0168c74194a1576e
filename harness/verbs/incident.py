"""An incident handled as the runbook says: look, conclude, mend, see that it is mended, clean up.

Every act goes on the timeline with who did it; the cause comes from the evidence alone.
"""

from __future__ import annotations

from harness.diagnosis.causes import diagnose
from harness.diagnosis.responder import remedy_for
from harness.facts.timing import Deadline, poll
from harness.parser_archive import sample_parser
from harness.running.scenario import Scenario
from harness.verbs import builds

CHANNELS_TOLD = ["pagerduty", "slack"]
"""Who hears of the end of a critical alert (SRE-001, Flow, 'Alert sent to')."""

_ROBOT = "robot"
_LOOK_EVERY_S = 0.1


def diagnose_build(scenario: Scenario, parser: str, build: str) -> str:
    """Gather what an SRE can see of the failed build, record the diagnosis, name the runbook's remedy ("" if none)."""
    story = list(scenario.run.timeline.facts().of("job", build))
    job = next((f.data["job"] for f in reversed(story) if "job" in f.data), "")
    found = diagnose(scenario.target.evidence(parser, job))
    scenario.record("diagnosis", build, cause=found.cause, causes=list(found.causes), evidence=list(found.evidence))
    remedy = remedy_for(found.cause)
    return remedy.name if remedy else ""


def apply_remedy(scenario: Scenario, parser: str, build: str) -> float:
    """Apply the runbook's remedy for the recorded diagnosis; answers with when it was begun."""
    cause = [f.data["cause"] for f in scenario.run.timeline.facts().of("diagnosis", build)][-1]
    remedy = remedy_for(cause)
    if remedy is None:
        return scenario.record("act", f"nothing: no remedy for {cause}", event="refused", who=_ROBOT).at
    begun = scenario.record("act", remedy.name, event="begun", who=_ROBOT)
    detail = remedy.apply(scenario.target, parser)
    scenario.record("act", remedy.name, event="done", who=_ROBOT, detail=detail)
    return begun.at


def await_access(scenario: Scenario, remedy: str, parser: str, limit_s: float) -> None:
    """Look until the builder's own identity can read the parser again, and record that or the last answer."""
    if not remedy:
        return
    deadline = Deadline.after(scenario.run.timeline.clock, limit_s)
    with scenario.run.progress.waiting("the fix to be in effect", limit_s):
        seen, asked = poll(
            lambda: scenario.target.parser_access(parser), lambda look: look.accepted, deadline, _LOOK_EVERY_S
        )
    if seen.accepted:
        scenario.run.timeline.record("act", remedy, at=asked, event="in-effect", detail=seen.detail)
    else:
        scenario.record("act", remedy, event="not-yet", detail=seen.detail)


def store_mended_parser(scenario: Scenario, parser: str) -> float:
    """What the developer does once told: upload a parser that works; answers with when."""
    builds.store(scenario, parser, sample_parser("VERSION = 2\n\n\nprint(VERSION)\n"))
    return scenario.record("act", "store a mended parser", event="done", who="developer", detail=parser).at


def delete_failed_jobs(scenario: Scenario) -> float:
    """The runbook's step 10; answers with when it was begun."""
    begun = scenario.record("act", "delete failed jobs", event="begun", who=_ROBOT)
    deleted = scenario.target.delete_failed_jobs()
    scenario.record("act", "delete failed jobs", event="done", who=_ROBOT, detail=", ".join(deleted) or "none")
    return begun.at
