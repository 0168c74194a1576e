"""Processes of pods on this machine, seen through the kernel: when one ends, that instant is known.

The kind node is a container, so its pods' processes are processes here. What the API server says of a pod comes later,
or, after a kill without grace, two seconds too early.
"""

from __future__ import annotations

import os
import select
import threading
import time
from collections.abc import Sequence
from pathlib import Path

_IN_A_POD = b"kubepods"


def in_pods(command: str) -> list[int]:
    """Processes in pods whose command line begins with `command`, words separated by single spaces."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            line = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            if f"{line} ".startswith(f"{command} ") and _IN_A_POD in (folder / "cgroup").read_bytes():
                found.append(int(folder.name))
        except (FileNotFoundError, ProcessLookupError):
            continue
    return found


class Ending:
    """Notes when the last of these processes ends. A context manager; `at` is by the monotonic clock, None before."""

    def __init__(self, pids: Sequence[int]) -> None:
        self.at: float | None = None
        self._over = threading.Event()
        self._handles = [os.pidfd_open(pid) for pid in pids]
        self._stop = os.eventfd(0)
        self._thread = threading.Thread(target=self._watch, name="ending", daemon=True)

    def __enter__(self) -> Ending:
        self._thread.start()
        return self

    def __exit__(self, *_unused: object) -> None:
        os.eventfd_write(self._stop, 1)
        self._thread.join()
        for handle in (self._stop, *self._handles):
            os.close(handle)

    def wait(self, seconds: float) -> float | None:
        """`at`, waited for."""
        self._over.wait(seconds)
        return self.at

    def _watch(self) -> None:
        poller = select.poll()
        for handle in (self._stop, *self._handles):
            poller.register(handle, select.POLLIN)
        running = set(self._handles)
        while running:
            for handle, _ in poller.poll():
                if handle == self._stop:
                    return
                poller.unregister(handle)
                running.discard(handle)
        self.at = time.monotonic()
        self._over.set()
