"""Each checker passes on what it claims, and fails, for the right reason, on what it must not let through."""

from __future__ import annotations

from typing import Any

import pytest

from harness.checkers import checker, decide, names
from harness.errors import UsageError
from harness.facts.history import Fact
from harness.judging.claims import Finding
from harness.judging.verdict import Verdict
from tests.unit.stories import ZERO, claim, facts

HIGH = "BuildFailureRateHigh"
RULES = (
    0.0,
    "rules",
    "prometheus",
    {"alerts": [{"name": HIGH, "query": "ratio > 0.1", "for_s": 0, "labels": {"severity": "critical"}}]},
)


def closed(checked: Any, told: list[Fact]) -> Finding:
    finding = decide(checked, told, closed=True)
    assert finding is not None
    return finding


def alert(after: float, state: str, severity: str = "critical", name: str = HIGH) -> tuple[float, str, str, Any]:
    return (after, "alert", name, {"state": state, "labels": {"severity": severity}, "value": 0.5})


def told(after: float, channel: str, status: str = "firing", severity: str = "critical") -> tuple[float, str, str, Any]:
    return (after, "notification", HIGH, {"channel": channel, "status": status, "severity": severity})


def job(after: float, event: str, correlation: str = "c1", **more: Any) -> tuple[float, str, str, Any]:
    return (after, "job", correlation, {"event": event, "job": "build-parser-c1-1", **more})


class TestJobEnds:
    checked = claim("job-ends", limit_s=30.0, correlation_id="c1", outcome="failed", since_event="started")

    def test_passes_measured_from_the_start_of_the_job(self) -> None:
        found = closed(self.checked, facts(job(0, "requested"), job(5, "started"), job(12, "failed")))
        assert found.verdict is Verdict.PASS
        assert found.measured_s == pytest.approx(7.0)

    def test_fails_beyond_the_limit(self) -> None:
        found = closed(self.checked, facts(job(0, "started"), job(31, "failed")))
        assert found.verdict is Verdict.FAIL
        assert "31.0 s of 30 s" in found.reason

    def test_fails_on_the_other_outcome(self) -> None:
        found = closed(self.checked, facts(job(0, "started"), job(3, "succeeded")))
        assert found.verdict is Verdict.FAIL
        assert "succeeded where it should have failed" in found.reason

    def test_says_what_was_last_seen(self) -> None:
        found = closed(self.checked, facts(job(0, "requested"), job(2, "created")))
        assert found.verdict is Verdict.FAIL
        assert "last seen created" in found.reason

    def test_another_build_decides_nothing(self) -> None:
        assert closed(self.checked, facts(job(1, "failed", "c2"))).verdict is Verdict.INCONCLUSIVE

    def test_waits_while_it_is_open(self) -> None:
        assert decide(self.checked, facts(job(0, "started")), closed=False) is None

    @pytest.mark.parametrize(
        ("ended_at", "verdict", "measured_s"),
        [
            (12, Verdict.PASS, 9.0),
            (31, Verdict.PASS, 28.0),
            (32, Verdict.INCONCLUSIVE, None),
            (33, Verdict.FAIL, 32.0),
        ],
    )
    def test_what_the_api_server_stamped_bounds_what_was_seen(
        self, ended_at: int, verdict: Verdict, measured_s: float | None
    ) -> None:
        start, end = job(50, "started", stamped_at=ZERO + 2), job(50.1, "failed", stamped_at=ZERO + ended_at)
        found = closed(self.checked, facts(job(0, "requested"), start, end))
        assert (found.verdict, found.measured_s) == (verdict, measured_s)
        assert found.at == (None if verdict is Verdict.INCONCLUSIVE else ZERO + 50.1)

    def test_what_was_seen_in_these_bounds_is_told(self) -> None:
        start, end = job(2.8, "started", stamped_at=ZERO + 2), job(7.3, "failed", stamped_at=ZERO + 7)
        assert closed(self.checked, facts(start, end)).measured_s == pytest.approx(4.5)

    def test_a_start_and_an_end_seen_together_are_no_moment(self) -> None:
        start, end = job(60, "started", stamped_at=ZERO + 2), job(60, "failed", stamped_at=ZERO + 58)
        assert closed(self.checked, facts(start, end)).verdict is Verdict.FAIL


