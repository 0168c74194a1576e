"""A lifeline ends with its process, and with nothing else."""

from __future__ import annotations

from typing import Any

import pytest
from kubernetes import client
from websocket import WebSocketConnectionClosedException

from harness.cluster.lifeline import Lifeline
from harness.errors import TargetError

SUCCESS = '{"metadata":{},"status":"Success"}'
NOT_FOUND = '{"metadata":{},"status":"Failure","message":"pod does not exist"}'


class FakeStream:
    """Closes with a status when a test says so, or breaks."""

    def __init__(self) -> None:
        self.status: str | None = None
        self.broken = False

    def update(self, timeout: float) -> None:
        assert timeout == 0
        if self.broken:
            raise WebSocketConnectionClosedException("reset by peer")

    def is_open(self) -> bool:
        return self.status is None

    def read_channel(self, _channel: int) -> str:
        said, self.status = self.status or "", ""
        return said


@pytest.fixture
def attached(monkeypatch: pytest.MonkeyPatch) -> tuple[Lifeline, FakeStream]:
    fake = FakeStream()

    def stream(method: Any, *_args: Any, **_named: Any) -> FakeStream:
        # Only then it is the kubelet that has accepted the stream once it is open.
        assert method.__self__.api_client.default_headers["sec-websocket-protocol"] == "v4.channel.k8s.io"
        return fake

    monkeypatch.setattr("harness.cluster.lifeline.stream", stream)
    return Lifeline(client.ApiClient(client.Configuration()), "messaging", "rabbitmq-0", "rabbitmq"), fake


def test_an_open_stream_is_a_process_that_runs(attached: tuple[Lifeline, FakeStream]) -> None:
    lifeline, _ = attached
    assert not lifeline.ended()


def test_it_has_ended_once_and_for_all(attached: tuple[Lifeline, FakeStream]) -> None:
    lifeline, stream = attached
    stream.status = SUCCESS
    assert lifeline.ended()
    assert lifeline.ended()


@pytest.mark.parametrize("status", [NOT_FOUND, ""])
def test_a_stream_that_never_held_says_nothing_of_the_process(
    attached: tuple[Lifeline, FakeStream], status: str
) -> None:
    lifeline, stream = attached
    stream.status = status
    with pytest.raises(TargetError, match="messaging/rabbitmq-0 ended"):
        lifeline.ended()


def test_a_stream_that_was_cut_says_nothing_of_the_process(attached: tuple[Lifeline, FakeStream]) -> None:
    lifeline, stream = attached
    stream.broken = True
    with pytest.raises(TargetError, match="was cut: reset by peer"):
        lifeline.ended()
