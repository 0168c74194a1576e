"""Facts are kept as they come, on disk too; waits end on a fact, at the deadline, or when an observer dies."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import pytest

from harness.errors import HarnessError, UsageError
from harness.facts.timeline import Timeline, read
from harness.facts.timing import Deadline, RunClock


@pytest.fixture
def timeline(tmp_path: Path) -> Iterator[Timeline]:
    line = Timeline(tmp_path / "timeline.jsonl", RunClock())
    yield line
    line.close()


def test_what_is_recorded_is_read_back(timeline: Timeline) -> None:
    timeline.record("job", "c1", source="kubernetes", at=12.5, event="failed")
    fact = list(read(timeline.path))[-1]
    assert (fact.kind, fact.subject, fact.source, fact.at, fact.data) == (
        "job", "c1", "kubernetes", 12.5, {"event": "failed"},
    )  # fmt: skip


def test_a_fact_is_on_disk_as_soon_as_it_is_recorded(timeline: Timeline) -> None:
    timeline.record("job", "c1", event="created")
    assert b'"c1"' in timeline.path.read_bytes()


def test_a_torn_last_line_is_left_out(timeline: Timeline) -> None:
    timeline.record("job", "c1", event="created")
    timeline.path.write_bytes(timeline.path.read_bytes() + b'{"seq": 2, "at"')
    assert [fact.seq for fact in read(timeline.path)] == [0, 1]


class Interrupting:
    """A file whose next write is cut short by a signal, before or after the line is in it."""

    def __init__(self, file: IO[bytes], *, written: bool) -> None:
        self._file = file
        self._written = written
        self._over = False
        self.tell = file.tell
        self.close = file.close

    def write(self, line: bytes) -> None:
        if self._over or self._written:
            self._file.write(line)
        if not self._over:
            self._over = True
            raise KeyboardInterrupt


@pytest.mark.parametrize("written", [True, False])
def test_a_signal_while_a_fact_is_written_spoils_no_number(timeline: Timeline, *, written: bool) -> None:
    timeline._file = Interrupting(timeline._file, written=written)  # type: ignore[assignment]
    with pytest.raises(KeyboardInterrupt):
        timeline.record("job", "c1", event="created")
    timeline.record("job", "c2", event="created")
    kept = [fact.subject for fact in read(timeline.path)]
    assert kept == ["opened", *(["c1"] if written else []), "c2"]
    assert [fact.subject for fact in timeline.facts()] == kept


def test_a_removed_line_is_noticed(timeline: Timeline) -> None:
    for number in range(3):
        timeline.record("job", f"c{number}", event="created")
    lines = timeline.path.read_bytes().splitlines(keepends=True)
    timeline.path.write_bytes(b"".join(lines[:2] + lines[3:]))
    with pytest.raises(UsageError, match="fact 3 where 2 belongs"):
        list(read(timeline.path))


def test_another_format_is_refused(timeline: Timeline) -> None:
    timeline.path.write_bytes(timeline.path.read_bytes().replace(b'"format":1', b'"format":99'))
    with pytest.raises(UsageError, match="format 99"):
        list(read(timeline.path))


def test_a_missing_file_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such timeline"):
        list(read(tmp_path / "nothing.jsonl"))


def test_a_wait_ends_on_the_fact(timeline: Timeline) -> None:
    waker = threading.Timer(0.02, lambda: timeline.record("job", "c1", event="failed"))
    waker.start()
    found = timeline.wait_until(
        lambda facts: next((f for f in facts if f.kind == "job"), None), Deadline.after(timeline.clock, 10)
    )
    waker.join()
    assert found is not None
    assert found.subject == "c1"


def test_a_wait_ends_at_its_deadline(timeline: Timeline) -> None:
    assert timeline.wait_until(lambda _facts: None, Deadline.after(timeline.clock, 0.01)) is None


def test_a_dead_observer_ends_the_wait(timeline: Timeline) -> None:
    threading.Timer(0.02, lambda: timeline.fail_waiters(HarnessError("the observer died"))).start()
    with pytest.raises(HarnessError, match="the observer died"):
        timeline.wait_until(lambda _facts: None, Deadline.after(timeline.clock, 10))


def test_secrets_are_masked_before_they_are_written(timeline: Timeline) -> None:
    timeline.record("log", "c1", line="aws_secret_access_key=abcdEFGH1234abcdEFGH key AKIAIOSFODNN7EXAMPLE")
    written = timeline.path.read_text()
    assert "abcdEFGH1234" not in written
    assert "AKIAIOSFODNN7EXAMPLE" not in written