class TestLogSays:
    checked = claim("log-says", correlation_id="c1", container="kaniko", pattern="403.*AccessDenied")

    def line(self, text: str) -> tuple[float, str, str, Any]:
        return (1.0, "log", "c1", {"container": "kaniko", "line": text, "job": "j"})

    def test_passes_on_the_line(self) -> None:
        found = closed(self.checked, facts(self.line("StatusCode: 403, api error AccessDenied: Access Denied")))
        assert found.verdict is Verdict.PASS

    def test_fails_on_another_error(self) -> None:
        found = closed(self.checked, facts(self.line("SyntaxError: invalid syntax")))
        assert found.verdict is Verdict.FAIL
        assert "SyntaxError" in found.reason

    def test_no_log_is_inconclusive(self) -> None:
        assert closed(self.checked, []).verdict is Verdict.INCONCLUSIVE

    def test_nor_does_another_attempts_log_tell_of_one_that_could_not_be_read(self) -> None:
        lost = (2.0, "observer", "build-logs", {"event": "lost", "why": "timed out"})
        found = closed(self.checked, facts(self.line("SyntaxError: invalid syntax"), lost))
        assert found.verdict is Verdict.INCONCLUSIVE
        assert "timed out" in found.reason


class TestAlertFires:
    checked = claim("alert-fires", limit_s=32.0, alert=HIGH, labels={"severity": "critical"})

    def test_passes(self) -> None:
        found = closed(self.checked, facts(RULES, alert(4, "firing")))
        assert found.verdict is Verdict.PASS
        assert found.measured_s == pytest.approx(4.0)

    def test_a_later_state_counts_for_an_earlier_claim(self) -> None:
        assert closed(self.checked, facts(RULES, alert(4, "firing"), alert(20, "inactive"))).verdict is Verdict.PASS

    def test_firing_before_the_failure_does_not_count(self) -> None:
        assert closed(self.checked, facts(RULES, alert(-5, "firing"))).verdict is Verdict.FAIL

    def test_too_late(self) -> None:
        assert closed(self.checked, facts(RULES, alert(33, "firing"))).verdict is Verdict.FAIL

    def test_wrong_severity(self) -> None:
        found = closed(self.checked, facts(RULES, alert(4, "firing", severity="warning")))
        assert found.verdict is Verdict.FAIL
        assert "warning" in found.reason

    def test_a_deleted_rule_is_named(self) -> None:
        rules = (0.0, "rules", "prometheus", {"alerts": [{"name": "BuildSlow", "query": "x"}]})
        found = closed(self.checked, facts(rules))
        assert found.verdict is Verdict.FAIL
        assert f"no alert rule {HIGH}" in found.reason
        assert "BuildSlow" in found.reason

    def test_says_state_value_and_threshold(self) -> None:
        value = (32.0, "alert-value", HIGH, {"value": 0.08, "threshold": 0.1})
        found = closed(self.checked, facts(RULES, alert(12.1, "pending"), value))
        assert found.verdict is Verdict.FAIL
        assert "last seen pending at +12.1 s" in found.reason
        assert "last value 0.08, threshold 0.1" in found.reason

    def test_a_silent_prometheus_is_inconclusive(self) -> None:
        assert closed(self.checked, []).verdict is Verdict.INCONCLUSIVE


