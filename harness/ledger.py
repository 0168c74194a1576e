"""The ledger: what is broken right now, on disk before it is broken.

Each entry is one file, written and synced before the fault is injected and removed after it is healed, so that
whatever becomes of the runner, the next command finds what was left.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from harness.errors import FaultError
from harness.fault import FaultLookup, Parameters
from harness.target import Target


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One injected (or about to be injected) fault.

    Attributes:
        id: names the entry's file.
        fault: the fault's name.
        parameters: what it was injected with.
        undo: what `prepare` read; all that `heal` needs.
        target: the incarnation of the target it was injected into.
        at: when the entry was written, seconds since the epoch.
        run: the run that wrote it.
        pid: the process that wrote it.
    """

    id: str
    fault: str
    parameters: dict[str, Any]
    undo: dict[str, Any]
    target: str
    at: float
    run: str
    pid: int


class Ledger:
    """The entries in one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def open(self, fault: str, parameters: Parameters, undo: Parameters, *, target: str, at: float, run: str) -> Entry:
        """Write an entry, synced to disk, and return it."""
        entry = Entry(
            id=uuid.uuid4().hex,
            fault=fault,
            parameters=dict(parameters),
            undo=dict(undo),
            target=target,
            at=at,
            run=run,
            pid=os.getpid(),
        )
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._path(entry)
        temporary = path.with_suffix(".new")
        with temporary.open("wb") as file:
            file.write(msgspec.json.encode(entry))
            file.flush()
            os.fsync(file.fileno())
        temporary.rename(path)
        folder = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
        return entry

    def close(self, entry: Entry) -> None:
        """Strike an entry out; a second time is harmless."""
        self._path(entry).unlink(missing_ok=True)

    def entries(self) -> list[Entry]:
        """All that is broken, newest first: the order to heal in.

        Raises:
            FaultError: an entry cannot be read.
        """
        found = []
        for path in self._folder.glob("*.json"):
            try:
                found.append(msgspec.json.decode(path.read_bytes(), type=Entry))
            except msgspec.MsgspecError as error:
                raise FaultError(
                    f"ledger entry {path} cannot be read: {error}", todo="heal by hand what it names, then delete it"
                ) from error
        return sorted(found, key=lambda entry: entry.at, reverse=True)

    def _path(self, entry: Entry) -> Path:
        return self._folder / f"{entry.id}.json"


def heal_all(ledger: Ledger, target: Target, lookup: FaultLookup) -> Iterator[Entry]:
    """Heal every entry, newest first, and yield each once it is healed and struck out.

    An entry of an earlier incarnation of the target is struck out in silence: the fault went with its cluster.
    """
    for entry in ledger.entries():
        if entry.target == target.incarnation:
            lookup(entry.fault).heal(target, entry.undo)
            ledger.close(entry)
            yield entry
        else:
            ledger.close(entry)
