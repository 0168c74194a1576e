"""The shapes that the three endpoints accept, as their real counterparts do."""

from __future__ import annotations

from typing import Any, Literal, TypeVar

import msgspec

_T = TypeVar("_T")


class Malformed(ValueError):
    """The payload is not of the endpoint's shape; the message says where."""


class PagerDutyPayload(msgspec.Struct):
    """`payload` of an event."""

    summary: str
    source: str
    severity: Literal["critical", "error", "warning", "info"]
    custom_details: dict[str, Any] = {}


class PagerDutyEvent(msgspec.Struct):
    """An event of PagerDuty's Events API v2."""

    routing_key: str
    event_action: Literal["trigger", "acknowledge", "resolve"]
    dedup_key: str = ""
    payload: PagerDutyPayload | None = None


class SlackMessage(msgspec.Struct):
    """A message to a Slack incoming webhook."""

    channel: str = ""
    text: str = ""
    attachments: list[dict[str, Any]] = []


class DeveloperNotification(msgspec.Struct):
    """What the developer of a parser hears about a failed build."""

    parser_id: str
    correlation_id: str
    category: str
    message: str
    file: str = ""
    line: int | None = None


def check_pagerduty(body: bytes) -> str:
    """The event's dedup_key, empty if it has none. Raises Malformed."""
    event = _decode(body, PagerDutyEvent)
    if event.event_action == "trigger" and event.payload is None:
        raise Malformed("`payload` is required to trigger")
    if event.event_action != "trigger" and not event.dedup_key:
        raise Malformed("`dedup_key` is required to acknowledge or resolve")
    return event.dedup_key


def check_slack(body: bytes) -> None:
    """Raises Malformed."""
    message = _decode(body, SlackMessage)
    if not message.text and not message.attachments:
        raise Malformed("no_text")


def check_developer(body: bytes) -> None:
    """Raises Malformed."""
    _decode(body, DeveloperNotification)


def _decode(body: bytes, kind: type[_T]) -> _T:
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.DecodeError as error:
        raise Malformed(str(error)) from error
