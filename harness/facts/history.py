"""The history: all facts of a run in their order, found by kind and subject without reading the rest.

A run that goes on keeps its facts in memory; of a saved one only where each fact lies in its file, so that what
judging takes grows by a few bytes a fact, whatever the facts hold. Both look the same to who reads them.
"""

from __future__ import annotations

import os
import weakref
from abc import ABC, abstractmethod
from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, overload

import msgspec

from harness.errors import UsageError

FORMAT = 1
"""Version of the file format; a reader refuses any other."""

_CHUNK = 16 << 10
"""How much of a file is read at a time, in bytes: neighbours of a fact are often asked for next."""


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


class _Heading(msgspec.Struct):
    """As much of a fact as finding it again takes."""

    seq: int
    at: float
    seen: float
    kind: str
    subject: str


class Store(ABC):
    """Facts by position, and the positions of each kind and of each subject of a kind."""

    def __init__(self) -> None:
        self.count = 0
        self._of: dict[str, array[int]] = {}
        self._about: dict[str, dict[str, int | array[int]]] = {}
        self._lead: dict[str, float] = {}

    @abstractmethod
    def fact(self, position: int) -> Fact:
        """The fact at `position`, which is below `count`."""

    def positions(self, kind: str, subject: str | None) -> Sequence[int]:
        """Where facts of that kind, and about that subject when one is given, are; in order."""
        if subject is None:
            return self._of.get(kind, ())
        found = self._about.get(kind, {}).get(subject, ())
        return (found,) if isinstance(found, int) else found

    def lead(self, kind: str) -> float:
        """By how much facts of that kind were dated later than they were recorded, at most."""
        return self._lead.get(kind, 0.0)

    def _enter(self, fact: Fact | _Heading) -> None:
        kind, subject = fact.kind, fact.subject
        of = self._of.get(kind)
        if of is None:
            of = self._of[kind] = array("I")
            self._about[kind] = {}
        of.append(self.count)
        about = self._about[kind]
        known = about.get(subject)
        # Most subjects have one fact of a kind, and a number takes a fifth of what a list of one does.
        if known is None:
            about[subject] = self.count
        elif isinstance(known, int):
            about[subject] = array("I", (known, self.count))
        else:
            known.append(self.count)
        if fact.at > fact.seen:
            self._lead[kind] = max(self.lead(kind), fact.at - fact.seen)
        self.count += 1


class MemoryStore(Store):
    """Facts of a run that goes on."""

    def __init__(self, facts: Iterable[Fact] = ()) -> None:
        super().__init__()
        self._facts: list[Fact] = []
        for fact in facts:
            self.append(fact)

    def append(self, fact: Fact) -> None:
        self._facts.append(fact)
        self._enter(fact)

    def fact(self, position: int) -> Fact:
        return self._facts[position]


class FileStore(Store):
    """Facts of a saved timeline, read again from its file each time they are asked for.

    A last line that was torn is left out. `each_line` is called with every line as it is read, that one too.

    Raises:
        UsageError: the file is missing, of another format, or a line is no fact or not where it belongs.
    """

    def __init__(self, path: Path, each_line: Callable[[bytes], object] = lambda _line: None) -> None:
        super().__init__()
        self._path = path
        self._decode = msgspec.json.Decoder(Fact).decode
        self._starts = array("Q", [0])
        self._chunk = (0, b"")
        try:
            self._file = os.open(path, os.O_RDONLY)
        except OSError as error:
            raise UsageError(f"{path}: no such timeline: {error.strerror}") from None
        weakref.finalize(self, os.close, self._file)
        try:
            self._index(each_line)
        except msgspec.MsgspecError as error:
            raise UsageError(f"{path}:{self.count + 1}: not a timeline: {error}") from error

    def fact(self, position: int) -> Fact:
        start, end = self._starts[position], self._starts[position + 1]
        origin, chunk = self._chunk
        if start < origin or end > origin + len(chunk):
            origin, chunk = self._chunk = start, os.pread(self._file, max(_CHUNK, end - start), start)
        return self._decode(chunk[start - origin : end - origin])

    def _index(self, each_line: Callable[[bytes], object]) -> None:
        decode = msgspec.json.Decoder(_Heading).decode
        end = 0
        with open(self._file, "rb", closefd=False) as lines:
            for line in lines:
                each_line(line)
                if not line.endswith(b"\n"):
                    return
                heading = decode(line)
                if heading.seq != self.count:
                    raise UsageError(f"{self._path}:{self.count + 1}: fact {heading.seq} where {self.count} belongs")
                end += len(line)
                self._starts.append(end)
                self._enter(heading)
                if self.count == 1:
                    self._refuse_other_formats()

    def _refuse_other_formats(self) -> None:
        found = self.fact(0).data.get("format")
        if found != FORMAT:
            raise UsageError(
                f"{self._path}: format {found!r}, this version reads {FORMAT}",
                todo="judge it with the version that wrote it",
            )


class History(Sequence[Fact]):
    """Facts from one position of a store up to another. What is recorded later is not in it; a slice is one too."""

    def __init__(self, store: Store, start: int = 0, stop: int | None = None) -> None:
        self._store = store
        self._start = start
        self._stop = store.count if stop is None else stop

    @classmethod
    def over(cls, facts: Sequence[Fact]) -> History:
        """`facts`, to be found by kind and subject."""
        return facts if isinstance(facts, History) else cls(MemoryStore(facts))

    def of(self, kind: str, subject: str | None = None, *, since: float | None = None) -> Iterator[Fact]:
        """Facts of that kind, about that subject when one is given, that happened at `since` or later; in order."""
        positions, low, high = self._range(kind, subject)
        if since is not None:
            # What happened at `since` was recorded then or later, but for a source whose clock is ahead.
            recorded = since - self._store.lead(kind)
            low = bisect_left(positions, recorded, low, high, key=lambda position: self._store.fact(position).seen)
        for index in range(low, high):
            fact = self._store.fact(positions[index])
            if since is None or fact.at >= since:
                yield fact

    def last(self, kind: str, subject: str | None = None) -> Fact | None:
        """The last fact of that kind, and about that subject when one is given."""
        positions, low, high = self._range(kind, subject)
        return self._store.fact(positions[high - 1]) if high > low else None

    def _range(self, kind: str, subject: str | None) -> tuple[Sequence[int], int, int]:
        positions = self._store.positions(kind, subject)
        low = bisect_left(positions, self._start) if self._start else 0
        return positions, low, bisect_left(positions, self._stop, low)

    def __iter__(self) -> Iterator[Fact]:
        return map(self._store.fact, range(self._start, self._stop))

    def __len__(self) -> int:
        return self._stop - self._start

    @overload
    def __getitem__(self, index: int) -> Fact: ...

    @overload
    def __getitem__(self, index: slice) -> History: ...

    def __getitem__(self, index: int | slice) -> Fact | History:
        if isinstance(index, slice):
            start, stop, step = index.indices(len(self))
            if step != 1:
                raise ValueError("a history has no steps")
            return History(self._store, self._start + start, self._start + max(start, stop))
        if not -len(self) <= index < len(self):
            raise IndexError(index)
        return self._store.fact((self._stop if index < 0 else self._start) + index)
