"""Sentences on alerts and who is told."""

from __future__ import annotations

from pytest_bdd import parsers, then

from harness.running.story import Story
from harness.sentences import alerts
from harness.verbs import alerting


@then(parsers.parse("{alert} fires as {severity} as soon as its rule promises"))
def an_alert_fires(story: Story, alert: str, severity: str) -> None:
    alerts.alert_fires(story, alert, severity)


@then(
    parsers.re(
        r"(?P<alert>\w+) fires as (?P<severity>\w+) within (?P<fires_within>\d+) s of the (?P<zero>failure|fault)$"
    )
)
def an_alert_fires_within(story: Story, alert: str, severity: str, fires_within: str, zero: str) -> None:
    alerts.alert_fires_within(story, alert, severity, float(fires_within), zero)


@then(parsers.parse("{alert} carries:"))
def an_alert_carries(story: Story, alert: str, datatable: list[list[str]]) -> None:
    """Rows of three: label or annotation, its name, its value."""
    given: dict[str, dict[str, str]] = {"label": {}, "annotation": {}}
    for kind, name, value in datatable[1:]:
        given[kind][name] = value
    alerts.alert_carries(story, alert, given["label"], given["annotation"])


@then(parsers.parse("{alert} is set to fire above {limit:g}"))
def an_alert_is_set_above(story: Story, alert: str, limit: float) -> None:
    alerts.alert_is_set_above(story, alert, limit)


@then(parsers.parse("{alert} has stayed inactive"))
def an_alert_has_stayed_inactive(story: Story, alert: str) -> None:
    alerts.alert_stayed_inactive(story, alert)


@then(parsers.re(r"(?P<channels>.+) are told of it within (?P<told_within>\d+) s of the (?P<zero>failure|fault)$"))
def receivers_are_told_within(story: Story, channels: str, told_within: str, zero: str) -> None:
    alerts.told_within(story, alerting.channels(channels), float(told_within), zero)


@then(parsers.re(r"(?P<channels>.+) are told of it$"))
def receivers_are_told(story: Story, channels: str) -> None:
    alerts.told_that_it_fires(story, alerting.channels(channels))


@then(parsers.re(r"no alert has fired but (?P<names>.+)"))
def no_other_alert_has_fired(story: Story, names: str) -> None:
    alerts.only_these_fired(story, alerting.names(names))


@then(parsers.re(r"no alert has fired$"))
def no_alert_has_fired(story: Story) -> None:
    alerts.only_these_fired(story, [])


@then("no alert is left")
def no_alert_is_left(story: Story) -> None:
    alerts.no_alert_left(story)


@then(parsers.parse("{alert} resolves as soon as its rule promises"))
def an_alert_resolves(story: Story, alert: str) -> None:
    alerts.alert_resolves(story, alert)


@then(parsers.re(r"(?P<channels>.+) are told that it is resolved"))
def receivers_are_told_of_the_end(story: Story, channels: str) -> None:
    alerts.told_that_it_is_resolved(story, alerting.channels(channels))


@then("each alert was told once")
def each_alert_was_told_once(story: Story) -> None:
    alerts.told_once(story)


@then("the alert rules are sound")
def the_alert_rules_are_sound(story: Story) -> None:
    alerts.rules_are_sound(story)