class TestNotified:
    checked = claim(
        "notified", limit_s=33.0, alert=HIGH, status="firing", severity="critical", channels=["pagerduty", "slack"]
    )
    watching = (0.0, "observer", "receiver", {"event": "watching"})

    def test_passes_at_the_last_receiver(self) -> None:
        found = closed(self.checked, facts(self.watching, told(5, "pagerduty"), told(6, "slack")))
        assert found.verdict is Verdict.PASS
        assert found.measured_s == pytest.approx(6.0)

    def test_one_receiver_is_not_enough(self) -> None:
        found = closed(self.checked, facts(self.watching, told(5, "pagerduty")))
        assert found.verdict is Verdict.FAIL
        assert "did not reach slack" in found.reason

    def test_a_resolved_message_is_no_firing_one(self) -> None:
        told_end = told(5, "pagerduty", "resolved"), told(5, "slack", "resolved")
        assert closed(self.checked, facts(self.watching, *told_end)).verdict is Verdict.FAIL

    def test_the_severity_must_be_right(self) -> None:
        wrong = told(5, "pagerduty", severity="warning"), told(5, "slack", severity="warning")
        assert closed(self.checked, facts(self.watching, *wrong)).verdict is Verdict.FAIL

    def test_an_unread_receiver_is_inconclusive(self) -> None:
        lost = (1.0, "observer", "receiver", {"event": "lost", "why": "connection refused"})
        found = closed(self.checked, facts(self.watching, lost))
        assert found.verdict is Verdict.INCONCLUSIVE
        assert "connection refused" in found.reason

    def test_what_alertmanager_could_not_deliver_fails_it(self) -> None:
        lost = (1.0, "observer", "receiver", {"event": "lost", "why": "connection refused"})
        before = (-9.0, "sample", "failed notifications", {"value": 3.0})
        after = (8.0, "sample", "failed notifications", {"value": 7.0})
        found = closed(self.checked, facts(self.watching, before, lost, after))
        assert found.verdict is Verdict.FAIL
        assert "counted 4 failed notifications" in found.reason


class TestOnlyExpectedAlerts:
    checked = claim("only-expected-alerts", expected=[HIGH])
    alive = (9.0, "heartbeat", "prometheus", {"rules": 5})

    def test_passes(self) -> None:
        assert closed(self.checked, facts(alert(4, "firing"), self.alive)).verdict is Verdict.PASS

    def test_another_alert_fails_it(self) -> None:
        found = closed(self.checked, facts(alert(4, "firing", name="KanikoOOMKilled"), self.alive))
        assert found.verdict is Verdict.FAIL
        assert "KanikoOOMKilled" in found.reason

    def test_silence_is_not_proof(self) -> None:
        assert closed(self.checked, facts(RULES)).verdict is Verdict.INCONCLUSIVE


class TestAlertsFromBeforeTheFault:
    """Slow builds without any fault make an alert fire; the fault comes at 0."""

    checked = claim("only-expected-alerts", expected=[])
    started = (-60.0, "scenario", "a scenario", {"event": "started"})
    alive = (30.0, "heartbeat", "prometheus", {"rules": 5})
    away = (
        (0.2, "observer", "prometheus", {"event": "lost", "why": "refused"}),
        (0.4, "observer", "prometheus", {"event": "watching"}),
    )

    def test_being_told_of_it_late_is_no_alert_of_the_fault(self) -> None:
        found = closed(self.checked, facts(alert(-1, "firing"), told(0.7, "slack"), self.alive))
        assert found.verdict is Verdict.PASS

    def test_it_may_have_fired_anew_while_nobody_looked(self) -> None:
        rows = (alert(-30, "firing"), alert(-20, "inactive"), *self.away, told(0.7, "slack"), self.alive)
        assert closed(self.checked, facts(*rows)).verdict is Verdict.FAIL

    def test_one_that_nobody_saw_fire_is_held_against_it(self) -> None:
        found = closed(self.checked, facts(alert(-1, "firing", name="BuildSlow"), told(0.7, "slack"), self.alive))
        assert found.verdict is Verdict.FAIL
        assert f"{HIGH} was told to slack at +0.7 s" in found.reason

    def test_that_it_fires_again_proves_nothing_of_the_fault(self) -> None:
        rows = (self.started, alert(-9, "firing"), alert(-2, "inactive"), alert(20, "firing"), self.alive)
        found = closed(self.checked, facts(*rows))
        assert found.verdict is Verdict.INCONCLUSIVE
        assert found.reason == f"{HIGH} fired at +20.0 s; but {HIGH} had fired before anything was broken"

    def test_another_one_fails_all_the_same(self) -> None:
        rows = (self.started, alert(-9, "firing"), alert(20, "firing"), alert(21, "firing", name="BuildSlow"))
        found = closed(self.checked, facts(*rows, self.alive))
        assert found.verdict is Verdict.FAIL
        assert "BuildSlow fired at +21.0 s" in found.reason

    def test_one_of_an_earlier_scenario_excuses_nothing(self) -> None:
        rows = (alert(-90, "firing"), alert(-80, "inactive"), self.started, alert(20, "firing"), self.alive)
        assert closed(self.checked, facts(*rows)).verdict is Verdict.FAIL


