"""Offsets of other clocks: never narrower than what was seen allows, and told in the claims that rest on them."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from harness.facts.clocks import Compared, Reading, of_date, offset
from harness.facts.timeline import Timeline
from harness.facts.timing import Deadline, RunClock
from harness.judging.claims import reached
from harness.judging.judge import judge
from harness.observers.clocks import ClockObserver
from tests.unit.stories import ZERO, claim, facts


def whole_second(true_offset_s: float, asked: float, took_s: float = 0.01) -> Compared:
    """What a clock of whole seconds says, asked at that instant."""
    second = float(int(asked + took_s / 2 + true_offset_s))
    return Compared(asked, asked + took_s, Reading(second, second + 1))


def test_a_date_is_a_second_wide() -> None:
    assert of_date("Sun, 22 Nov 2026 08:55:05 GMT") == Reading(1795337705.0, 1795337706.0)
    with pytest.raises(ValueError):
        of_date("now")


@pytest.mark.parametrize("true_offset_s", [-3.2, -0.5, 0.0, 0.04, 0.99, 7.0])
def test_the_true_offset_lies_within_the_error(true_offset_s: float) -> None:
    looks = [whole_second(true_offset_s, 100 + number * 0.13) for number in range(8)]
    for some in (looks[:1], looks[:3], looks):
        found = offset(some)
        assert abs(found.offset_s - true_offset_s) <= found.error_s
    assert offset(looks[:1]).error_s == pytest.approx(0.505)
    assert offset(looks).error_s < 0.08


def test_an_exact_clock_is_known_to_the_question() -> None:
    found = offset([Compared(10.0, 10.2, Reading(12.1, 12.101))])
    assert found.offset_s == pytest.approx(2.0, abs=0.01)
    assert found.error_s == pytest.approx(0.1, abs=0.001)


def test_a_clock_that_was_set_meanwhile_is_known_badly() -> None:
    found = offset([Compared(10.0, 10.0, Reading(10.0, 10.0)), Compared(11.0, 11.0, Reading(16.0, 16.0))])
    assert (found.offset_s, found.error_s) == (2.5, 2.5)


def test_each_clock_is_a_fact(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harness.observers.clocks._APART_S", 0.001)
    timeline = Timeline(tmp_path / "timeline.jsonl", RunClock())

    def ahead() -> Reading:
        now = timeline.clock.now() + 5.0
        return Reading(now, now)

    observer = ClockObserver(timeline, {"ahead": ahead})
    observer.start()
    fact = timeline.wait_until(lambda told: told.last("source-clock", "ahead"), Deadline.after(timeline.clock, 5.0))
    observer.stop()
    assert fact is not None
    assert fact.data["offset_s"] == pytest.approx(5.0, abs=0.1)


@pytest.mark.parametrize(("clock", "error_s"), [("harness", 0.0), ("receiver", pytest.approx(0.07)), ("moon", None)])
def test_a_claim_says_how_far_off_its_clock_may_be(
    clock: str, error_s: float | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    checked = claim("told", limit_s=9.0)
    monkeypatch.setattr(
        "harness.judging.judge.decide", lambda claim, _facts, closed: reached(claim, ZERO + 1, str(closed), clock=clock)
    )
    told = facts(
        (0, "source-clock", "receiver", {"offset_s": -0.02, "error_s": 0.05}),
        (0, "scenario", "a scenario", {"event": "started", "feature": "f"}),
        (0, "claim", checked.id, msgspec.to_builtins(checked)),
        (2, "claim-closed", checked.id, {}),
        (3, "scenario", "a scenario", {"event": "ended", "outcome": "completed", "reason": ""}),
    )
    assert judge(told, "run").scenarios[0].claims[0].clock_error_s == error_s
