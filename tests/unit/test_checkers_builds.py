"""What every scenario claims of its builds: each claim holds on a life as promised, and fails for the right reason."""

from __future__ import annotations

from typing import Any

import pytest

from harness.checkers import decide
from harness.judging.claims import Finding
from harness.judging.retry import RetryPolicy
from harness.judging.verdict import Verdict
from harness.running.run import Run
from harness.running.scenario import Scenario
from harness.verbs import builds
from tests.unit.stories import claim, facts

Row = tuple[float, str, str, dict[str, Any]]


def closed(checked: Any, *told: Row) -> Finding:
    finding = decide(checked, facts(*told), closed=True)
    assert finding is not None
    return finding


def asked(after: float, build: str = "p-1", parser: str = "p") -> Row:
    return (after, "job", build, {"event": "requested", "parser": parser})


def job(after: float, event: str, name: str = "j1", attempt: int = 1, *, build: str = "p-1", parser: str = "p") -> Row:
    return (after, "job", build, {"event": event, "job": name, "attempt": str(attempt), "parser": parser})


def settled(after: float, build: str = "p-1", name: str = "j1", outcome: str = "succeeded") -> Row:
    return (after, "build", build, {"event": "settled", "outcome": outcome, "attempts": 1, "category": "", "job": name})


def watching(after: float, event: str) -> Row:
    return (after, "observer", "kubernetes", {"event": event, "why": "gone"})


def once(build: str = "p-1", at: float = 0.0, name: str = "j1") -> list[Row]:
    """A build that succeeded at its first attempt."""
    return [
        asked(at, build),
        job(at + 1, "created", name, build=build),
        job(at + 9, "succeeded", name, build=build),
        settled(at + 9, build, name),
    ]


def retried(*waits: float, build: str = "p-1") -> list[Row]:
    """A build that failed as many times as there are waits, each before another attempt, and then succeeded."""
    rows, at = [asked(0.0, build)], 1.0
    for attempt, wait in enumerate(waits, start=1):
        rows += [job(at, "created", f"{build}j{attempt}", attempt, build=build)]
        rows += [job(at + 5, "failed", f"{build}j{attempt}", attempt, build=build)]
        at += 5 + wait
    last = f"{build}j{len(waits) + 1}"
    return [
        *rows,
        job(at, "created", last, len(waits) + 1, build=build),
        job(at + 5, "succeeded", last, len(waits) + 1, build=build),
        settled(at + 5, build, last),
    ]


@pytest.mark.parametrize(("attempt", "longest"), [(1, 5.0), (2, 10.0), (3, 20.0), (4, 30.0), (9, 30.0)])
def test_waits_grow_up_to_the_cap(attempt: int, longest: float) -> None:
    assert RetryPolicy(max_attempts=9, base_s=5, max_s=30).longest_wait_s(attempt) == longest


class TestBuildsEndOnce:
    checked = claim("builds-end-once", policy={"max_attempts": 3, "base_s": 5, "max_s": 30}, handling_s=15)

    def test_passes(self) -> None:
        found = closed(self.checked, *once(), *retried(3.0, 7.5, build="p-2"))
        assert found.verdict is Verdict.PASS
        assert found.reason == "2 builds; tried again after 3.0, 7.5 s"

    def test_it_waits_for_those_that_go_on(self) -> None:
        told = [*once(), asked(3, "p-2")]
        assert decide(self.checked, facts(*told), closed=False) is None
        assert decide(self.checked, facts(*told, settled(9, "p-2")), closed=False) is not None

    def fails(self, reason: str, *told: Row) -> None:
        found = closed(self.checked, *told)
        assert found.verdict is Verdict.FAIL
        assert reason in found.reason

    def test_lost(self) -> None:
        self.fails("p-2 did not end, last seen created", *once(), asked(3, "p-2"), job(4, "created", build="p-2"))

    def test_settled_twice(self) -> None:
        self.fails("p-1 ended 2 times, by j1, j9", *once(), settled(12, name="j9"))

    def test_two_jobs_for_one_attempt(self) -> None:
        doubled = [asked(0), job(1, "created"), job(1, "created", "j2"), settled(9)]
        self.fails("p-1 was given 2 jobs for attempt 1: j1, j2", *doubled)

    def test_built_twice(self) -> None:
        twice = [
            *retried(3.0)[:-2], job(8, "succeeded", "p-1j1"), job(30, "succeeded", "p-1j2", 2), settled(31)
        ]  # fmt: skip
        self.fails("p-1 was built 2 times", *twice)

    def test_tried_too_often(self) -> None:
        self.fails("p-1 was tried for the 4th time, 3 are allowed", *retried(3.0, 5.0, 9.0))

    def test_tried_again_after_its_end(self) -> None:
        again = [*once(), job(20, "created", "j2", 2)]
        self.fails("p-1 was tried again (j2) after it had ended", *again)

    @pytest.mark.parametrize(
        ("waits", "said"), [((21.0,), "21.0 s after attempt 1, at most 5 s"), ((3.0, 26.0), "2, at most 10 s")]
    )
    def test_waited_too_long(self, waits: tuple[float, ...], said: str) -> None:
        self.fails(said, *retried(*waits))

    def test_the_longest_wait_that_is_promised_is_none_too_long(self) -> None:
        assert closed(self.checked, *retried(5.0, 10.0)).verdict is Verdict.PASS

    def test_without_backoff(self) -> None:
        five = [row for number in range(5) for row in retried(0.5, build=f"p-{number}")]
        self.fails("there is no backoff: 5 attempts came within 0.5 s of the failed one", *five)

    def test_some_short_waits_are_chance(self) -> None:
        waits = (0.5, 0.5, 0.5, 0.5, 2.2)
        told = [row for number, wait in enumerate(waits) for row in retried(wait, build=f"p-{number}")]
        assert closed(self.checked, *told).verdict is Verdict.PASS

    def test_what_was_not_watched_is_not_timed(self) -> None:
        told = [*retried(40.0), watching(20, "lost"), watching(30, "watching")]
        assert closed(self.checked, *told).verdict is Verdict.PASS

    def test_lost_from_sight_is_inconclusive(self) -> None:
        found = closed(self.checked, *once(), asked(3, "p-2"), watching(5, "lost"))
        assert found.verdict is Verdict.INCONCLUSIVE
        assert "p-2" in found.reason

    def test_builds_of_before_do_not_count(self) -> None:
        assert closed(self.checked, asked(-5, "p-0"), *once()).verdict is Verdict.PASS


