"""Two runs compared: what is beyond noise is told, what is within is not, and noise is never made up silently."""

from __future__ import annotations

import pytest

from harness.judging.judged import RunReport
from harness.judging.verdict import Verdict
from harness.report.compare import Change, compare, noise_s
from tests.unit.report.runs import claim, run, scenario


def took(seconds: float | None, verdict: Verdict = Verdict.PASS) -> RunReport:
    return run(scenario(claim("it is told", verdict, limit_s=60.0, measured_s=seconds)))


def changed(before: list[RunReport], after: RunReport) -> Change:
    (change,) = compare(before, after).changes
    return change


@pytest.mark.parametrize(
    ("before", "after", "kind"),
    [
        (10.0, 19.9, "same"),
        (10.0, 20.1, "slower"),
        (1.0, 5.9, "same"),
        (1.0, 6.1, "slower"),
        (10.0, 0.1, "same"),
        (30.0, 0.0, "same"),
    ],
)
def test_of_one_run_as_long_again_and_five_seconds_are_taken_for_noise(before: float, after: float, kind: str) -> None:
    assert changed([took(before)], took(after)).kind == kind


@pytest.mark.parametrize(
    ("before", "after", "kind"),
    [
        ([10.0, 10.1, 10.2], 12.0, "same"),
        ([10.0, 10.1, 10.2], 12.2, "slower"),
        ([10.0, 10.1, 10.2], 8.0, "faster"),
        ([10.0, 12.0, 14.0], 20.8, "same"),
        ([10.0, 12.0, 14.0], 21.0, "slower"),
        ([10.0, 10.1, 10.2, 40.0], 39.0, "same"),
    ],
    ids=["within the floor", "beyond it", "faster", "within deviation", "beyond it", "seen in the baseline"],
)
def test_of_three_runs_noise_is_measured(before: list[float], after: float, kind: str) -> None:
    assert changed([took(seconds) for seconds in before], took(after)).kind == kind


def test_noise_is_said_to_be_measured_or_not() -> None:
    assert not compare([took(1.0)] * 2, took(1.0)).measured_noise
    assert compare([took(1.0)] * 3, took(1.0)).measured_noise


def test_noise_is_three_scaled_deviations() -> None:
    assert noise_s([10.0, 12.0, 14.0]) == pytest.approx(3 * 1.4826 * 2.0)


@pytest.mark.parametrize("verdict", [Verdict.FAIL, Verdict.INCONCLUSIVE, Verdict.HARNESS_ERROR])
def test_what_held_and_does_not_is_worse_however_fast(verdict: Verdict) -> None:
    found = compare([took(10.0)], took(1.0, verdict))
    assert found.worse
    assert found.changes[0].kind == "worse"


def test_what_holds_now_is_better_and_what_fails_otherwise_is_changed() -> None:
    assert changed([took(None, Verdict.FAIL)], took(1.0)).kind == "better"
    assert changed([took(None, Verdict.FAIL)], took(None, Verdict.INCONCLUSIVE)).kind == "changed"


def test_what_the_baseline_itself_held_only_sometimes_is_not_worse() -> None:
    found = compare([took(1.0), took(None, Verdict.FAIL)], took(None, Verdict.FAIL))
    assert (found.changes[0].kind, found.worse) == ("same", False)


def test_a_claim_that_is_gone_is_worse_and_a_new_one_is_not() -> None:
    one, both = run(scenario(claim("a"))), run(scenario(claim("a"), claim("b")))
    assert compare([both], one).worse
    assert [change.kind for change in compare([both], one).changes] == ["same", "gone"]
    assert [change.kind for change in compare([one], both).changes] == ["same", "new"]
    assert not compare([one], both).worse


def test_scenarios_of_one_side_are_named_and_not_compared() -> None:
    found = compare([run(scenario(claim(), name="a"), scenario(claim(), name="b"))], run(scenario(claim(), name="b")))
    assert found.apart == ("a",)
    assert [change.scenario for change in found.changes] == ["b"]
    assert not found.worse


def test_a_claim_said_twice_is_compared_with_its_like() -> None:
    before = run(scenario(claim("a", limit_s=99.0, measured_s=1.0), claim("a", limit_s=99.0, measured_s=50.0)))
    found = compare([before], before)
    assert [(change.claim, change.before_s, change.kind) for change in found.changes] == [
        ("a", 1.0, "same"),
        ("a (2)", 50.0, "same"),
    ]


def test_a_scenario_that_ended_badly_is_worse_though_its_claims_held() -> None:
    stopped = run(scenario(claim(), verdict=Verdict.ABORTED))
    found = compare([run(scenario(claim()))], stopped)
    assert [(change.kind, change.claim) for change in found.changes] == [
        ("same", "a claim"),
        ("worse", "the scenario as a whole"),
    ]
    assert found.worse


def test_a_scenario_whose_claim_tells_already_is_not_told_twice() -> None:
    failed = run(scenario(claim(verdict=Verdict.FAIL), verdict=Verdict.FAIL))
    assert [change.claim for change in compare([run(scenario(claim()))], failed).changes] == ["a claim"]
