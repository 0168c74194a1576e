"""SIGINT and SIGTERM, and what stops a run as they do: the first one stops the run and heals, further ones wait until
the healing is done.

Handlers are set explicitly: a process that a script started with `&` inherits SIGINT as ignored.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

_STOPPING = (signal.SIGINT, signal.SIGTERM)


class Signals:
    """Turns both signals into KeyboardInterrupt in the main thread, unless held."""

    def __init__(self) -> None:
        self.received: str = ""
        self._why = ""
        self._holds = 0
        self._pending = False
        self._previous: dict[signal.Signals, Any] = {}

    def install(self) -> None:
        """Take the signals over. Only the main thread can."""
        if threading.current_thread() is threading.main_thread():
            self._previous = {number: signal.signal(number, self._handle) for number in _STOPPING}

    def restore(self) -> None:
        """Give them back to who had them."""
        for number, previous in self._previous.items():
            signal.signal(number, previous)
        self._previous = {}

    @contextmanager
    def held(self) -> Iterator[None]:
        """Inside, signals are noted and come into effect at the end: healing is never cut in two."""
        self._holds += 1
        try:
            yield
        finally:
            self._holds -= 1
            if not self._holds and self._pending:
                self._pending = False
                raise KeyboardInterrupt(self.received)

    def stop(self, why: str) -> None:
        """Stop the run as a signal does, from any thread; `why` is what it was stopped by."""
        self._why = self._why or why
        # Only a signal interrupts what the main thread waits for.
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)

    def _handle(self, number: int, _frame: FrameType | None) -> None:
        already = bool(self.received)
        self.received = self.received or self._why or signal.Signals(number).name
        if self._holds:
            self._pending = self._pending or not already
        elif not already:
            raise KeyboardInterrupt(self.received)
