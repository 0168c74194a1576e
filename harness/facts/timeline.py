"""The timeline: append-only facts, written to disk as they happen, and the only way to wait for anything.

A fact says what was seen (`kind`, `subject`, `data`), who saw it (`source`), when it happened by the source's
clock (`at`) and when it was recorded (`seen`). Running appends facts; judging reads them.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from harness.facts.history import FORMAT, Fact, FileStore, History, MemoryStore
from harness.facts.masking import mask, mask_text
from harness.facts.timing import Clock, Deadline

T = TypeVar("T")


class Timeline:
    """Append-only facts in memory and in a JSONL file. Safe to append from several threads."""

    def __init__(self, path: Path, clock: Clock) -> None:
        self.clock = clock
        self.path = path
        self._store = MemoryStore()
        self._changed = threading.Condition()
        self._encoder = msgspec.json.Encoder(enc_hook=str)
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = path.open("ab", buffering=0)
        self._failure: BaseException | None = None
        self.record("timeline", "opened", format=FORMAT)

    def record(self, kind: str, subject: str, *, source: str = "harness", at: float | None = None, **data: Any) -> Fact:
        """Append a fact and wake everybody who waits. `at` defaults to now."""
        with self._changed:
            seen = self.clock.now()
            fact = Fact(
                seq=self._store.count,
                at=seen if at is None else at,
                seen=seen,
                kind=kind,
                subject=mask_text(subject),
                source=source,
                data=mask(data),
            )
            line, before = self._encoder.encode(fact) + b"\n", self._file.tell()
            try:
                self._file.write(line)
            finally:
                # A signal may arrive when the line is written: its number is taken, or the next fact repeats it.
                if self._file.tell() > before:
                    self._store.append(fact)
                    self._changed.notify_all()
            return fact

    def facts(self) -> History:
        """All facts so far; what comes later is not in it."""
        with self._changed:
            return History(self._store)

    def fail_waiters(self, error: BaseException) -> None:
        """Make every wait, present and future, raise `error`: an observer died and nothing more will be seen."""
        with self._changed:
            self._failure = self._failure or error
            self._changed.notify_all()

    def wait_until(self, look: Callable[[History], T | None], deadline: Deadline) -> T | None:
        """Call `look` on all facts, now and after new ones, until it answers or `deadline` passes.

        Facts that come while it looks are looked at together. Returns what `look` answered, or None when the deadline
        passed first.
        """
        while True:
            facts, failure = self.facts(), self._failure
            found = look(facts)
            if found is not None:
                return found
            if failure is not None:
                raise failure
            if deadline.passed:
                return None
            with self._changed:
                if self._store.count == len(facts) and self._failure is None:
                    self._changed.wait(deadline.remaining())

    def close(self) -> None:
        """Write the closing fact, without which a bundle counts as cut short."""
        self.record("timeline", "closed")
        self._file.close()


def read(path: Path) -> History:
    """The facts of a saved timeline, without a last line that was torn.

    Raises:
        UsageError: the file is missing, of another format, or a line is no fact or not where it belongs.
    """
    return History(FileStore(path))
