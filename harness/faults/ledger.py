"""The ledger: what is broken right now, written down before it is broken.

Each entry stands twice: as a file, written and synced, for the next command on this machine; and as a lease in the
target, renewed while the runner lives, for the watchdog there and for any other machine. Both are made before the
fault is injected and removed after it is healed, so whatever becomes of the runner, somebody finds what was left.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from harness.errors import FaultError
from harness.faults.fault import FaultLookup, Parameters
from harness.target import Leases, Target

LEASE_S = 20.0
"""After so long without a word from its runner a fault is healed by the watchdog."""


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One injected (or about to be injected) fault.

    Attributes:
        id: names the entry's file and its lease.
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
    """The entries in one folder, and the leases of one target."""

    def __init__(self, folder: Path, leases: Leases) -> None:
        self._folder = folder
        self._leases = leases

    def open(self, fault: str, parameters: Parameters, undo: Parameters, *, target: str, at: float, run: str) -> Entry:
        """Write an entry, synced to disk and leased, and return it. Raises TargetError when it cannot be leased."""
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
        text = msgspec.json.encode(entry)
        self._write(entry, text)
        try:
            self._leases.put(entry.id, run, text.decode(), LEASE_S)
        except BaseException:
            self._path(entry).unlink(missing_ok=True)
            raise
        return entry

    def renew(self, entry: Entry) -> bool:
        """Say that the runner lives; False when the lease is gone, healed by the watchdog. Raises TargetError."""
        return self._leases.renew(entry.id)

    def close(self, entry: Entry) -> bool:
        """Strike an entry out; a second time is harmless. False when its lease was gone: somebody else has healed it.

        Raises TargetError, and then keeps the file.
        """
        leased = self._leases.delete(entry.id)
        self._path(entry).unlink(missing_ok=True)
        return leased

    def entries(self) -> list[Entry]:
        """All that is broken, by file or by lease, newest first: the order to heal in.

        Raises:
            FaultError: an entry cannot be read.
            TargetError: the leases cannot be read.
        """
        found: dict[str, Entry] = {}
        for path in self._folder.glob("*.json"):
            entry = _read(path.read_bytes(), str(path))
            found[entry.id] = entry
        for lease in self._leases.all():
            found.setdefault(lease.id, _read(lease.text.encode(), f"lease {lease.id}"))
        return sorted(found.values(), key=_newest_first)

    def held(self) -> set[str]:
        """Ids of the entries that are leased. One that is not was never injected, or is healed: the lease comes
        before the change and goes after the heal, whoever heals. Raises TargetError."""
        return {lease.id for lease in self._leases.all()}

    def _write(self, entry: Entry, text: bytes) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._path(entry)
        temporary = path.with_suffix(".new")
        with temporary.open("wb") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        temporary.rename(path)
        folder = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def _path(self, entry: Entry) -> Path:
        return self._folder / f"{entry.id}.json"


class Healing(msgspec.Struct, frozen=True, kw_only=True):
    """What became of an expired lease: `error` says why its fault is not healed, "" when it is. `fault` and `run` are
    "" when the lease cannot be read."""

    lease: str
    fault: str = ""
    run: str = ""
    error: str = ""


def heal_all(ledger: Ledger, target: Target, lookup: FaultLookup) -> Iterator[Entry]:
    """Heal every entry, newest first, and yield each once it is healed and struck out.

    An entry of an earlier incarnation of the target is struck out in silence: the fault went with its cluster. So is
    one whose lease is gone: the watchdog has healed it.
    """
    entries = ledger.entries()
    held = ledger.held()
    for entry in entries:
        if entry.target == target.incarnation and entry.id in held:
            lookup(entry.fault).heal(target, entry.undo)
            ledger.close(entry)
            yield entry
        else:
            ledger.close(entry)


def heal_expired(leases: Leases, target: Target, lookup: FaultLookup) -> Iterator[Healing]:
    """Heal every fault whose lease has expired, newest first, and say of each what became of it.

    What cannot be read or healed keeps its lease, and the others are healed all the same. Raises TargetError when the
    leases cannot be read.
    """
    entries = []
    for lease in leases.all():
        if lease.expired:
            try:
                entries.append(_read(lease.text.encode(), f"lease {lease.id}"))
            except FaultError as error:
                yield Healing(lease=lease.id, error=str(error))
    for entry in sorted(entries, key=_newest_first):
        trouble = _heal_one(entry, leases, target, lookup)
        yield Healing(lease=entry.id, fault=entry.fault, run=entry.run, error=trouble)


def _heal_one(entry: Entry, leases: Leases, target: Target, lookup: FaultLookup) -> str:
    try:
        lookup(entry.fault).heal(target, entry.undo)
        leases.delete(entry.id)
    except Exception as error:  # noqa: BLE001 - whatever is wrong with one entry, the others are still to be healed
        return f"{type(error).__name__}: {error}"
    return ""


def _newest_first(entry: Entry) -> float:
    return -entry.at


def _read(text: bytes, where: str) -> Entry:
    try:
        return msgspec.json.decode(text, type=Entry)
    except msgspec.MsgspecError as error:
        raise FaultError(
            f"ledger entry {where} cannot be read: {error}", todo="heal by hand what it names, then delete it"
        ) from error
