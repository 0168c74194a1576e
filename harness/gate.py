"""The steady-state gate: the pipeline must be well before anything is broken, shown by probes and a real build."""

from __future__ import annotations

from collections.abc import Sequence

from harness import builds, expectation
from harness.diagnosis import UNKNOWN, diagnose
from harness.probe import Observation, Probe
from harness.scenario import GateClosed, Scenario
from harness.timeline import Fact
from harness.timing import Deadline, poll
from harness.verdict import Verdict

CANARY = "canary"
"""The parser that the gate builds."""

_SETTLE_S = 90.0
"""How long the pipeline may take to come to rest (an alert of an earlier run to resolve) before the gate closes."""
_LOOK_EVERY_S = 0.2
_CANARY_S = 65.0


def steady_state_gate(scenario: Scenario) -> None:
    """Let the scenario go on only from a pipeline that is well.

    Raises:
        GateClosed: a probe was not accepted, with what it saw. Nothing was broken.
    """
    gate = f"{scenario.name}@{scenario.began:.3f}"
    probes = [*scenario.target.steady_state(), Probe("a canary build succeeds", lambda: _canary(scenario))]
    since = scenario.run.timeline.clock.now()
    for probe in probes[:-1]:
        _observe(scenario, gate, probe.name, _settled(scenario, probe))
    _observe(scenario, gate, probes[-1].name, probes[-1].look())
    finding = scenario.expect(expectation.steady(gate, [probe.name for probe in probes], since=since))
    if finding.verdict is not Verdict.PASS:
        raise GateClosed(finding.reason, todo="mend it, or make heal, then run again")


def _settled(scenario: Scenario, probe: Probe) -> Observation:
    """The probe's first accepted look, or its last one after the pipeline had its time to come to rest."""
    deadline = Deadline.after(scenario.run.timeline.clock, _SETTLE_S)
    with scenario.run.progress.waiting(probe.name, _SETTLE_S):
        return poll(probe.look, lambda look: look.accepted, deadline, _LOOK_EVERY_S)[0]


def _observe(scenario: Scenario, gate: str, name: str, seen: Observation) -> None:
    scenario.record("observation", name, gate=gate, value=seen.value, accepted=seen.accepted, detail=seen.detail)


def _canary(scenario: Scenario) -> Observation:
    """Build the canary; when it fails, say why as the diagnosis has it."""
    builds.store(scenario, CANARY)
    correlation = builds.request(scenario, CANARY)

    def ended(facts: Sequence[Fact]) -> tuple[str, str] | None:
        return next(
            (
                (f.data["event"], f.data["job"])
                for f in facts
                if f.kind == "job" and f.subject == correlation and f.data["event"] in ("succeeded", "failed")
            ),
            None,
        )

    end = scenario.wait_until(ended, _CANARY_S, "the canary build")
    if end is None:
        return Observation(value=None, accepted=False, detail=f"build {correlation} did not end in {_CANARY_S:g} s")
    event, job = end
    if event == "succeeded":
        return Observation(value=event, accepted=True, detail=f"{job} succeeded")
    found = diagnose(scenario.target.evidence(CANARY, job))
    why = "; ".join(found.evidence)
    cause = "" if found.cause == UNKNOWN else f"{found.cause}: "
    return Observation(value=event, accepted=False, detail=f"{job} failed; {cause}{why}")
