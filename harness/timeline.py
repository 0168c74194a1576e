"""The timeline: append-only facts, written to disk as they happen, and the only way to wait for anything.

A fact says what was seen (`kind`, `subject`, `data`), who saw it (`source`), when it happened by the source's
clock (`at`) and when it was recorded (`seen`). Running appends facts; judging reads them.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from harness.errors import UsageError
from harness.masking import mask
from harness.timing import Clock, Deadline

FORMAT = 1
"""Version of the file format; a reader refuses any other."""

T = TypeVar("T")


class Fact(msgspec.Struct, frozen=True, kw_only=True):
    """One observation.

    Attributes:
        seq: position in the timeline, from 0.
        at: when it happened, seconds since the epoch, by the clock of `source`.
        seen: when it was recorded, seconds since the epoch, on the run's clock.
        kind: what sort of fact ("build", "alert", "notification", "fault", "act", …; see docs/timeline.md).
        subject: what it is about (a correlation id, an alert name, a fault name).
        source: who saw it ("kubernetes", "prometheus", "receiver", "harness", …).
        data: the details, plain JSON.
    """

    seq: int
    at: float
    seen: float
    kind: str
    subject: str
    source: str
    data: dict[str, Any] = {}


class Timeline:
    """Append-only facts in memory and in a JSONL file. Safe to append from several threads."""

    def __init__(self, path: Path, clock: Clock) -> None:
        self.clock = clock
        self.path = path
        self._facts: list[Fact] = []
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
                seq=len(self._facts),
                at=seen if at is None else at,
                seen=seen,
                kind=kind,
                subject=subject,
                source=source,
                data=mask(data),
            )
            self._file.write(self._encoder.encode(fact) + b"\n")
            self._facts.append(fact)
            self._changed.notify_all()
            return fact

    def facts(self, since: int = 0) -> Sequence[Fact]:
        """A snapshot of the facts from sequence number `since` on."""
        with self._changed:
            return self._facts[since:]

    def fail_waiters(self, error: BaseException) -> None:
        """Make every wait, present and future, raise `error`: an observer died and nothing more will be seen."""
        with self._changed:
            self._failure = self._failure or error
            self._changed.notify_all()

    def wait_until(self, look: Callable[[Sequence[Fact]], T | None], deadline: Deadline) -> T | None:
        """Call `look` on all facts, now and after each new one, until it answers or `deadline` passes.

        Returns what `look` answered, or None when the deadline passed first.
        """
        with self._changed:
            while True:
                found = look(self._facts)
                if found is not None:
                    return found
                if self._failure is not None:
                    raise self._failure
                if deadline.passed:
                    return None
                self._changed.wait(deadline.remaining())

    def close(self) -> None:
        """Write the closing fact, without which a bundle counts as cut short."""
        self.record("timeline", "closed")
        self._file.close()


def read(path: Path) -> Iterator[Fact]:
    """The facts of a saved timeline, in order.

    Raises:
        UsageError: the file is missing, of another format, or a line (other than a torn last one) is no fact.
    """
    decoder = msgspec.json.Decoder(Fact)
    try:
        with path.open("rb") as lines:
            for number, line in enumerate(lines):
                if not line.endswith(b"\n"):
                    return
                fact = decoder.decode(line)
                if number == 0 and fact.data.get("format") != FORMAT:
                    raise UsageError(
                        f"{path}: format {fact.data.get('format')!r}, this version reads {FORMAT}",
                        todo="judge it with the version that wrote it",
                    )
                if fact.seq != number:
                    raise UsageError(f"{path}:{number + 1}: fact {fact.seq} where {number} belongs")
                yield fact
    except FileNotFoundError:
        raise UsageError(f"{path}: no such timeline") from None
    except msgspec.MsgspecError as error:
        raise UsageError(f"{path}: not a timeline: {error}") from error
