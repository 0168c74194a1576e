"""Payloads as Alertmanager sends them, read into what was told."""

from __future__ import annotations

from harness.observers.payloads import Notification, read_notification

PAGERDUTY = {
    "routing_key": "***",
    "event_action": "trigger",
    "dedup_key": "abc",
    "payload": {
        "summary": "BuildFailureRateHigh: More than 10 % of builds fail",
        "source": "Alertmanager",
        "severity": "critical",
        "custom_details": {"alertname": "BuildFailureRateHigh", "severity": "critical", "status": "firing"},
    },
}
SLACK = {
    "channel": "#knative-lambda-alerts",
    "attachments": [
        {
            "title": "[FIRING] (critical)",
            "text": "firing BuildFailureRateHigh critical: More than 10 %\nresolved BuildSlow warning: slow\n",
        }
    ],
}


def test_pagerduty() -> None:
    (told,) = read_notification("pagerduty", PAGERDUTY)
    assert (told.subject, told.status, told.severity) == ("BuildFailureRateHigh", "firing", "critical")


def test_pagerduty_resolve() -> None:
    (told,) = read_notification("pagerduty", {**PAGERDUTY, "event_action": "resolve"})
    assert told.status == "resolved"


def test_slack_tells_each_alert_of_a_group() -> None:
    told = read_notification("slack", SLACK)
    assert [(t.subject, t.status, t.severity) for t in told] == [
        ("BuildFailureRateHigh", "firing", "critical"),
        ("BuildSlow", "resolved", "warning"),
    ]


def test_the_developer() -> None:
    payload = {"parser_id": "p", "correlation_id": "c1", "category": "invalid_parser", "message": "SyntaxError"}
    (told,) = read_notification("developer", payload)
    assert told.subject == "c1"
    assert "SyntaxError" in told.text


def test_what_cannot_be_read_is_kept_as_unknown() -> None:
    assert read_notification("slack", {"text": "hello"}) == [
        Notification("unknown", "unknown", "", "{'text': 'hello'}")
    ]
    assert read_notification("fax", {})[0].subject == "unknown"
