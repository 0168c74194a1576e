"""Sentences on alerts: what their limits count from, what is refused, and that Prometheus' own record is asked."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest

from harness.errors import TargetError, UsageError
from harness.facts.alert_history import AlertHistory
from harness.facts.rule_inputs import InputSeries, RuleInputs
from harness.judging import expectation
from harness.judging.claims import Claim, Finding
from harness.judging.verdict import Verdict
from harness.running.run import Run
from harness.running.scenario import Scenario
from harness.running.story import Story
from harness.sentences import alerts
from harness.verbs.alerting import record_value
from tests.unit.fakes import FakeTarget

HIGH = "BuildFailureRateHigh"


@pytest.fixture
def story(running: Run) -> Story:
    """A build has failed two seconds after the fault acted, and the alert fires at once."""
    told = Story(Scenario(running, "a scenario", "a.feature"))
    told.scenario.__enter__()
    told.effective_at = running.timeline.clock.now() - 2.0
    told.failed_at = told.effective_at + 2.0
    rule = {"name": HIGH, "query": "x > 1", "for_s": 0, "labels": {}}
    running.timeline.record("rules", "prometheus", alerts=[rule])
    running.timeline.record("alert", HIGH, state="firing", labels={"severity": "critical"}, annotations={}, value=1)
    return told


def last(story: Story) -> tuple[Claim, Finding]:
    return story.scenario.findings[-1]


def test_a_limit_counts_from_the_failure_and_tells_of_the_fault(story: Story) -> None:
    assert alerts.alert_fires(story, HIGH, "critical").verdict is Verdict.PASS
    claim, _ = last(story)
    assert claim.since == story.failed_at
    assert claim.limit_s == pytest.approx(0.22)
    assert claim.allowance.endswith("from the failure, 2.0 s after the fault's effect")


@pytest.mark.parametrize(
    ("zero", "from_fault_s", "named"), [("failure", 2.0, "from the failure"), ("fault", 0.0, "from the fault's effect")]
)
def test_a_stated_limit_counts_from_what_it_says(story: Story, zero: str, from_fault_s: float, named: str) -> None:
    assert alerts.alert_fires_within(story, HIGH, "critical", 40.0, zero).verdict is Verdict.PASS
    claim, _ = last(story)
    assert claim.since - story.effective_at == pytest.approx(from_fault_s)
    assert claim.limit_s == 40.0
    assert named in claim.allowance
    assert "its rule promises 0.22 s: window 0.2 s" in claim.allowance


def test_a_limit_that_the_rule_does_not_promise_is_refused(story: Story) -> None:
    with pytest.raises(UsageError, match=r"0\.22 s at the latest = window 0\.2 s"):
        alerts.alert_fires_within(story, HIGH, "critical", 0.1, "failure")
    assert story.scenario.findings == []


def test_so_is_one_on_being_told(story: Story) -> None:
    alerts.alert_fires(story, HIGH, "critical")
    with pytest.raises(UsageError, match=r"group wait 0\.01 s"):
        alerts.told_within(story, ["slack"], 0.22, "failure")


def test_pending_is_refused_for_a_rule_without_for(story: Story) -> None:
    with pytest.raises(UsageError, match="pending never shows"):
        alerts.alert_pending(story, HIGH)


def test_whoever_is_told_is_told_the_runbook_that_is_claimed(story: Story) -> None:
    alerts.alert_fires(story, HIGH, "critical")
    alerts.alert_carries(story, HIGH, {"severity": "critical"}, {"runbook_url": "https://r"})
    alerts.told_that_it_fires(story, ["slack"])
    claim, _ = last(story)
    assert claim.params["runbook_url"] == "https://r"


@pytest.mark.parametrize(
    "say",
    [
        lambda story: alerts.only_these_fired(story, [HIGH]),
        lambda story: alerts.alert_stayed_inactive(story, HIGH),
        alerts.no_alert_left,
    ],
)
def test_that_nothing_fires_is_claimed_of_rules_that_are_evaluated(
    story: Story, say: Callable[[Story], Finding]
) -> None:
    say(story)
    claim, _ = last(story)
    assert claim.params["evaluation_s"] == 0.01


def test_an_end_is_counted_within_five_seconds(target: FakeTarget) -> None:
    timing = target.alert_timing(HIGH)
    expected = expectation.alert_resolves(
        HIGH, timing, since=10.0, zero=10.0, counted_from="from the failure", on_miss=lambda: None
    )
    assert expected.limit_s == pytest.approx(5.0 + timing.resolves_within_s)
    assert "5 s to count it" in expected.allowance


def test_a_scenario_with_alerts_ends_with_prometheus_own_record(story: Story) -> None:
    alerts.alert_fires(story, HIGH, "critical")
    story.scenario.__exit__(None, None, None)
    found = {claim.checker: finding.verdict for claim, finding in story.scenario.findings}
    assert found["alerts-as-kept"] is Verdict.PASS
    assert list(story.scenario.findings)[-1][0].checker == "no-residue", "what is asked of Prometheus leaves nothing"


def test_a_scenario_with_alerts_keeps_what_their_rules_saw(story: Story) -> None:
    alerts.alert_fires(story, HIGH, "critical")
    story.scenario.__exit__(None, None, None)
    kept = story.scenario.run.timeline.facts().last("rule-inputs")
    assert kept is not None
    assert msgspec.convert(kept.data, RuleInputs).series == [InputSeries({"__name__": "up"}, 1000.0, "1x9")]


def test_what_the_rules_saw_is_no_part_of_the_verdict(
    story: Story, target: FakeTarget, monkeypatch: pytest.MonkeyPatch
) -> None:
    def silent(_seconds: float) -> RuleInputs:
        raise TargetError("no answer")

    monkeypatch.setattr(target, "rule_inputs", silent)
    alerts.alert_fires(story, HIGH, "critical")
    story.scenario.__exit__(None, None, None)
    assert {finding.verdict for _, finding in story.scenario.findings} == {Verdict.PASS}
    assert story.scenario.run.timeline.facts().last("observer", "rule-inputs") is not None


def test_a_scenario_without_alerts_asks_nothing(running: Run) -> None:
    with Scenario(running, "a scenario", "a.feature"):
        pass
    assert running.timeline.facts().last("alert-history") is None
    assert running.timeline.facts().last("rule-inputs") is None


def test_a_record_that_cannot_be_read_is_inconclusive(
    story: Story, target: FakeTarget, monkeypatch: pytest.MonkeyPatch
) -> None:
    def silent(_seconds: float) -> AlertHistory:
        raise TargetError("no answer")

    monkeypatch.setattr(target, "alert_history", silent)
    alerts.alert_fires(story, HIGH, "critical")
    story.scenario.__exit__(None, None, None)
    (kept,) = [finding for claim, finding in story.scenario.findings if claim.checker == "alerts-as-kept"]
    assert kept.verdict is Verdict.INCONCLUSIVE
    assert "no answer" in kept.reason


def test_a_value_that_cannot_be_read_does_not_put_prometheus_out_of_sight(
    story: Story, target: FakeTarget, monkeypatch: pytest.MonkeyPatch
) -> None:
    def silent(_alert: str) -> tuple[None, None]:
        raise TargetError("no answer")

    monkeypatch.setattr(target, "alert_value", silent)
    record_value(story.scenario, HIGH)()
    facts = story.scenario.run.timeline.facts()
    assert facts.last("observer", "prometheus") is None
    assert facts.last("observer", "alert-value") is not None