class TestNoAlertLeft:
    checked = claim("no-alert-left")
    alive = (40.0, "heartbeat", "prometheus", {"rules": 5})

    def test_passes(self) -> None:
        told = facts(alert(4, "firing"), alert(36, "inactive"), self.alive)
        assert closed(self.checked, told).verdict is Verdict.PASS

    @pytest.mark.parametrize("state", ["pending", "firing"])
    def test_one_that_is_left_fails_it(self, state: str) -> None:
        told = facts(alert(4, "firing"), alert(36, "inactive"), alert(37, state, name="BuildSlow"), self.alive)
        found = closed(self.checked, told)
        assert found.verdict is Verdict.FAIL
        assert f"BuildSlow is still {state}" in found.reason

    def test_silence_is_not_proof(self) -> None:
        assert closed(self.checked, facts(alert(4, "firing"), alert(36, "inactive"))).verdict is Verdict.INCONCLUSIVE


class TestAlertResolves:
    checked = claim("alert-resolves", limit_s=40.0, alert=HIGH)

    def test_passes(self) -> None:
        assert closed(self.checked, facts(alert(4, "firing"), alert(36, "inactive"))).verdict is Verdict.PASS

    def test_still_firing_fails(self) -> None:
        found = closed(self.checked, facts(alert(4, "firing")))
        assert found.verdict is Verdict.FAIL
        assert "still firing" in found.reason

    def test_firing_again_fails(self) -> None:
        again = facts(alert(4, "firing"), alert(20, "inactive"), alert(25, "firing"))
        assert closed(self.checked, again).verdict is Verdict.FAIL

    def test_never_fired_is_inconclusive(self) -> None:
        assert closed(self.checked, facts(RULES)).verdict is Verdict.INCONCLUSIVE


class TestCauseFound:
    checked = claim("cause-found", limit_s=300.0, correlation_id="c1", cause="iam-policy-removed")

    def answer(self, cause: str, after: float = 2.0) -> tuple[float, str, str, Any]:
        return (after, "diagnosis", "c1", {"cause": cause, "evidence": ["a line"]})

    def test_passes(self) -> None:
        assert closed(self.checked, facts(self.answer("iam-policy-removed"))).verdict is Verdict.PASS

    def test_another_cause_fails(self) -> None:
        found = closed(self.checked, facts(self.answer("s3-object-missing")))
        assert found.verdict is Verdict.FAIL
        assert "diagnosed as s3-object-missing" in found.reason

    def test_too_late_fails(self) -> None:
        assert closed(self.checked, facts(self.answer("iam-policy-removed", 301.0))).verdict is Verdict.FAIL

    def test_no_answer_is_inconclusive(self) -> None:
        assert closed(self.checked, []).verdict is Verdict.INCONCLUSIVE


class TestFixApplied:
    checked = claim("fix-applied", limit_s=30.0, remedy="commit the right role")

    def act(self, after: float, event: str) -> tuple[float, str, str, Any]:
        return (after, "act", "commit the right role", {"event": event, "detail": event})

    def test_measured_from_the_act(self) -> None:
        found = closed(self.checked, facts(self.act(10, "done"), self.act(12, "in-effect")))
        assert found.verdict is Verdict.PASS
        assert found.measured_s == pytest.approx(2.0)

    def test_too_slow_fails(self) -> None:
        assert closed(self.checked, facts(self.act(10, "done"), self.act(41, "in-effect"))).verdict is Verdict.FAIL

    def test_without_effect_fails_with_the_last_answer(self) -> None:
        found = closed(self.checked, facts(self.act(10, "done"), self.act(40, "not-yet")))
        assert found.verdict is Verdict.FAIL
        assert "not in effect" in found.reason

    def test_nobody_acted_is_inconclusive(self) -> None:
        assert closed(self.checked, []).verdict is Verdict.INCONCLUSIVE


class TestSampleWithin:
    checked = claim("sample-within", limit_s=60.0, sample="success rate", at_least=0.95, at_most=None)

    def sample(self, after: float, value: float | None) -> tuple[float, str, str, Any]:
        return (after, "sample", "success rate", {"value": value})

    def test_passes(self) -> None:
        assert closed(self.checked, facts(self.sample(1, 0.5), self.sample(9, 1.0))).verdict is Verdict.PASS

    def test_the_last_value_counts(self) -> None:
        found = closed(self.checked, facts(self.sample(1, 1.0), self.sample(9, 0.5)))
        assert found.verdict is Verdict.FAIL
        assert "0.5, not at least 0.95" in found.reason

    def test_no_value_is_inconclusive(self) -> None:
        assert closed(self.checked, facts(self.sample(1, None))).verdict is Verdict.INCONCLUSIVE
        assert closed(self.checked, []).verdict is Verdict.INCONCLUSIVE


