"""A failure is counted when its own series rises, not when another does, nor when nothing is sampled."""

from __future__ import annotations

from typing import Any

from harness.checkers import decide
from harness.judging.claims import Finding
from harness.judging.verdict import Verdict
from tests.unit.stories import claim, facts

NAME = "failures of x"
CLAIM = claim("sample-rises", limit_s=10.0, sample=NAME)


def sampled(after: float, value: float | None, name: str = NAME) -> tuple[float, str, str, Any]:
    return (after, "sample", name, {"value": value})


def found(*rows: tuple[float, str, str, dict[str, Any]], closed: bool = True) -> Finding | None:
    return decide(CLAIM, facts(*rows), closed=closed)


def verdict(*rows: tuple[float, str, str, dict[str, Any]]) -> Verdict:
    finding = found(*rows)
    assert finding is not None
    return finding.verdict


def test_a_rise_in_time_is_counted() -> None:
    assert verdict(sampled(-1, 0.0), sampled(4, 1.0)) is Verdict.PASS


def test_a_rise_too_late_is_none() -> None:
    assert verdict(sampled(-1, 0.0), sampled(14, 1.0)) is Verdict.FAIL


def test_a_restarted_counter_does_not_count() -> None:
    assert verdict(sampled(-1, 3.0), sampled(2, 0.0), sampled(4, 1.0)) is Verdict.FAIL


def test_a_pod_that_is_scraped_again_is_no_rise() -> None:
    finding = found(sampled(-9, 5.0), sampled(-1, 3.0), sampled(2, 5.0))
    assert finding is not None
    assert finding.verdict is Verdict.INCONCLUSIVE
    assert "3 before, no more than 5 since" in finding.reason


def test_a_pod_that_is_scraped_again_hides_no_rise() -> None:
    assert verdict(sampled(-9, 5.0), sampled(-1, 3.0), sampled(2, 5.0), sampled(4, 6.0)) is Verdict.PASS


def test_what_was_counted_before_the_scenario_is_past() -> None:
    began = (-10.0, "scenario", "a scenario", {"event": "started"})
    assert verdict(sampled(-90, 7.0), sampled(-50, 0.0), began, sampled(4, 1.0)) is Verdict.PASS


def test_what_held_when_the_scenario_began_counts() -> None:
    began = (-10.0, "scenario", "a scenario", {"event": "started"})
    assert verdict(sampled(-50, 5.0), began, sampled(-1, 3.0), sampled(4, 5.0)) is Verdict.INCONCLUSIVE


def test_another_category_does_not_count() -> None:
    assert verdict(sampled(-1, 0.0), sampled(4, 1.0, name="failures of y")) is Verdict.FAIL


def test_a_series_that_is_not_there_counts_nothing() -> None:
    finding = found(sampled(-1, None))
    assert finding is not None
    assert finding.verdict is Verdict.FAIL
    assert "nothing is counted under this name" in finding.reason


def test_what_was_never_sampled_is_unknown() -> None:
    assert verdict() is Verdict.INCONCLUSIVE


def test_it_is_waited_for() -> None:
    assert found(sampled(-1, 0.0), closed=False) is None
