"""What is quoted of a scenario that did not hold is what matters, and nothing of one that did."""

from __future__ import annotations

from harness.judging.verdict import Verdict
from harness.report.evidence import evidence
from tests.unit.report.runs import NAME, began, claim, ended, failing, scenario
from tests.unit.stories import ZERO, facts


def log(build: str, line: str) -> tuple[float, str, str, dict[str, str]]:
    return (1.0, "log", build, {"job": f"job-{build}", "container": "kaniko", "line": line})


def claimed(*builds: str) -> tuple[float, str, str, dict[str, object]]:
    return (2.0, "claim", f"{NAME}#1", {"scenario": NAME, "params": {"correlation_ids": list(builds)}})


MISSED = scenario(claim(verdict=Verdict.FAIL), verdict=Verdict.FAIL)


def test_a_failing_scenario_quotes_diagnosis_lapses_and_log() -> None:
    report, told = failing()
    found = {excerpt.title: excerpt.lines for excerpt in evidence(report.scenarios[0], told)}
    assert found == {
        "Diagnosis of p-1: ecr-throttled": ("429 Too Many Requests",),
        "Control of ecr-throttled": ("the control went dark",),
        "kaniko log of job-1": ("error pushing <script>alert(1)</script>",),
    }


def test_a_scenario_that_held_quotes_nothing() -> None:
    told = facts(began(), log("p", "error: denied"), claimed("p"), ended())
    assert evidence(scenario(claim()), told) == []


def test_the_builds_that_a_failed_claim_names_come_first() -> None:
    told = facts(began(), log("other", "error: denied"), log("named", "fatal: broken"), claimed("named"), ended())
    assert [e.title for e in evidence(MISSED, told)] == ["kaniko log of job-named", "kaniko log of job-other"]


def test_without_a_telling_line_the_last_ones_are_quoted() -> None:
    told = facts(began(), *(log("p", f"step {word}") for word in "abcde"), claimed("p"), ended())
    (excerpt,) = evidence(MISSED, told)
    assert excerpt.lines == ("step c", "step d", "step e")


def test_a_list_of_options_is_not_telling() -> None:
    told = facts(
        began(), log("p", "      --push-ignore-errors   If true, error is ignored"), log("p", "no such"), ended()
    )
    (excerpt,) = evidence(MISSED, told)
    assert excerpt.lines == ("no such",)


def test_builds_that_say_alike_are_quoted_once() -> None:
    told = facts(began(), log("p-1", "error: p-1 got 429"), log("p-2", "error: p-2 got 429"), ended())
    (excerpt,) = evidence(MISSED, told)
    assert excerpt.title == "kaniko log of job-p-1, and 1 alike"


def test_more_lines_than_fit_are_counted() -> None:
    told = facts(began(), *(log("p", f"error {word}") for word in "abcdefgh"), ended())
    (excerpt,) = evidence(MISSED, told)
    assert (len(excerpt.lines), excerpt.more) == (6, 2)


def test_what_another_scenario_of_the_same_name_logged_is_not_quoted() -> None:
    told = facts(began(), log("first", "error"), ended(), began(at=100), log("second", "error"), ended(at=160))
    second = scenario(claim(verdict=Verdict.FAIL), verdict=Verdict.FAIL, started_at=ZERO + 100)
    assert [excerpt.title for excerpt in evidence(second, told)] == ["kaniko log of job-second"]
