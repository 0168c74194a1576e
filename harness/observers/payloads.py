"""What was told to whom, read from the payloads that PagerDuty's Events API v2, Slack's incoming webhooks and the
developer's webhook take. Alertmanager's configuration puts name, status and severity where they are read here."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_SLACK_LINE = re.compile(r"^(?P<status>firing|resolved) (?P<alert>\S+) (?P<severity>\w+): (?P<text>.*)$")


@dataclass(frozen=True)
class Notification:
    """One thing told.

    Attributes:
        subject: the alert's name, for the developer's webhook the correlation id.
        firing, resolved: how many alerts of that name the same request tells to be so.
        runbook_url: the alert's annotation; "" where none was told.
    """

    subject: str
    status: str
    severity: str
    text: str
    firing: int = 0
    resolved: int = 0
    runbook_url: str = ""


def read_notification(channel: str, payload: Mapping[str, Any]) -> list[Notification]:
    """All that a request told; a payload that says nothing we can read is one notification of unknown subject."""
    told = _READERS.get(channel, _nothing)(payload)
    return told or [Notification("unknown", "unknown", "", str(dict(payload))[:300])]


def _pagerduty(event: Mapping[str, Any]) -> list[Notification]:
    payload = event.get("payload") or {}
    details = payload.get("custom_details") or {}
    status = {"trigger": "firing", "resolve": "resolved"}.get(str(event.get("event_action")), "unknown")
    if "alertname" not in details:
        return []
    return [
        Notification(
            details["alertname"],
            status,
            details.get("severity", ""),
            str(payload.get("summary", "")),
            firing=int(details.get("num_firing", 0)),
            resolved=int(details.get("num_resolved", 0)),
            runbook_url=str(details.get("runbook_url", "")),
        )
    ]


def _slack(message: Mapping[str, Any]) -> list[Notification]:
    texts = [str(message.get("text", ""))] + [str(a.get("text", "")) for a in message.get("attachments", [])]
    lines = [_SLACK_LINE.match(line.strip()) for text in texts for line in text.splitlines()]
    said = [match for match in lines if match]
    links = [str(a["title_link"]) for a in message.get("attachments", []) if "title_link" in a]
    count = Counter((match["alert"], match["status"]) for match in said)
    return [
        Notification(
            match["alert"],
            match["status"],
            match["severity"],
            match["text"],
            firing=count[match["alert"], "firing"],
            resolved=count[match["alert"], "resolved"],
            runbook_url=links[0] if links else "",
        )
        for match in said
    ]


def _developer(told: Mapping[str, Any]) -> list[Notification]:
    where = f"{told.get('file', '')}:{told.get('line', '')}"
    text = f"{told.get('parser_id', '')} {told.get('category', '')} {where} {told.get('message', '')}"
    return [Notification(str(told.get("correlation_id", "unknown")), "failed", "", text)]


def _nothing(_payload: Mapping[str, Any]) -> list[Notification]:
    return []


_READERS = {"pagerduty": _pagerduty, "slack": _slack, "developer": _developer}