class TestCorrelationKept:
    checked = claim("correlation-kept")

    def told(self, after: float, build: str, parser: str = "p") -> Row:
        text = f"{parser} invalid_parser parser.py:2"
        data = {"channel": "developer", "status": "failed", "severity": "", "text": text}
        return (after, "notification", build, data)

    def test_passes(self) -> None:
        found = closed(self.checked, *once(), self.told(10, "p-1"))
        assert found.verdict is Verdict.PASS
        assert found.reason == "1 builds, in 1 jobs and 1 words to developers"

    @pytest.mark.parametrize(("build", "name"), [("", "no id"), ("p-9", "p-9")])
    def test_a_job_under_another_id(self, build: str, name: str) -> None:
        found = closed(self.checked, *once(), job(2, "created", "j2", build=build))
        assert found.verdict is Verdict.FAIL
        assert f"job j2 of p goes by {name}, which nobody asked for" in found.reason

    def test_a_notification_under_another_id(self) -> None:
        found = closed(self.checked, *once(), self.told(10, "p-9"))
        assert found.verdict is Verdict.FAIL
        assert "the developer of p was told of p-9" in found.reason

    def test_others_builds_do_not_count(self) -> None:
        others = [
            job(2, "created", "j2", build="q-1", parser="q"),
            job(2, "created", "j3", 2, build="p-0"),
            self.told(9, "q-1", "q"),
        ]
        assert closed(self.checked, asked(-9, "p-0"), *once(), *others).verdict is Verdict.PASS

    def test_no_job_seen_is_inconclusive(self) -> None:
        assert closed(self.checked, asked(0)).verdict is Verdict.INCONCLUSIVE


class TestDeadLetters:
    checked = claim("dead-letters", expected=0)

    def count(self, after: float, value: float | None) -> Row:
        return (after, "sample", "dead letters", {"value": value})

    def test_passes_however_many_there_were(self) -> None:
        assert closed(self.checked, self.count(-5, 3.0)).verdict is Verdict.PASS

    def test_another_one_fails_it(self) -> None:
        found = closed(self.checked, self.count(-5, 3.0), self.count(4, 4.0))
        assert found.verdict is Verdict.FAIL
        assert "+1 dead letters where 0 are expected" in found.reason

    @pytest.mark.parametrize("meanwhile", [2.0, 6.0])
    def test_a_broker_that_is_half_back_is_waited_for(self, meanwhile: float) -> None:
        half = [self.count(-5, 3.0), self.count(4, meanwhile)]
        assert decide(self.checked, facts(*half), closed=False) is None
        found = decide(self.checked, facts(*half, self.count(9, 3.0)), closed=False)
        assert found is not None
        assert found.verdict is Verdict.PASS

    def test_as_many_as_expected(self) -> None:
        told = [self.count(-5, 3.0), self.count(4, 5.0)]
        assert closed(claim("dead-letters", expected=2), *told).verdict is Verdict.PASS

    def test_a_broker_that_is_away_is_waited_for(self) -> None:
        away = [self.count(-5, 3.0), self.count(4, None)]
        assert decide(self.checked, facts(*away), closed=False) is None
        assert decide(self.checked, facts(*away, self.count(9, 3.0)), closed=False) is not None

    @pytest.mark.parametrize("told", [[(4, 0.0)], [(-5, 3.0), (4, None)], [(-5, None), (4, 0.0)]])
    def test_what_was_not_counted_is_inconclusive(self, told: list[tuple[float, float | None]]) -> None:
        assert closed(self.checked, *(self.count(*row) for row in told)).verdict is Verdict.INCONCLUSIVE


OF_BUILDS = [
    "every build asked for ended exactly once, within the retry policy",
    "every build kept its correlation id",
    "no message was dead-lettered",
]


def test_every_scenario_that_builds_claims_it(running: Run) -> None:
    with Scenario(running, "a scenario", "a.feature") as scenario:
        lost = builds.request(scenario, "p")
    found = {checked.text: finding for checked, finding in scenario.findings}
    assert [text for text in found if text in OF_BUILDS] == OF_BUILDS
    assert found[OF_BUILDS[0]].verdict is Verdict.FAIL
    assert f"{lost} did not end, last seen requested" in found[OF_BUILDS[0]].reason


def test_one_that_does_not_build_claims_nothing_of_builds(running: Run) -> None:
    with Scenario(running, "a scenario", "a.feature") as scenario:
        pass
    assert not [checked for checked, _ in scenario.findings if checked.text in OF_BUILDS]
