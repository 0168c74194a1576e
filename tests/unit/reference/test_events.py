"""Which messages start a build, and which are rejected with which reason."""

from __future__ import annotations

import json
from typing import Any

import pytest
from builder import events
from builder.events import BUILD_START, BuildResult, Message, Rejected

DATA = {"parser_id": "abc123", "correlation_id": "corr-1"}
ATTRIBUTES = {"specversion": "1.0", "id": "e-1", "source": "/sender", "type": BUILD_START}


def binary(prefix: str = "ce-", data: object = DATA, **changes: Any) -> Message:
    attributes = {**ATTRIBUTES, **changes}
    headers = {prefix + name: value for name, value in attributes.items() if value is not None}
    return Message(json.dumps(data).encode(), "application/json", headers)


def structured(data: object = DATA, **changes: Any) -> Message:
    attributes = {name: value for name, value in {**ATTRIBUTES, **changes}.items() if value is not None}
    body = json.dumps({**attributes, "data": data}).encode()
    return Message(body, "application/cloudevents+json; charset=utf-8", {})


@pytest.mark.parametrize(
    "message",
    [structured(), binary(), binary("cloudEvents_"), binary("cloudEvents:")],
    ids=["structured", "rabbitmq-binding", "amqp-binding", "amqp-binding-colon"],
)
def test_each_mode_of_the_event_is_understood(message: Message) -> None:
    request = events.parse_build_request(message)

    assert (request.parser_id, request.correlation_id, request.event_id) == ("abc123", "corr-1", "e-1")


def test_the_time_of_the_event_is_kept() -> None:
    assert events.parse_build_request(binary(time="2026-01-02T03:04:05Z")).sent_at == 1767323045.0
    assert events.parse_build_request(binary()).sent_at is None


def test_identity_is_source_and_id() -> None:
    first = events.parse_build_request(binary())

    assert first.fingerprint == events.parse_build_request(structured()).fingerprint
    assert first.fingerprint != events.parse_build_request(binary(source="/other")).fingerprint
    assert first.fingerprint != events.parse_build_request(binary(id="e-2")).fingerprint


@pytest.mark.parametrize("make", [binary, structured])
@pytest.mark.parametrize("attribute", ["id", "source", "type", "specversion"])
def test_an_attribute_is_never_invented(make: Any, attribute: str) -> None:
    with pytest.raises(Rejected) as rejection:
        events.parse_build_request(make(**{attribute: None}))

    assert rejection.value.reason == "malformed-event"


@pytest.mark.parametrize(
    "parser",
    ["../../etc/passwd", "a/b", "A", "a_b", "", "-a", "a-", "a" * 40, "a\n", "$(reboot)", "a;b", "é", 7, None, ["a"]],
)
def test_a_hostile_parser_id_is_rejected(parser: object) -> None:
    with pytest.raises(Rejected) as rejection:
        events.parse_build_request(binary(data={**DATA, "parser_id": parser}))

    assert rejection.value.reason == "invalid-parser-id"


@pytest.mark.parametrize("parser", ["a", "abc123", "0", "a" * 39, "3f2504e0-4f89-11d3-9a0c-0305e82c3301"])
def test_an_ordinary_parser_id_is_taken(parser: str) -> None:
    assert events.parse_build_request(binary(data={**DATA, "parser_id": parser})).parser_id == parser


@pytest.mark.parametrize("correlation", [None, "", "a b", "a\n", "x" * 129, 5])
def test_a_correlation_id_must_be_printable(correlation: object) -> None:
    with pytest.raises(Rejected) as rejection:
        events.parse_build_request(binary(data={**DATA, "correlation_id": correlation}))

    assert rejection.value.reason == "invalid-correlation-id"


@pytest.mark.parametrize(
    "message",
    [
        Message(b"", None, {}),
        Message(b"\xff\xfe", "application/cloudevents+json", {}),
        Message(b"[]", "application/cloudevents+json", {}),
        Message(b"{", "application/cloudevents+json", {}),
        Message(b"null", "application/cloudevents+json", {}),
        Message(b"[" * 100_000, "application/cloudevents+json", {}),
        Message(b"{}", "application/json", {"ce-id": {"nested": "table"}, "ce-source": None}),
        binary(time="yesterday"),
        binary(specversion="0.3"),
        binary(specversion="7"),
    ],
)
def test_whatever_is_no_event_is_rejected_and_never_crashes(message: Message) -> None:
    with pytest.raises(Rejected) as rejection:
        events.parse_build_request(message)

    assert rejection.value.reason == "malformed-event"
    assert len(rejection.value.detail) < 200


@pytest.mark.parametrize("data", ["text", [1], None, 5])
def test_data_must_be_an_object(data: object) -> None:
    with pytest.raises(Rejected) as rejection:
        events.parse_build_request(binary(data=data))

    assert rejection.value.reason == "invalid-data"


def test_another_type_is_rejected_by_name() -> None:
    with pytest.raises(Rejected, match=r"lambda\.build\.stop") as rejection:
        events.parse_build_request(binary(type="network.notifi.lambda.build.stop"))

    assert rejection.value.reason == "unknown-type"


def test_service_events_are_told_from_others() -> None:
    event = events.parse_service_event(binary(type="network.notifi.lambda.service.update"))
    assert event.action == "update"

    with pytest.raises(Rejected):
        events.parse_service_event(binary(type="network.notifi.lambda.service.explode"))


def test_a_result_is_an_event_with_a_stable_id() -> None:
    result = BuildResult(
        parser_id="abc123",
        correlation_id="corr-1",
        source_event_id="e-1",
        fingerprint="f" * 32,
        succeeded=False,
        category="invalid_parser",
        permanent=True,
        file="parser.py",
        line=3,
        message="SyntaxError: invalid syntax",
        image="",
        job="build-parser-abc123-1700000000",
        attempts=1,
        duration_seconds=5.25,
    )

    message = Message(events.result_event(result, "/builder", 1700000006.0), "application/cloudevents+json", {})
    event = events.parse(message)

    assert event.get_id() == result.message_id
    assert event.get_type() == events.BUILD_FAILED
    data = event.get_data()
    assert isinstance(data, dict)
    assert (data["correlation_id"], data["category"], data["line"]) == ("corr-1", "invalid_parser", 3)
