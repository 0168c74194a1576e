"""Messages of the platform as CloudEvents 1.0: what comes in, validated, and what goes out."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from cloudevents.core.base import BaseCloudEvent
from cloudevents.core.bindings import amqp, rabbitmq
from cloudevents.core.exceptions import BaseCloudEventException
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent

BUILD_START = "network.notifi.lambda.build.start"
BUILD_COMPLETE = "network.notifi.lambda.build.complete"
BUILD_FAILED = "network.notifi.lambda.build.failed"
SERVICE_PREFIX = "network.notifi.lambda.service."
SERVICE_ACTIONS = frozenset({"create", "update", "delete"})

# The id becomes part of a Job name, a label, an S3 key, an image tag. 39 characters leave room in a Job
# name (63) for `build-parser-` and a unix time.
PARSER_ID = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,37}[a-z0-9])?")
CORRELATION_ID = re.compile(r"[\x21-\x7e]{1,128}")


class Rejected(ValueError):
    """A message that no retry will make acceptable. `reason` is a short constant, the text the detail."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


@dataclass(frozen=True)
class Message:
    """An AMQP message without its transport."""

    body: bytes
    content_type: str | None
    headers: Mapping[str, Any]


@dataclass(frozen=True)
class BuildRequest:
    """A valid `build.start` event."""

    source: str
    event_id: str
    parser_id: str
    correlation_id: str
    sent_at: float | None  # unix seconds, if the event carries a time

    @property
    def fingerprint(self) -> str:
        """Identity of the event (source and id, as CloudEvents defines it), fit for a label."""
        return hashlib.sha256(f"{self.source}\n{self.event_id}".encode()).hexdigest()[:32]


@dataclass(frozen=True)
class ServiceEvent:
    """A valid event about a deployed service."""

    event_id: str
    action: str
    correlation_id: str


@dataclass(frozen=True)
class BuildResult:
    """How a build ended, after all its attempts."""

    parser_id: str
    correlation_id: str
    source_event_id: str
    fingerprint: str
    succeeded: bool
    category: str  # empty when it succeeded
    permanent: bool  # a failure that repeating cannot mend
    file: str
    line: int | None
    message: str
    image: str
    job: str
    attempts: int
    duration_seconds: float

    @property
    def message_id(self) -> str:
        """The same for every publication of this result, so that consumers can drop repeats."""
        return f"result-{self.fingerprint}"


def parse_build_request(message: Message) -> BuildRequest:
    """Raises Rejected."""
    attributes, event = _parse(message)
    if event.get_type() != BUILD_START:
        raise Rejected("unknown-type", f"expected {BUILD_START}, got {event.get_type()!r}")
    data = _object(event)
    parser_id = data.get("parser_id")
    if not isinstance(parser_id, str) or not PARSER_ID.fullmatch(parser_id):
        raise Rejected("invalid-parser-id", f"parser_id {_shown(parser_id)} does not match {PARSER_ID.pattern}")
    return BuildRequest(
        source=event.get_source(),
        event_id=event.get_id(),
        parser_id=parser_id,
        correlation_id=_correlation_id(data),
        sent_at=_unix(event.get_time()) if "time" in attributes else None,
    )


def parse_service_event(message: Message) -> ServiceEvent:
    """Raises Rejected."""
    event = parse(message)
    action = event.get_type().removeprefix(SERVICE_PREFIX)
    if action not in SERVICE_ACTIONS:
        raise Rejected("unknown-type", f"expected {SERVICE_PREFIX}{{create,update,delete}}, got {event.get_type()!r}")
    return ServiceEvent(event.get_id(), action, _correlation_id(_object(event)))


def parse(message: Message) -> BaseCloudEvent:
    """A CloudEvent 1.0 in structured mode, or in binary mode with the headers of the RabbitMQ or the AMQP
    binding. Raises Rejected."""
    return _parse(message)[1]


def _parse(message: Message) -> tuple[Mapping[str, Any], BaseCloudEvent]:
    """The attributes that were sent, and the event, in which the library has filled in what was not."""
    try:
        attributes, event = _decode(message)
    except (
        BaseCloudEventException,
        ValueError,
        TypeError,
        AttributeError,
        KeyError,
        RecursionError,
    ) as error:
        raise Rejected("malformed-event", _shown(error)) from error
    # An invented id would make every redelivery a new event.
    missing = [name for name in ("specversion", "id", "source", "type") if not attributes.get(name)]
    if missing:
        raise Rejected("malformed-event", f"without {', '.join(missing)}")
    if attributes["specversion"] != "1.0":
        raise Rejected("malformed-event", f"specversion {_shown(attributes['specversion'])}")
    return attributes, event


def result_event(result: BuildResult, source: str, ended_at: float) -> bytes:
    """The structured-mode event that announces a result; `ended_at` in unix seconds."""
    event = CloudEvent(
        attributes={
            "id": result.message_id,
            "source": source,
            "type": BUILD_COMPLETE if result.succeeded else BUILD_FAILED,
            "specversion": "1.0",
            "subject": result.parser_id,
            "time": datetime.fromtimestamp(ended_at, UTC),
            "datacontenttype": "application/json",
        },
        data={
            "parser_id": result.parser_id,
            "correlation_id": result.correlation_id,
            "event_id": result.source_event_id,
            "status": "succeeded" if result.succeeded else "failed",
            "category": result.category,
            "permanent": result.permanent,
            "file": result.file,
            "line": result.line,
            "message": result.message,
            "image": result.image,
            "job": result.job,
            "attempts": result.attempts,
            "duration_seconds": round(result.duration_seconds, 3),
        },
    )
    return JSONFormat().write(event)


def _decode(message: Message) -> tuple[Mapping[str, Any], BaseCloudEvent]:
    if (message.content_type or "").lower().startswith("application/cloudevents"):
        attributes = json.loads(message.body)
        if not isinstance(attributes, dict):
            raise ValueError("the event is not a JSON object")
        return attributes, JSONFormat().read(CloudEvent, message.body)
    headers = {name: value for name, value in message.headers.items() if isinstance(value, str | int | bool)}
    prefix = next((p for p in ("cloudEvents_", "cloudEvents:") if any(h.startswith(p) for h in headers)), "ce-")
    attributes = {name.removeprefix(prefix): value for name, value in headers.items() if name.startswith(prefix)}
    if prefix == "ce-":
        text = {name: str(value) for name, value in headers.items()}
        wire = rabbitmq.RabbitMQMessage(text, message.content_type, message.body)
        return attributes, rabbitmq.from_binary(wire, JSONFormat(), CloudEvent)
    properties = {"content-type": message.content_type} if message.content_type else {}
    envelope = amqp.AMQPMessage(properties, headers, message.body)
    return attributes, amqp.from_binary(envelope, JSONFormat(), CloudEvent)


def _object(event: BaseCloudEvent) -> Mapping[str, Any]:
    data = event.get_data()
    if not isinstance(data, dict):
        raise Rejected("invalid-data", f"data is not a JSON object: {_shown(data)}")
    return data


def _correlation_id(data: Mapping[str, Any]) -> str:
    value = data.get("correlation_id")
    if not isinstance(value, str) or not CORRELATION_ID.fullmatch(value):
        raise Rejected("invalid-correlation-id", f"correlation_id {_shown(value)}: 1 to 128 printable characters")
    return value


def _unix(time: datetime | None) -> float | None:
    return None if time is None else time.timestamp()


def _shown(value: object) -> str:
    text = str(value) if isinstance(value, Exception) else repr(value)
    return text if len(text) <= 120 else text[:117] + "..."
