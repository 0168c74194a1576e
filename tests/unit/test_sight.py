"""What was not looked at cannot be said not to have happened: gaps in sight, and the checkers that mind them."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from harness.checkers import decide
from harness.judging.claims import Claim, Finding
from harness.judging.sight import Gap, gaps, lost
from harness.judging.verdict import Verdict
from tests.unit.stories import ZERO, claim, facts

ALIVE = (30.0, "heartbeat", "prometheus", {"rules": 5})


def observer(after: float, event: str, source: str = "prometheus") -> tuple[float, str, str, dict[str, Any]]:
    return (after, "observer", source, {"event": event, "why": "refused"})


def told(after: float, status: str) -> tuple[float, str, str, dict[str, Any]]:
    return (after, "notification", "BuildSlow", {"status": status, "channel": "slack"})


def closed(checked: Any, rows: list[tuple[float, str, str, dict[str, Any]]]) -> Finding:
    finding = decide(checked, facts(*rows), closed=True)
    assert finding is not None
    return finding


def test_gaps_are_from_lost_to_watching() -> None:
    seen = facts(observer(0, "watching"), observer(5, "lost"), observer(8, "watching"), observer(20, "lost"))
    assert gaps(seen, "prometheus") == [Gap(ZERO + 5, ZERO + 8), Gap(ZERO + 20, None)]
    assert gaps(seen, "prometheus", since=ZERO + 9) == [Gap(ZERO + 20, None)]
    assert gaps(seen, "receiver") == []
    assert lost(seen, "prometheus")
    assert not lost(seen[:3], "prometheus")


class TestNoUnexpectedAlert:
    checked = claim("only-expected-alerts", expected=[])
    away = (observer(5, "lost"), observer(8, "watching"))

    def test_a_prometheus_that_was_away_is_vouched_for_by_the_receiver(self) -> None:
        found = closed(self.checked, [*self.away, ALIVE])
        assert found.verdict is Verdict.PASS
        assert "away for 3.0 s" in found.reason

    def test_what_the_receiver_was_told_meanwhile_counts(self) -> None:
        found = closed(self.checked, [observer(5, "lost"), told(6, "firing"), observer(8, "watching"), ALIVE])
        assert found.verdict is Verdict.FAIL
        assert "BuildSlow" in found.reason
        assert "slack" in found.reason

    def test_the_end_of_an_alert_is_no_alert(self) -> None:
        assert closed(self.checked, [told(6, "resolved"), ALIVE]).verdict is Verdict.PASS

    @pytest.mark.parametrize(
        "rows",
        [
            [ALIVE, observer(31, "lost")],
            [observer(5, "lost"), observer(6, "lost", "receiver"), observer(8, "watching"), ALIVE],
        ],
        ids=["Prometheus is not back", "the receiver was away too"],
    )
    def test_nobody_watched(self, rows: list[tuple[float, str, str, dict[str, Any]]]) -> None:
        assert closed(self.checked, rows).verdict is Verdict.INCONCLUSIVE


class TestNoAlertLeft:
    checked = claim("no-alert-left")

    def test_a_prometheus_that_is_back_counts_once_it_has_evaluated(self) -> None:
        away = [observer(20, "lost"), observer(40, "watching")]
        assert closed(self.checked, [*away, ALIVE]).verdict is Verdict.INCONCLUSIVE
        assert closed(self.checked, [*away, (42.0, "heartbeat", "prometheus", {})]).verdict is Verdict.PASS


class TestSampleWithin:
    checked = claim("sample-within", limit_s=60.0, sample="queue depth", at_least=None, at_most=0)
    empty = (1.0, "sample", "queue depth", {"value": 0.0})

    def test_an_old_value_does_not_count_while_its_source_is_lost(self) -> None:
        rows = [self.empty, observer(2, "lost", "test")]
        assert decide(self.checked, facts(*rows), closed=False) is None
        assert closed(self.checked, rows).verdict is Verdict.INCONCLUSIVE

    def test_it_counts_again_once_the_source_is_back(self) -> None:
        rows = [self.empty, observer(2, "lost", "test"), observer(3, "watching", "test")]
        assert closed(self.checked, rows).verdict is Verdict.PASS

    def test_what_came_in_sight_late_may_have_been_in_time(self) -> None:
        away = [observer(2, "lost", "test"), observer(70, "watching", "test")]
        late = (69.0, "sample", "queue depth", {"value": 0.0})
        assert closed(self.checked, [late]).verdict is Verdict.FAIL
        assert closed(self.checked, [late, *away]).verdict is Verdict.INCONCLUSIVE

    def test_a_value_that_is_seen_is_wrong_whatever_was_not(self) -> None:
        away = [observer(2, "lost", "test"), observer(3, "watching", "test")]
        assert closed(self.checked, [*away, (4.0, "sample", "queue depth", {"value": 3.0})]).verdict is Verdict.FAIL


def of_job(after: float, event: str) -> tuple[float, str, str, dict[str, Any]]:
    return (after, "job", "a", {"event": event, "job": "j1"})


def of_build(after: float, outcome: str = "succeeded") -> tuple[float, str, str, dict[str, Any]]:
    return (after, "build", "a", {"event": "settled", "outcome": outcome, "attempts": 1, "category": "", "job": "j1"})


_JOB_ENDS = claim("job-ends", limit_s=30.0, correlation_id="a", outcome="succeeded", since_event="started")
_SETTLES = claim("build-settles", limit_s=30.0, correlation_id="a", outcome="succeeded", category="", attempts=1)
_COMPLETE = claim("builds-complete", limit_s=30.0, correlation_ids=["a"])


class TestBuilds:
    """What a FAIL rests on that was not seen makes it INCONCLUSIVE; what was seen stands."""

    away = (observer(5, "lost", "kubernetes"), observer(40, "watching", "kubernetes"))

    @pytest.mark.parametrize(
        ("checked", "rows"),
        [
            (_JOB_ENDS, [of_job(1, "started")]),
            (_JOB_ENDS, [of_job(1, "started"), of_job(39, "succeeded")]),
            (_SETTLES, [of_job(1, "started")]),
            (_SETTLES, [of_build(39)]),
            (_COMPLETE, [of_job(1, "started")]),
            (_COMPLETE, [of_build(39)]),
        ],
        ids=lambda value: getattr(value, "checker", f"{len(value)} facts" if isinstance(value, list) else ""),
    )
    def test_what_may_have_happened_unseen(
        self, checked: Claim, rows: list[tuple[float, str, str, dict[str, Any]]]
    ) -> None:
        assert closed(checked, rows).verdict is Verdict.FAIL
        found = closed(checked, [*rows, *self.away])
        assert found.verdict is Verdict.INCONCLUSIVE
        assert "kubernetes was out of sight from +5.0 s and was back at +40.0 s: refused" in found.reason

    @pytest.mark.parametrize(
        ("checked", "rows"),
        [
            (_JOB_ENDS, [of_job(1, "started"), of_job(3, "failed")]),
            (_SETTLES, [of_build(3, "failed")]),
            (_SETTLES, [of_build(3), of_build(4)]),
            (_COMPLETE, [of_build(3, "failed")]),
            (_COMPLETE, [of_build(3), of_build(4)]),
        ],
    )
    def test_what_was_seen(self, checked: Claim, rows: list[tuple[float, str, str, dict[str, Any]]]) -> None:
        assert closed(checked, [*rows, *self.away]).verdict is Verdict.FAIL


class TestRulesThatAreNotEvaluated:
    """A Prometheus that answers is in sight; one whose rules are not evaluated tells nothing of its alerts."""

    checks = pytest.mark.parametrize(
        "checked",
        [
            claim("only-expected-alerts", expected=["Other"], evaluation_s=1.0),
            claim("alert-inactive", alert="BuildSlow", evaluation_s=1.0),
            claim("no-alert-left", evaluation_s=1.0),
        ],
        ids=lambda checked: str(checked.checker),
    )

    def rules(self, after: float, health: str, name: str = "BuildSlow") -> tuple[float, str, str, dict[str, Any]]:
        return (after, "rules", "prometheus", {"alerts": [{"name": name, "query": "x > 1", "health": health}]})

    def beats(self, until: int) -> list[tuple[float, str, str, dict[str, Any]]]:
        return [(float(after), "heartbeat", "prometheus", {"rules": 5}) for after in range(1, until, 3)]

    @checks
    def test_one_that_goes_on_passes(self, checked: Claim) -> None:
        rows = [self.rules(-1, "ok"), *self.beats(20), (25.0, "step", "x", {})]
        assert closed(checked, rows).verdict is Verdict.PASS

    @checks
    def test_one_that_stopped_is_inconclusive(self, checked: Claim) -> None:
        rows = [self.rules(-1, "ok"), *self.beats(20), (300.0, "step", "x", {})]
        found = closed(checked, rows)
        assert found.verdict is Verdict.INCONCLUSIVE
        assert "evaluated no rule for 281 s" in found.reason

    @checks
    def test_production_evaluates_more_seldom(self, checked: Claim) -> None:
        rows = [self.rules(-1, "ok"), *self.beats(20), (50.0, "step", "x", {})]
        old = msgspec.structs.replace(checked, params={k: v for k, v in checked.params.items() if k != "evaluation_s"})
        assert closed(checked, rows).verdict is Verdict.INCONCLUSIVE
        assert closed(old, rows).verdict is Verdict.PASS

    @checks
    def test_a_rule_that_cannot_be_evaluated_is_inconclusive(self, checked: Claim) -> None:
        found = closed(checked, [self.rules(-1, "err"), *self.beats(20)])
        assert found.verdict is Verdict.INCONCLUSIVE
        assert "could not evaluate BuildSlow" in found.reason

    def test_a_stop_in_between_counts_where_all_the_time_is_claimed(self) -> None:
        rows = [self.rules(-1, "ok"), *self.beats(20), (300.0, "heartbeat", "prometheus", {}), (301.0, "step", "x", {})]
        only = claim("only-expected-alerts", expected=[], evaluation_s=1.0)
        assert closed(only, rows).verdict is Verdict.INCONCLUSIVE
        assert closed(claim("no-alert-left", evaluation_s=1.0), rows).verdict is Verdict.PASS

    def test_another_rule_does_not_matter(self) -> None:
        rows = [self.rules(-2, "err", "Other"), self.rules(-1, "ok"), *self.beats(20)]
        assert closed(claim("alert-inactive", alert="BuildSlow"), rows).verdict is Verdict.PASS
        rows = [self.rules(-1, "err", "Other"), *self.beats(20)]
        assert closed(claim("only-expected-alerts", expected=["Other"]), rows).verdict is Verdict.PASS

    def test_an_alert_that_should_have_fired_fails_and_says_so(self) -> None:
        checked = claim("alert-fires", limit_s=32.0, alert="BuildSlow", labels={})
        found = closed(checked, [self.rules(-1, "err"), *self.beats(20)])
        assert found.verdict is Verdict.FAIL
        assert "rule: x > 1, which Prometheus could not evaluate" in found.reason
