"""The steady-state gate: the pipeline must be well before anything is broken, shown by probes and a real build."""

from __future__ import annotations

from harness.diagnosis.causes import UNKNOWN, diagnose
from harness.errors import TargetError
from harness.facts.history import History
from harness.facts.timing import Deadline, poll
from harness.judging import expectation
from harness.judging.claims import Finding
from harness.judging.verdict import Verdict
from harness.probe import Observation, Probe
from harness.running.scenario import GateClosed, Scenario, Stuck
from harness.verbs import builds

CANARY = "canary"
"""The parser that the gate builds."""

_SETTLE_S = 90.0
"""How long the pipeline may take to come to rest before the gate closes."""
_RESOLVED_S = 60.0
"""How long it may take so beyond the time in which the slowest alert of an earlier scenario is sure to resolve."""
_LOOK_EVERY_S = 0.2
_CANARY_S = 65.0


def steady_state_gate(scenario: Scenario) -> None:
    """Let the scenario go on only from a pipeline that is well.

    Raises:
        GateClosed: a probe was not accepted, with what it saw. Nothing was broken.
        Stuck: what the pipeline promises while all is well did not hold (no alert, for one). Nothing was broken.
    """
    since = scenario.run.timeline.clock.now()
    gate = f"{scenario.name}@{scenario.began:.3f}"
    looked_at = _look_at_all(scenario, gate)
    promised = [probe.name for probe in scenario.target.steady_state() if probe.promised]
    others = [name for name in looked_at if name not in promised]
    finding = scenario.expect(expectation.steady(gate, others, since=since))
    if finding.verdict is not Verdict.PASS:
        raise GateClosed(finding.reason, todo="mend it, or make heal, then run again")
    if promised:
        kept = scenario.expect(expectation.well_before(gate, promised, since=since))
        if kept.verdict is not Verdict.PASS:
            raise Stuck(kept.reason)


def steady_again(scenario: Scenario) -> Finding:
    """Claim that after all that was done the pipeline is as well as the gate demands."""
    since = scenario.run.timeline.clock.now()
    gate = f"{scenario.name}@{since:.3f}"
    return scenario.expect(expectation.steady_again(gate, _look_at_all(scenario, gate), since=since))


def well_again(scenario: Scenario, limit_s: float, *, since: float) -> Finding:
    """Claim that within `limit_s` of `since` every probe of the steady state is accepted, without another build."""
    gate = f"{scenario.name}@{scenario.run.timeline.clock.now():.3f}"
    probes = scenario.target.steady_state()
    for probe in probes:
        left = Deadline(scenario.run.timeline.clock, since + limit_s).remaining()
        _observe(scenario, gate, probe.name, _settled(scenario, probe, left))
    return scenario.expect(expectation.well_again(gate, [probe.name for probe in probes], limit_s, since=since))


def parser_readable(scenario: Scenario, parser: str, limit_s: float) -> Finding:
    """Claim that the builder's own identity can read the parser within `limit_s` from now."""
    since = scenario.run.timeline.clock.now()
    gate = f"{scenario.name}@{since:.3f}"
    probe = Probe(f"the builder can read {parser}", lambda: scenario.target.parser_access(parser))
    _observe(scenario, gate, probe.name, _settled(scenario, probe, limit_s))
    return scenario.expect(expectation.parser_readable(gate, probe.name, limit_s, since=since))


def _look_at_all(scenario: Scenario, gate: str) -> list[str]:
    """Record what every probe of the steady state sees; answers with their names."""
    probes = [*scenario.target.steady_state(), Probe("a canary build succeeds", lambda: _canary(scenario))]
    for probe in probes[:-1]:
        _observe(scenario, gate, probe.name, _settled(scenario, probe, _rest_s(scenario, probe)))
    _observe(scenario, gate, probes[-1].name, probes[-1].look())
    return [probe.name for probe in probes]


def _rest_s(scenario: Scenario, probe: Probe) -> float:
    """How long what the probe sees may take to come to rest: an alert is active for its window after the last failure,
    which is minutes in production."""
    if not probe.promised:
        return _SETTLE_S
    try:
        timings = scenario.target.alert_timings()
    except TargetError:
        return _SETTLE_S
    return max([_SETTLE_S, *(_RESOLVED_S + timing.resolves_within_s for timing in timings)])


def _settled(scenario: Scenario, probe: Probe, seconds: float) -> Observation:
    """The probe's first accepted look, or its last one after the pipeline had so long to come to rest."""
    deadline = Deadline.after(scenario.run.timeline.clock, seconds)
    with scenario.run.progress.waiting(probe.name, seconds):
        return poll(probe.try_look, lambda look: look.accepted, deadline, _LOOK_EVERY_S)[0]


def _observe(scenario: Scenario, gate: str, name: str, seen: Observation) -> None:
    scenario.record("observation", name, gate=gate, value=seen.value, accepted=seen.accepted, detail=seen.detail)


def _canary(scenario: Scenario) -> Observation:
    """Build the canary; when it fails, say why as the diagnosis has it."""
    builds.store(scenario, CANARY)
    correlation = builds.request(scenario, CANARY)

    def ended(facts: History) -> tuple[str, str] | None:
        story = ((f.data["event"], f.data.get("job", "")) for f in facts.of("job", correlation))
        return next((end for end in story if end[0] in ("succeeded", "failed")), None)

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
