"""The pipeline is well again, or not in time."""

from __future__ import annotations

from collections.abc import Iterator

from harness.errors import TargetError
from harness.judging.verdict import Verdict
from harness.probe import Observation, Probe
from harness.running.scenario import Scenario
from harness.verbs import gate
from tests.unit.fakes import FakeTarget

WELL = Observation(value=1, accepted=True, detail="well")


def answers(*looks: Observation | TargetError) -> Probe:
    """A probe that sees one after the other, and then the last for ever."""
    left: Iterator[Observation | TargetError] = iter(looks)
    last = looks[-1]

    def look() -> Observation:
        seen = next(left, last)
        if isinstance(seen, TargetError):
            raise seen
        return seen

    return Probe("the part answers", look)


def test_a_part_that_does_not_answer_at_first_comes_back(scene: Scenario, target: FakeTarget) -> None:
    target.probes = [answers(TargetError("refused"), WELL)]
    found = gate.well_again(scene, 5.0, since=scene.run.timeline.clock.now())
    assert found.verdict is Verdict.PASS


def test_a_part_that_stays_away_is_named_with_what_was_seen_last(scene: Scenario, target: FakeTarget) -> None:
    target.probes = [answers(TargetError("refused"))]
    found = gate.well_again(scene, 0.3, since=scene.run.timeline.clock.now())
    assert found.verdict is Verdict.FAIL
    assert "the part answers: refused" in found.reason


def test_well_but_late_is_a_failure(scene: Scenario, target: FakeTarget) -> None:
    target.probes = [answers(WELL)]
    found = gate.well_again(scene, 5.0, since=scene.run.timeline.clock.now() - 60)
    assert found.verdict is Verdict.FAIL
    assert "of 5 s" in found.reason
