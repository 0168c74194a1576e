"""Checkers of alerts: each passes, fails for the right reason, and decides nothing on what was not watched."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from harness.checkers import decide
from harness.facts.alert_history import AlertHistory, read_history
from harness.judging.claims import Claim, Finding
from harness.judging.verdict import Verdict
from tests.unit.stories import ZERO, claim, facts

HIGH = "BuildFailureRateHigh"
CRITICAL = {"alertname": HIGH, "severity": "critical"}
ANNOTATIONS = {"summary": "More than 10 % of builds fail", "runbook_url": "https://runbooks/high"}
Row = tuple[float, str, str, dict[str, Any]]


def rules(for_s: float = 0.0, name: str = HIGH) -> Row:
    return (-1.0, "rules", "prometheus", {"alerts": [{"name": name, "query": "ratio > 0.1", "for_s": for_s}]})


def alert(after: float, state: str, name: str = HIGH, **labels: str) -> Row:
    data = {"state": state, "labels": {**CRITICAL, "alertname": name, **labels}, "annotations": ANNOTATIONS}
    return (after, "alert", name, data)


def alive(after: float) -> Row:
    return (after, "heartbeat", "prometheus", {"rules": 1})


def observer(after: float, source: str, event: str) -> Row:
    return (after, "observer", source, {"event": event, "why": "connection refused"})


def told(after: float, status: str = "firing", channel: str = "slack", seq: int = 1, **changed: Any) -> Row:
    counts = {"firing": int(status == "firing"), "resolved": int(status == "resolved")}
    data = {"channel": channel, "status": status, "severity": "critical", "seq": seq, "runbook_url": "", **counts}
    return (after, "notification", HIGH, data | changed)


def closed(checked: Claim, *rows: Row) -> Finding:
    finding = decide(checked, facts(*rows), closed=True)
    assert finding is not None
    return finding


class TestOutOfSight:
    """Prometheus or the receiver was lost in the time claimed: what did not happen may have happened unseen."""

    fires = claim("alert-fires", limit_s=32.0, alert=HIGH, labels={"severity": "critical"})
    resolves = claim("alert-resolves", limit_s=40.0, alert=HIGH)
    notified = claim(
        "notified", limit_s=33.0, alert=HIGH, status="firing", severity="critical", channels=["slack"], runbook_url=""
    )
    away = (observer(5, "prometheus", "lost"), observer(9, "prometheus", "watching"))

    def test_an_alert_that_was_not_seen_firing(self) -> None:
        found = closed(self.fires, rules(), *self.away)
        assert found.verdict is Verdict.INCONCLUSIVE
        assert "out of sight from +5.0 s and was back at +9.0 s: connection refused" in found.reason

    def test_an_alert_that_was_seen_too_late(self) -> None:
        lost = (observer(5, "prometheus", "lost"), observer(40, "prometheus", "watching"))
        assert closed(self.fires, rules(), *lost, alert(41, "firing")).verdict is Verdict.INCONCLUSIVE
        assert closed(self.fires, rules(), alert(41, "firing")).verdict is Verdict.FAIL

    def test_a_loss_that_was_over_by_then_excuses_nothing(self) -> None:
        before = (observer(-9, "prometheus", "lost"), observer(-5, "prometheus", "watching"))
        assert closed(self.fires, rules(), *before).verdict is Verdict.FAIL

    def test_a_rule_that_is_not_there_fails_all_the_same(self) -> None:
        assert closed(self.fires, rules(name="BuildSlow"), *self.away).verdict is Verdict.FAIL

    def test_the_receiver_can_tell_that_it_fired(self) -> None:
        found = closed(self.fires, rules(), *self.away, told(7))
        assert (found.verdict, found.measured_s, found.clock) == (Verdict.PASS, 7.0, "receiver")

    def test_a_receiver_alone_is_no_proof_while_prometheus_was_watched(self) -> None:
        assert closed(self.fires, rules(), told(7)).verdict is Verdict.FAIL

    def test_an_alert_that_is_still_firing(self) -> None:
        still = (rules(), alert(4, "firing"))
        assert closed(self.resolves, *still).verdict is Verdict.FAIL
        assert closed(self.resolves, *still, *self.away).verdict is Verdict.INCONCLUSIVE

    def test_a_notification_that_did_not_come(self) -> None:
        lost = (
            observer(-1, "receiver", "watching"),
            observer(5, "receiver", "lost"),
            observer(9, "receiver", "watching"),
        )
        assert closed(self.notified, *lost[:1]).verdict is Verdict.FAIL
        assert closed(self.notified, *lost).verdict is Verdict.INCONCLUSIVE

    def test_a_rule_that_waits_too_long_is_shown_with_its_for(self) -> None:
        found = closed(self.fires, rules(for_s=1800.0), alert(4, "pending"), alert(30, "inactive"))
        assert found.verdict is Verdict.FAIL
        assert "rule: ratio > 0.1 for 1800 s" in found.reason


class TestAlertLimit:
    checked = claim("alert-limit", alert=HIGH, limit=0.1)

    def test_passes_on_the_rules_loaded(self) -> None:
        assert closed(self.checked, rules()).verdict is Verdict.PASS

    @pytest.mark.parametrize(
        ("query", "said"), [("ratio > 0.9", "at > 0.9, not at > 0.1"), ("(ratio < 0.1)", "at < 0.1, not at > 0.1")]
    )
    def test_another_limit_fails_though_the_alert_fires(self, query: str, said: str) -> None:
        other = rules()
        other[3]["alerts"][0]["query"] = query
        found = closed(self.checked, other, alert(4, "firing"))
        assert found.verdict is Verdict.FAIL
        assert said in found.reason

    def test_a_limit_changed_meanwhile_fails(self) -> None:
        _, kind, subject, data = rules()
        changed = {"alerts": [{**data["alerts"][0], "query": "ratio > 0.9"}]}
        assert closed(self.checked, rules(), (5.0, kind, subject, changed)).verdict is Verdict.FAIL

    def test_what_was_loaded_before_and_replaced_by_then_does_not_count(self) -> None:
        _, kind, subject, data = rules()
        before = {"alerts": [{**data["alerts"][0], "query": "ratio > 0.9"}]}
        assert closed(self.checked, (-5.0, kind, subject, before), rules()).verdict is Verdict.PASS

    def test_a_rule_without_a_number_decides_nothing(self) -> None:
        other = rules()
        other[3]["alerts"][0]["query"] = "ratio > on () allowed"
        assert closed(self.checked, other).verdict is Verdict.INCONCLUSIVE

    def test_a_rule_that_is_not_there_fails(self) -> None:
        assert closed(self.checked, rules(name="BuildSlow")).verdict is Verdict.FAIL


class TestAlertCarries:
    checked = claim("alert-fires", alert=HIGH, labels={"severity": "critical"}, annotations=ANNOTATIONS)

    def test_passes(self) -> None:
        assert closed(self.checked, rules(), alert(4, "firing")).verdict is Verdict.PASS

    @pytest.mark.parametrize(
        ("kind", "name", "named"),
        [
            ("labels", "severity", "label severity 'other'"),
            ("annotations", "runbook_url", "annotation runbook_url 'other'"),
        ],
    )
    def test_another_value_fails(self, kind: str, name: str, named: str) -> None:
        row = alert(4, "firing")
        row[3][kind] = {**row[3][kind], name: "other"}
        found = closed(self.checked, rules(), row)
        assert found.verdict is Verdict.FAIL
        assert named in found.reason

    def test_one_that_is_missing_fails(self) -> None:
        row = alert(4, "firing")
        row[3]["annotations"] = {}
        assert "annotation summary None" in closed(self.checked, rules(), row).reason

    def test_what_did_not_fire_was_not_seen(self) -> None:
        assert closed(self.checked).verdict is Verdict.INCONCLUSIVE

    def test_the_runbook_that_receivers_are_told(self) -> None:
        checked = claim(
            "notified", limit_s=33.0, alert=HIGH, status="firing", severity="critical", channels=["slack"],
            runbook_url=ANNOTATIONS["runbook_url"],
        )  # fmt: skip
        assert closed(checked, told(4, runbook_url=ANNOTATIONS["runbook_url"])).verdict is Verdict.PASS
        found = closed(checked, told(4, runbook_url="https://elsewhere"))
        assert found.verdict is Verdict.FAIL
        assert "https://elsewhere" in found.reason


class TestAlertFires:
    checked = claim("alert-fires", limit_s=32.0, alert=HIGH, labels={"severity": "critical"})

    def test_one_that_fired_before_the_zero_is_told_as_that(self) -> None:
        found = closed(self.checked, rules(), alert(-0.4, "firing"), alert(29.6, "inactive"))
        assert found.verdict is Verdict.FAIL
        assert "inactive at +29.6 s, having fired 0.4 s before this is counted from" in found.reason

    def test_one_that_was_over_by_the_zero_is_not(self) -> None:
        found = closed(self.checked, rules(), alert(-60.0, "firing"), alert(-20.0, "inactive"))
        assert "never left inactive" in found.reason
        assert "having fired" not in found.reason


class TestAlertPending:
    checked = claim("alert-pending", limit_s=32.0, alert=HIGH)

    @pytest.mark.parametrize("state", ["pending", "firing"])
    def test_passes_when_pending_or_past_it(self, state: str) -> None:
        found = closed(self.checked, rules(60), alert(4, state))
        assert (found.verdict, found.measured_s) == (Verdict.PASS, 4.0)

    def test_too_late_fails(self) -> None:
        assert closed(self.checked, rules(60), alert(33, "pending")).verdict is Verdict.FAIL

    def test_never_active_fails(self) -> None:
        found = closed(self.checked, rules(60))
        assert found.verdict is Verdict.FAIL
        assert "never left inactive" in found.reason

    def test_without_for_it_says_so_at_once(self) -> None:
        found = decide(self.checked, facts(rules(0)), closed=False)
        assert found is not None, "it must not wait"
        assert found.verdict is Verdict.INCONCLUSIVE
        assert "pending never shows" in found.reason

    def test_a_deleted_rule_fails_at_once(self) -> None:
        found = decide(self.checked, facts(rules(name="BuildSlow")), closed=False)
        assert found is not None
        assert found.verdict is Verdict.FAIL

    def test_waits_while_it_is_open(self) -> None:
        assert decide(self.checked, facts(rules(60)), closed=False) is None

    def test_out_of_sight_is_inconclusive(self) -> None:
        assert closed(self.checked, rules(60), observer(3, "prometheus", "lost")).verdict is Verdict.INCONCLUSIVE


class TestAlertInactive:
    checked = claim("alert-inactive", alert=HIGH)

    def test_passes(self) -> None:
        other = alert(4, "firing", name="BuildSlow")
        assert closed(self.checked, rules(), other, alive(9)).verdict is Verdict.PASS

    @pytest.mark.parametrize("state", ["pending", "firing"])
    def test_one_that_was_active_fails(self, state: str) -> None:
        found = closed(self.checked, rules(), alert(4, state), alert(6, "inactive"), alive(9))
        assert found.verdict is Verdict.FAIL
        assert f"{HIGH} {state} at +4.0 s" in found.reason

    def test_one_that_had_been_active_before_and_went_on_fails(self) -> None:
        assert closed(self.checked, rules(), alert(-4, "firing"), alive(9)).verdict is Verdict.FAIL

    def test_one_that_was_over_before_counts_as_inactive(self) -> None:
        over = (alert(-4, "firing"), alert(-2, "inactive"))
        assert closed(self.checked, rules(), *over, alive(9)).verdict is Verdict.PASS

    def test_one_that_a_receiver_was_told_of_fails(self) -> None:
        assert closed(self.checked, rules(), told(4), alive(9)).verdict is Verdict.FAIL

    def test_a_rule_that_is_not_there_fails(self) -> None:
        assert closed(self.checked, rules(name="BuildSlow"), alive(9)).verdict is Verdict.FAIL

    def test_silence_is_not_proof(self) -> None:
        assert closed(self.checked, rules()).verdict is Verdict.INCONCLUSIVE

    def test_out_of_sight_is_inconclusive(self) -> None:
        away = (observer(3, "prometheus", "lost"), observer(4, "prometheus", "watching"))
        assert closed(self.checked, rules(), *away, alive(9)).verdict is Verdict.INCONCLUSIVE


class TestToldOnce:
    checked = claim("told-once", repeat_s=100.0)
    watching = observer(-1, "receiver", "watching")

    def test_passes(self) -> None:
        story = (told(4, seq=1), told(4, channel="pagerduty", seq=2), told(40, "resolved", seq=3))
        assert closed(self.checked, self.watching, *story).verdict is Verdict.PASS

    def test_the_same_again_fails(self) -> None:
        found = closed(self.checked, self.watching, told(4, seq=1), told(9, seq=2))
        assert found.verdict is Verdict.FAIL
        assert f"slack was told twice that {HIGH} is firing, 5.0 s apart" in found.reason

    def test_the_same_end_again_fails(self) -> None:
        story = (told(4, seq=1), told(40, "resolved", seq=2), told(41, "resolved", seq=3))
        assert closed(self.checked, self.watching, *story).verdict is Verdict.FAIL

    def test_again_after_the_repeat_interval_is_as_promised(self) -> None:
        assert closed(self.checked, self.watching, told(4, seq=1), told(104, seq=2)).verdict is Verdict.PASS

    def test_a_group_with_one_more_alert_is_another_one(self) -> None:
        assert closed(self.checked, self.watching, told(4, seq=1), told(9, seq=2, firing=2)).verdict is Verdict.PASS

    def test_a_group_of_as_many_other_alerts_is_another_one(self) -> None:
        story = (told(4, seq=1), alert(7, "firing", pod="b"), told(9, seq=2))
        assert closed(self.checked, self.watching, *story).verdict is Verdict.PASS

    def test_lines_of_one_request_are_one(self) -> None:
        story = (told(4, seq=1, firing=2), told(4, seq=1, firing=2))
        assert closed(self.checked, self.watching, *story).verdict is Verdict.PASS

    def test_nothing_told_is_inconclusive(self) -> None:
        assert closed(self.checked, self.watching).verdict is Verdict.INCONCLUSIVE

    def test_out_of_sight_is_inconclusive(self) -> None:
        away = (observer(3, "receiver", "lost"), observer(4, "receiver", "watching"))
        assert closed(self.checked, self.watching, told(2), *away).verdict is Verdict.INCONCLUSIVE


class TestAlertsAsKept:
    """A scenario that claimed that the alert fires; live it was seen firing from +4 s to +34 s."""

    checked = claim("alerts-as-kept", role="assumption")
    fires = claim("alert-fires", limit_s=32.0, alert=HIGH, labels={"severity": "critical"})
    live = (alert(4, "firing"), alert(34, "inactive"))

    def kept(self, *active: float) -> AlertHistory:
        labels = tuple(sorted({**CRITICAL, "alertstate": "firing"}.items()))
        times = [ZERO + at for at in active]
        seen = [[ZERO + at for at in range(-10, 61)]]
        return read_history([(labels, times)] if times else [], [], seen, evaluation_s=1.0, scrape_s=1.0)

    def finding(self, history: AlertHistory | None, *live: Row, claimed: Claim | None = None) -> Finding:
        claimed = claimed or self.fires
        made = (0.0, "claim", claimed.id, msgspec.to_builtins(claimed))
        end: Row = (40.0, "claim-closed", claimed.id, {})
        rows: list[Row] = [rules(), made, *live, alive(39), end]
        if history is not None:
            rows.append((50.0, "alert-history", "prometheus", msgspec.to_builtins(history)))
        return closed(self.checked, *rows)

    def test_passes(self) -> None:
        found = self.finding(self.kept(*range(4, 34)), *self.live)
        assert found.verdict is Verdict.PASS
        assert "2 changes of alerts are as Prometheus kept them, at most 0.0 s apart" in found.reason

    def test_what_turns_a_fail_is_inconclusive(self) -> None:
        found = self.finding(self.kept(*range(4, 34)))
        assert found.verdict is Verdict.INCONCLUSIVE
        assert f"{HIGH} firing at +4.0 s was kept by Prometheus, and not seen" in found.reason
        assert "is FAIL as seen, PASS as kept" in found.reason

    def test_what_turns_a_pass_is_inconclusive(self) -> None:
        found = self.finding(self.kept(), *self.live)
        assert found.verdict is Verdict.INCONCLUSIVE
        assert "is PASS as seen, FAIL as kept" in found.reason

    def test_what_changes_no_answer_is_said(self) -> None:
        found = self.finding(self.kept(*range(10, 34)), *self.live)
        assert found.verdict is Verdict.PASS
        assert f"{HIGH} firing at +4.0 s was seen, Prometheus did not keep it" in found.reason
        assert "no claim depends on it" in found.reason

    def test_a_negative_claim_is_turned_too(self) -> None:
        only = claim("only-expected-alerts", expected=[])
        assert self.finding(self.kept(*range(4, 34)), claimed=only).verdict is Verdict.INCONCLUSIVE

    def test_an_alert_that_was_over_before_turns_nothing(self) -> None:
        inactive = claim("alert-inactive", alert=HIGH)
        live = (alert(-6, "firing"), alert(-3, "inactive"), alert(8, "firing", name="BuildSlow"))
        found = self.finding(self.kept(*range(-6, -3)), *live, claimed=inactive)
        assert found.verdict is Verdict.PASS
        assert "BuildSlow firing at +8.0 s was seen, Prometheus did not keep it" in found.reason

    def test_what_receivers_were_told_of_nothing_is_said(self) -> None:
        found = self.finding(self.kept(), told(5), claimed=claim("no-alert-left"))
        assert f"slack was told at +5.0 s that {HIGH} is firing, which Prometheus did not keep" in found.reason

    def test_a_resolution_that_prometheus_did_not_keep_is_said(self) -> None:
        found = self.finding(self.kept(*range(4, 34)), *self.live, told(5), told(20, "resolved"))
        assert found.verdict is Verdict.PASS
        assert f"slack was told at +20.0 s that {HIGH} is resolved" in found.reason

    def test_the_end_of_what_had_fired_before_is_no_difference(self) -> None:
        found = self.finding(self.kept(), told(2, "resolved"), claimed=claim("no-alert-left"))
        assert "0 changes of alerts are as Prometheus kept them" in found.reason

    def test_without_prometheus_own_record_it_is_inconclusive(self) -> None:
        assert self.finding(None, *self.live).verdict is Verdict.INCONCLUSIVE
