"""The pipeline is well again, or not in time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from harness.errors import TargetError
from harness.judging.verdict import Verdict
from harness.probe import Observation, Probe
from harness.rules.timing import AlertTiming
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


def waited_for(
    scene: Scenario, target: FakeTarget, monkeypatch: pytest.MonkeyPatch, *, promised: bool, window_s: float
) -> float:
    """How long the gate waits for a probe under alerts with such a window."""
    waits: dict[str, float] = {}

    @contextmanager
    def waiting(what: str, seconds: float) -> Iterator[None]:
        waits[what] = seconds
        yield

    timing = replace(target.alert_timing(""), window_s=window_s, scrape_s=10.0, evaluation_s=10.0)
    monkeypatch.setattr(target, "alert_timings", lambda: [target.alert_timing(""), timing])
    monkeypatch.setattr(scene.run.progress, "waiting", waiting)
    monkeypatch.setattr(gate, "_canary", lambda _scenario: WELL)
    target.probes = [Probe("no alert is active", lambda: WELL, promised=promised)]
    gate.steady_state_gate(scene)
    return waits["no alert is active"]


def test_an_alert_of_before_may_take_its_window_to_resolve(
    scene: Scenario, target: FakeTarget, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert waited_for(scene, target, monkeypatch, promised=True, window_s=300.0) == pytest.approx(390.0)


def test_what_is_no_alert_need_not_wait_for_one(
    scene: Scenario, target: FakeTarget, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert waited_for(scene, target, monkeypatch, promised=False, window_s=300.0) == 90.0


def test_short_windows_shorten_nothing(scene: Scenario, target: FakeTarget, monkeypatch: pytest.MonkeyPatch) -> None:
    assert waited_for(scene, target, monkeypatch, promised=True, window_s=0.0) == 90.0


def test_without_their_timing_alerts_are_looked_at_all_the_same(
    scene: Scenario, target: FakeTarget, monkeypatch: pytest.MonkeyPatch
) -> None:
    def silent() -> list[AlertTiming]:
        raise TargetError("no answer")

    monkeypatch.setattr(target, "alert_timings", silent)
    monkeypatch.setattr(gate, "_canary", lambda _scenario: WELL)
    target.probes = [Probe("no alert is active", lambda: WELL, promised=True)]
    gate.steady_state_gate(scene)
    assert {finding.verdict for _, finding in scene.findings} == {Verdict.PASS}


def test_well_but_late_is_a_failure(scene: Scenario, target: FakeTarget) -> None:
    target.probes = [answers(WELL)]
    found = gate.well_again(scene, 5.0, since=scene.run.timeline.clock.now() - 60)
    assert found.verdict is Verdict.FAIL
    assert "of 5 s" in found.reason
