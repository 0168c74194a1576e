"""Keeps the leases of a run's faults alive, and notices when one was taken away."""

from __future__ import annotations

import threading
from collections.abc import Callable

from harness.errors import TargetError
from harness.faults.ledger import LEASE_S, Entry, Ledger

_EVERY_S = LEASE_S / 5


class Heartbeat:
    """A thread that renews every lease it holds. `lost` is called, once, with an entry whose lease is gone."""

    def __init__(self, ledger: Ledger, lost: Callable[[Entry], None]) -> None:
        self._ledger = ledger
        self._lost = lost
        self._held: dict[str, Entry] = {}
        self._changing = threading.Lock()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="heartbeat", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End; a renewal that is under way is not waited for."""
        self._stopping.set()

    def hold(self, entry: Entry) -> None:
        """Renew this one from now on."""
        with self._changing:
            self._held[entry.id] = entry

    def release(self, entry: Entry) -> None:
        """Renew this one no more: it is about to be healed."""
        with self._changing:
            self._held.pop(entry.id, None)

    def _beat(self) -> None:
        while not self._stopping.wait(_EVERY_S):
            with self._changing:
                held = list(self._held.values())
            for entry in held:
                self._renew(entry)

    def _renew(self, entry: Entry) -> None:
        try:
            kept = self._ledger.renew(entry)
        except TargetError:
            # A silent API server: the next beat tries again, and the lease outlives several.
            return
        with self._changing:
            gone = not kept and self._held.pop(entry.id, None) is not None
        if gone:
            self._lost(entry)
