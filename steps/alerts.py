"""Sentences on alerts and who is told."""

from __future__ import annotations

from pytest_bdd import parsers, then

from harness import alerting, expectation
from harness.scenario import Scenario
from steps.story import Story


@then(parsers.parse("{alert} fires as {severity} as soon as its rule promises"))
def an_alert_fires(scenario: Scenario, story: Story, alert: str, severity: str) -> None:
    story.alert, story.severity = alert, severity
    timing = scenario.target.alert_timing(alert)
    on_miss = alerting.record_value(scenario, alert)
    scenario.expect(expectation.alert_fires(alert, severity, timing, since=story.failed_at, on_miss=on_miss))


@then(parsers.re(r"(?P<channels>.+) are told of it"))
def receivers_are_told(scenario: Scenario, story: Story, channels: str) -> None:
    timing = scenario.target.alert_timing(story.alert)
    named = alerting.channels(channels)
    scenario.expect(expectation.notified(story.alert, "firing", story.severity, named, timing, since=story.failed_at))


@then(parsers.re(r"no alert has fired but (?P<names>.+)"))
def no_other_alert_has_fired(scenario: Scenario, story: Story, names: str) -> None:
    scenario.expect(expectation.only_expected_alerts(alerting.names(names), since=story.effective_at))


@then(parsers.re(r"no alert has fired$"))
def no_alert_has_fired(scenario: Scenario, story: Story) -> None:
    scenario.expect(expectation.only_expected_alerts([], since=story.effective_at))


@then("no alert is left")
def no_alert_is_left(scenario: Scenario, story: Story) -> None:
    scenario.expect(expectation.no_alert_left(since=story.effective_at))


@then(parsers.parse("{alert} resolves as soon as its rule promises"))
def an_alert_resolves(scenario: Scenario, story: Story, alert: str) -> None:
    timing = scenario.target.alert_timing(alert)
    on_miss = alerting.record_value(scenario, alert)
    scenario.expect(
        expectation.alert_resolves(alert, timing, since=story.failed_at, zero=story.failed_at, on_miss=on_miss)
    )


@then(parsers.re(r"(?P<channels>.+) are told that it is resolved"))
def receivers_are_told_of_the_end(scenario: Scenario, story: Story, channels: str) -> None:
    timing = scenario.target.alert_timing(story.alert)
    named = alerting.channels(channels)
    scenario.expect(expectation.notified(story.alert, "resolved", story.severity, named, timing, since=story.failed_at))