class TestFaultEffective:
    checked = claim("fault-effective", fault="noop", role="assumption")

    def test_passes_when_seen(self) -> None:
        told = facts((1.0, "fault", "noop", {"event": "effective", "detail": "403"}))
        assert closed(self.checked, told).verdict is Verdict.PASS

    def test_injected_is_not_effective(self) -> None:
        told = facts(
            (0.5, "fault", "noop", {"event": "injected"}),
            (30.0, "fault", "noop", {"event": "not-effective", "detail": "still readable"}),
        )
        found = closed(self.checked, told)
        assert found.verdict is Verdict.INCONCLUSIVE
        assert "still readable" in found.reason


class TestSteady:
    checked = claim("steady", role="assumption", gate="g", probes=["queues", "alerts"])

    def seen(self, name: str, accepted: bool, gate: str = "g") -> tuple[float, str, str, Any]:
        return (1.0, "observation", name, {"gate": gate, "accepted": accepted, "detail": f"{name} detail"})

    def test_passes(self) -> None:
        assert closed(self.checked, facts(self.seen("queues", True), self.seen("alerts", True))).verdict is Verdict.PASS

    def test_a_refusal_aborts_with_its_reason(self) -> None:
        found = closed(self.checked, facts(self.seen("queues", True), self.seen("alerts", False)))
        assert found.verdict is Verdict.ABORTED
        assert "alerts: alerts detail" in found.reason

    def test_a_probe_that_was_not_looked_at_is_inconclusive(self) -> None:
        found = closed(self.checked, facts(self.seen("queues", True), self.seen("alerts", True, gate="another")))
        assert found.verdict is Verdict.INCONCLUSIVE


class TestIncidentOver:
    checked = claim("incident-over", limit_s=1800.0, alert=HIGH, channels=["pagerduty", "slack"], correlation_id="c2")
    signs = (
        alert(5, "firing"),
        job(20, "succeeded", "c2"),
        alert(36, "inactive"),
        told(40, "pagerduty", "resolved"),
        told(41, "slack", "resolved"),
    )

    def test_passes_at_the_last_sign(self) -> None:
        found = closed(self.checked, facts(*self.signs))
        assert found.verdict is Verdict.PASS
        assert found.measured_s == pytest.approx(41.0)

    @pytest.mark.parametrize(
        ("left_out", "named"), [(1, "the rebuild"), (2, f"{HIGH} inactive"), (3, "pagerduty told"), (4, "slack told")]
    )
    def test_each_sign_is_needed(self, left_out: int, named: str) -> None:
        found = closed(self.checked, facts(*(sign for n, sign in enumerate(self.signs) if n != left_out)))
        assert found.verdict is Verdict.FAIL
        assert named in found.reason

    @pytest.mark.parametrize(("left_out", "source"), [((1,), "kubernetes"), ((2,), "prometheus"), ((3, 4), "receiver")])
    def test_what_may_have_happened_unseen_is_no_fail(self, left_out: tuple[int, ...], source: str) -> None:
        away = [(10.0, "observer", source, {"event": "lost", "why": "refused"})]
        found = closed(self.checked, facts(*away, *(sign for n, sign in enumerate(self.signs) if n not in left_out)))
        assert found.verdict is Verdict.INCONCLUSIVE
        assert f"{source} was out of sight" in found.reason

    def test_what_surely_did_not_happen_fails_whatever_else_was_out_of_sight(self) -> None:
        away = [(10.0, "observer", "receiver", {"event": "lost", "why": "refused"})]
        found = closed(self.checked, facts(*away, *self.signs[:1], *self.signs[2:3]))
        assert found.verdict is Verdict.FAIL


def test_a_crashing_checker_is_a_harness_error() -> None:
    broken = claim("job-ends")
    found = decide(broken, facts(job(0, "started")), closed=True)
    assert found is not None
    assert found.verdict is Verdict.HARNESS_ERROR
    assert "KeyError" in found.reason


