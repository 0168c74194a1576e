"""The observer of the receiver: what came while it was out of sight is read when it is back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.clients.receiver import Received
from harness.errors import TargetError
from harness.facts.timeline import Timeline
from harness.facts.timing import Deadline, RunClock, poll
from harness.observers.notifications import NotificationObserver


class FakeReceiver:
    """Keeps requests; its stream is cut when all of them were read, and it does not answer while `there` is False."""

    def __init__(self) -> None:
        self.kept: list[Received] = []
        self.there = True
        self.refused = 0

    def get(self, alert: str) -> None:
        details = {"alertname": alert, "severity": "critical", "num_firing": "1", "num_resolved": "0"}
        payload = {"event_action": "trigger", "payload": {"summary": alert, "custom_details": details}}
        self.kept.append(Received(len(self.kept) + 1, 1.0, "pagerduty", payload))

    def last_seq(self) -> int:
        if not self.there:
            self.refused += 1
            raise TargetError("no answer")
        return len(self.kept)

    def stream(self, after: int) -> Iterator[Received]:
        yield from [request for request in self.kept if request.seq > after]
        raise TargetError("cut")


@pytest.fixture
def receiver() -> FakeReceiver:
    return FakeReceiver()


@pytest.fixture
def timeline(tmp_path: Path, receiver: FakeReceiver, monkeypatch: pytest.MonkeyPatch) -> Iterator[Timeline]:
    monkeypatch.setattr("harness.observers.notifications.Receiver", lambda _url: receiver)
    monkeypatch.setattr("harness.observers.thread._RECONNECT_S", 0.01)
    timeline = Timeline(tmp_path / "timeline.jsonl", RunClock())
    receiver.get("Before")
    observer = NotificationObserver(timeline, "http://receiver")
    observer.start()
    yield timeline
    observer.stop()
    timeline.close()


def told(timeline: Timeline, alert: str) -> bool:
    deadline = Deadline.after(timeline.clock, 2.0)
    return bool(timeline.wait_until(lambda facts: facts.last("notification", alert), deadline))


def test_what_was_there_before_does_not_count(timeline: Timeline, receiver: FakeReceiver) -> None:
    receiver.get("A")
    assert told(timeline, "A")
    assert timeline.facts().last("notification", "Before") is None
    assert [f.data["firing"] for f in timeline.facts().of("notification", "A")] == [1]


def test_a_receiver_that_lost_its_journal_is_read_from_the_start(timeline: Timeline, receiver: FakeReceiver) -> None:
    for alert in ("A", "B"):
        receiver.get(alert)
    assert told(timeline, "B")
    receiver.kept.clear()
    receiver.get("C")
    assert told(timeline, "C")


def test_it_is_not_back_before_it_answers(timeline: Timeline, receiver: FakeReceiver) -> None:
    receiver.there = False
    assert refused(receiver, 1)
    told_so_far = len(timeline.facts())
    assert refused(receiver, 5)
    assert len(timeline.facts()) == told_so_far
    last = timeline.facts().last("observer", "receiver")
    assert last is not None
    assert last.data["event"] == "lost"


def refused(receiver: FakeReceiver, times: int) -> bool:
    """Whether the receiver was asked in vain so often, after a while."""
    return poll(lambda: receiver.refused, lambda n: n >= times, Deadline.after(RunClock(), 2.0), 0.005)[0] >= times
