"""A lifeline ends with its process, and with nothing else."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

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

    def opened(_configuration: Any, url: str, headers: dict[str, str], *_unused: Any, **_named: Any) -> FakeStream:
        address = urlsplit(url)
        assert (address.scheme, address.path) == ("ws", "/api/v1/namespaces/messaging/pods/rabbitmq-0/attach")
        assert parse_qs(address.query) == {
            "container": ["rabbitmq"], "stdin": ["false"], "stdout": ["true"], "stderr": ["false"], "tty": ["false"],
        }  # fmt: skip
        # Only then it is the kubelet that has accepted the stream once it is open.
        assert headers["sec-websocket-protocol"] == "v4.channel.k8s.io"
        return fake

    monkeypatch.setattr("kubernetes.stream.ws_client.WSClient", opened)
    return Lifeline(
        client.ApiClient(client.Configuration(host="http://127.0.0.1:1")), "messaging", "rabbitmq-0", "rabbitmq"
    ), fake


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