def test_an_unknown_checker_is_refused() -> None:
    with pytest.raises(UsageError, match="there is no checker 'guess'"):
        checker("guess")


@pytest.mark.parametrize("name", names())
def test_nothing_seen_is_never_a_pass(name: str) -> None:
    params: dict[str, Any] = {
        "correlation_id": "c1", "outcome": "failed", "since_event": "started", "container": "kaniko", "pattern": "x",
        "alert": HIGH, "labels": {}, "status": "firing", "severity": "critical", "channels": ["slack"],
        "expected": [], "cause": "x", "remedy": "x", "sample": "x", "at_most": 1, "fault": "x", "gate": "g",
        "probes": ["p"], "category": "", "attempts": None, "contains": [], "limit": 0.1,
        "scene": "s", "allowed": [], "correlation_ids": ["c1"], "baseline": ["c2"],
        "builds": {"p": "c1"}, "parsers": ["p"],
        "policy": {"max_attempts": 3, "base_s": 5, "max_s": 30}, "handling_s": 15,
    }  # fmt: skip
    found = closed(claim(name, **params), [])
    assert found.verdict not in (Verdict.PASS, Verdict.HARNESS_ERROR)


class TestBuildSettles:
    checked = claim(
        "build-settles", limit_s=60.0, correlation_id="c1", outcome="failed", category="invalid_parser", attempts=1
    )

    def settled(self, outcome: str, category: str, attempts: int) -> tuple[float, str, str, Any]:
        return (
            9.0,
            "build",
            "c1",
            {"event": "settled", "outcome": outcome, "category": category, "attempts": attempts, "job": "j"},
        )

    def test_passes(self) -> None:
        assert closed(self.checked, facts(self.settled("failed", "invalid_parser", 1))).verdict is Verdict.PASS

    @pytest.mark.parametrize(
        ("outcome", "category", "attempts", "named"),
        [
            ("succeeded", "invalid_parser", 1, "wrong outcome"),
            ("failed", "unknown", 1, "wrong category"),
            ("failed", "invalid_parser", 3, "wrong attempts"),
        ],
    )
    def test_each_part_must_be_right(self, outcome: str, category: str, attempts: int, named: str) -> None:
        found = closed(self.checked, facts(self.settled(outcome, category, attempts)))
        assert found.verdict is Verdict.FAIL
        assert named in found.reason

    def test_settled_twice_fails(self) -> None:
        one = self.settled("failed", "invalid_parser", 1)
        found = closed(self.checked, facts(one, one))
        assert found.verdict is Verdict.FAIL
        assert "settled 2 times" in found.reason

    def test_not_settled_fails_with_what_was_last_seen(self) -> None:
        found = closed(self.checked, facts(job(0, "started"), job(5, "failed")))
        assert found.verdict is Verdict.FAIL
        assert "last seen failed" in found.reason


class TestDeveloperTold:
    checked = claim("developer-told", limit_s=60.0, correlation_id="c1", contains=["parser.py:2", "SyntaxError"])
    watching = (0.0, "observer", "receiver", {"event": "watching"})

    def note(self, text: str) -> tuple[float, str, str, Any]:
        return (9.0, "notification", "c1", {"channel": "developer", "status": "failed", "severity": "", "text": text})

    def test_passes(self) -> None:
        told_all = facts(self.watching, self.note("p invalid_parser parser.py:2 SyntaxError: invalid syntax"))
        assert closed(self.checked, told_all).verdict is Verdict.PASS

    def test_what_it_lacks_is_named(self) -> None:
        found = closed(self.checked, facts(self.watching, self.note("p failed")))
        assert found.verdict is Verdict.FAIL
        assert "lacks parser.py:2, SyntaxError" in found.reason

    def test_twice_fails(self) -> None:
        note = self.note("parser.py:2 SyntaxError")
        assert closed(self.checked, facts(self.watching, note, note)).verdict is Verdict.FAIL

    def test_silence_fails_when_the_receiver_was_read(self) -> None:
        assert closed(self.checked, facts(self.watching)).verdict is Verdict.FAIL

    def test_an_unread_receiver_is_inconclusive(self) -> None:
        assert closed(self.checked, []).verdict is Verdict.INCONCLUSIVE
