"""The logs of failed jobs: read beside the watch, a loss of their own when they cannot be, all there at the end."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from harness.cluster.jobs import JobChange
from harness.errors import TargetError
from harness.facts.timeline import Timeline
from harness.facts.timing import Deadline, RunClock, poll
from harness.observers.failed_logs import FailedLogObserver
from tests.unit.test_build_observer import change, observing

DENIED = ("level=info starting", "error: AccessDenied")


@pytest.fixture
def timeline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Timeline]:
    monkeypatch.setattr("harness.observers.thread._RECONNECT_S", 0.01)
    line = Timeline(tmp_path / "timeline.jsonl", RunClock())
    yield line
    line.close()


def reading(timeline: Timeline, read: Callable[[str], tuple[str, ...]]) -> FailedLogObserver:
    logs = FailedLogObserver(timeline, read_log=read, container="kaniko")
    logs.start()
    return logs


def refusing(times: int) -> tuple[Callable[[str], tuple[str, ...]], list[str]]:
    """A log that cannot be read so often, and the jobs it was asked for."""
    asked: list[str] = []

    def read(job: str) -> tuple[str, ...]:
        asked.append(job)
        if len(asked) <= times:
            raise TargetError(f"the kubelet answered 500 for {job}")
        return DENIED

    return read, asked


def sight(timeline: Timeline) -> list[str]:
    return [fact.data["event"] for fact in timeline.facts().of("observer", "build-logs")]


def test_a_log_is_kept_and_its_lines_told(timeline: Timeline) -> None:
    logs = reading(timeline, lambda _job: DENIED)
    logs.ask("c1", "j1")
    logs.stop()
    assert [(f.subject, f.data["job"], f.data["line"]) for f in timeline.facts().of("log")] == [
        ("c1", "j1", line) for line in DENIED
    ]
    kept = timeline.path.parent / "logs" / "failed-builds" / "j1.log"
    assert kept.read_text().splitlines() == list(DENIED)


def test_what_was_asked_for_is_there_at_the_end(timeline: Timeline) -> None:
    def slow(_job: str) -> tuple[str, ...]:
        time.sleep(0.05)
        return DENIED

    logs = reading(timeline, slow)
    for number in range(5):
        logs.ask("c1", f"j{number}")
    logs.stop()
    assert {fact.data["job"] for fact in timeline.facts().of("log")} == {f"j{number}" for number in range(5)}


def test_a_log_that_cannot_be_read_at_once_is_tried_again(timeline: Timeline) -> None:
    read, asked = refusing(2)
    logs = reading(timeline, read)
    logs.ask("c1", "j1")
    logs.stop()
    assert asked == ["j1"] * 3
    assert sight(timeline) == ["watching", "lost", "watching"]
    assert timeline.facts().last("log", "c1")


def test_a_log_that_cannot_be_read_at_all_is_lost_and_the_next_one_read(timeline: Timeline) -> None:
    read, asked = refusing(3)
    logs = reading(timeline, read)
    logs.ask("c1", "j1")
    logs.ask("c2", "j2")
    logs.stop()
    assert asked == ["j1", "j1", "j1", "j2"]
    assert sight(timeline) == ["watching", "lost", "watching"]
    assert timeline.facts().last("log", "c1") is None
    assert timeline.facts().last("log", "c2")


def test_a_log_that_is_slow_to_come_delays_no_job(timeline: Timeline) -> None:
    come = threading.Event()
    logs = reading(timeline, lambda _job: DENIED if come.wait(5.0) else ())

    def changes() -> Iterator[JobChange | None]:
        yield change("j1", "failed", known_before=False)
        yield change("j2", "created", known_before=False)

    observing(timeline, changes, logs.ask).watch()
    assert [f.data["job"] for f in timeline.facts().of("job")] == ["j1", "j2"]
    assert timeline.facts().last("log") is None
    come.set()
    deadline = Deadline.after(timeline.clock, 2.0)
    assert poll(lambda: timeline.facts().last("log"), bool, deadline, 0.005)[0]
    logs.stop()


def test_it_ends_though_a_read_hangs(timeline: Timeline, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harness.observers.failed_logs._DRAIN_S", 0.01)
    come = threading.Event()
    logs = reading(timeline, lambda _job: DENIED if come.wait(5.0) else ())
    logs.ask("c1", "j1")
    logs.stop()
    come.set()
    assert timeline.facts().last("log") is None
