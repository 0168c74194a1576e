"""Sentences on alerts and who is told."""

from __future__ import annotations

from collections.abc import Mapping

from harness.judging import expectation
from harness.judging.claims import Finding
from harness.running.story import Story
from harness.verbs import alerting, rule_lint


def alert_fires(story: Story, alert: str, severity: str) -> Finding:
    """Claim that the alert fires with that severity, as soon as its rule promises."""
    return _fires(story, alert, severity, None, story.failed_at)


def alert_fires_within(story: Story, alert: str, severity: str, limit_s: float, zero: str) -> Finding:
    """Claim that the alert fires with that severity within `limit_s` of `zero`: "failure" or "fault".

    Raises UsageError when its rule promises no such thing.
    """
    return _fires(story, alert, severity, limit_s, _zero(story, zero))


def alert_pending(story: Story, alert: str) -> Finding:
    """Claim that the alert is pending, as soon as its rule promises. Raises UsageError when its rule has no `for`."""
    timing = story.scenario.target.alert_timing(alert)
    alerting.refuse(alert, "pending", None, timing)
    return story.scenario.expect(
        expectation.alert_pending(
            alert,
            timing,
            since=story.failed_at,
            counted_from=alerting.counted_from(story, story.failed_at),
            on_miss=alerting.record_value(story.scenario, alert),
        )
    )


def alert_carries(story: Story, alert: str, labels: Mapping[str, str], annotations: Mapping[str, str]) -> Finding:
    """Claim that the alert that fired has exactly these labels and annotations; who is told of it, is told its
    runbook too."""
    story.runbook_url = annotations.get("runbook_url", "")
    return story.scenario.expect(expectation.alert_carries(alert, labels, annotations, since=story.effective_at))


def alert_is_set_above(story: Story, alert: str, limit: float) -> Finding:
    """Claim that the alert's rule is loaded with that limit, and fires above it."""
    return story.scenario.expect(expectation.alert_limit(alert, limit, since=story.effective_at))


def alert_stayed_inactive(story: Story, alert: str) -> Finding:
    """Claim that the alert has been neither pending nor firing since the fault."""
    return story.scenario.expect(expectation.alert_inactive(alert, _evaluation_s(story), since=story.injected_at))


def told_that_it_fires(story: Story, channels: list[str]) -> Finding:
    """Claim that each of these channels is told of the alert."""
    return _told(story, "firing", channels)


def told_within(story: Story, channels: list[str], limit_s: float, zero: str) -> Finding:
    """Claim that each of these channels is told of the alert within `limit_s` of `zero`: "failure" or "fault".

    Raises UsageError when the configuration promises no such thing.
    """
    return _told(story, "firing", channels, limit_s, _zero(story, zero))


def told_that_it_is_resolved(story: Story, channels: list[str]) -> Finding:
    """Claim that each of these channels is told that the alert is over."""
    return _told(story, "resolved", channels)


def alert_resolves(story: Story, alert: str) -> Finding:
    """Claim that the alert resolves as soon as its rule promises."""
    timing = story.scenario.target.alert_timing(alert)
    on_miss = alerting.record_value(story.scenario, alert)
    return story.scenario.expect(
        expectation.alert_resolves(
            alert,
            timing,
            since=story.failed_at,
            zero=story.failed_at,
            counted_from=alerting.counted_from(story, story.failed_at),
            on_miss=on_miss,
        )
    )


def only_these_fired(story: Story, alerts: list[str]) -> Finding:
    """Claim that no alert but these has fired since the fault."""
    return story.scenario.expect(
        expectation.only_expected_alerts(alerts, _evaluation_s(story), since=story.injected_at)
    )


def no_alert_left(story: Story) -> Finding:
    """Claim that no alert is pending or firing any more."""
    return story.scenario.expect(expectation.no_alert_left(_evaluation_s(story), since=story.effective_at))


def told_once(story: Story) -> Finding:
    """Claim that since the fault nobody was told the same of an alert twice."""
    repeat_s = story.scenario.target.alert_timing(story.alert).repeat_interval_s
    return story.scenario.expect(expectation.told_once(repeat_s, since=story.injected_at))


def rules_are_sound(story: Story) -> Finding:
    """Lint the rules that Prometheus evaluates, and claim that none has a defect that can be shown."""
    since = story.scenario.run.timeline.clock.now()
    rule_lint.lint_loaded_rules(story.scenario)
    return story.scenario.expect(expectation.rules_sound(since=since))


def _zero(story: Story, name: str) -> float:
    return {"failure": story.failed_at, "fault": story.effective_at}[name]


def _evaluation_s(story: Story) -> float:
    """How often Prometheus evaluates its alert rules, by the slowest group of them."""
    return max((timing.evaluation_s for timing in story.scenario.target.alert_timings()), default=0.0)


def _fires(story: Story, alert: str, severity: str, limit_s: float | None, zero: float) -> Finding:
    story.alert, story.severity = alert, severity
    timing = story.scenario.target.alert_timing(alert)
    alerting.refuse(alert, "firing", limit_s, timing)
    return story.scenario.expect(
        expectation.alert_fires(
            alert,
            severity,
            timing,
            since=zero,
            counted_from=alerting.counted_from(story, zero),
            on_miss=alerting.record_value(story.scenario, alert),
            limit_s=limit_s,
        )
    )


def _told(
    story: Story, status: str, channels: list[str], limit_s: float | None = None, zero: float | None = None
) -> Finding:
    since = story.failed_at if zero is None else zero
    timing = story.scenario.target.alert_timing(story.alert)
    alerting.refuse(story.alert, "delivered", limit_s, timing)
    return story.scenario.expect(
        expectation.notified(
            story.alert,
            status,
            story.severity,
            channels,
            timing,
            since=since,
            counted_from=alerting.counted_from(story, since),
            runbook_url=story.runbook_url,
            stated_s=limit_s,
        )
    )
