"""Which results the developer hears of, and what."""

from __future__ import annotations

from dataclasses import replace

import pytest
from builder import events
from builder.events import BuildResult, Message, Rejected
from builder.results import notification_of

FAILED = BuildResult(
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
    duration_seconds=5.0,
)


def message(result: BuildResult) -> Message:
    return Message(events.result_event(result, "/builder", 1700000006.0), "application/cloudevents+json", {})


def test_a_permanent_failure_is_told_with_its_place() -> None:
    told = notification_of(message(FAILED))

    assert told is not None
    key, notification = told
    assert key == FAILED.message_id
    assert notification == {
        "parser_id": "abc123",
        "correlation_id": "corr-1",
        "category": "invalid_parser",
        "file": "parser.py",
        "line": 3,
        "message": "SyntaxError: invalid syntax",
        "job": "build-parser-abc123-1700000000",
    }


@pytest.mark.parametrize(
    "result",
    [replace(FAILED, succeeded=True, permanent=False), replace(FAILED, category="ecr_rate_limit", permanent=False)],
    ids=["success", "exhausted retries"],
)
def test_nobody_is_told_of_what_a_developer_cannot_mend(result: BuildResult) -> None:
    assert notification_of(message(result)) is None


def test_what_is_no_result_is_rejected() -> None:
    start = {
        "ce-specversion": "1.0",
        "ce-id": "1",
        "ce-source": "/x",
        "ce-type": events.BUILD_START,
    }
    with pytest.raises(Rejected) as rejection:
        notification_of(Message(b"{}", "application/json", start))

    assert rejection.value.reason == "unknown-type"
