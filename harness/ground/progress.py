"""Shows what is being done and for how long: live on a terminal, timed lines elsewhere."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

from rich.console import Console
from rich.progress import Progress as Bars
from rich.progress import SpinnerColumn, TextColumn, TimeElapsedColumn


class Progress(Protocol):
    """Where steps report to. Steps may run side by side, in threads."""

    def step(self, title: str) -> AbstractContextManager[None]:
        """A step that lasts as long as the block."""

    def note(self, text: str) -> None:
        """A fact worth a line of its own."""


class PlainProgress:
    """A line when a step begins and one when it ends, with seconds since the start of all."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._started = time.monotonic()

    @contextmanager
    def step(self, title: str) -> Iterator[None]:
        begun = time.monotonic()
        self.note(f"{title} ...")
        outcome = "failed"
        try:
            yield
            outcome = "done"
        finally:
            self.note(f"{title}: {outcome} in {time.monotonic() - begun:.1f} s")

    def note(self, text: str) -> None:
        self._console.print(
            f"[{time.monotonic() - self._started:7.1f} s] {text}", markup=False, highlight=False, soft_wrap=True
        )


class LiveProgress:
    """One live row per running step; finished ones scroll away above."""

    def __init__(self, console: Console) -> None:
        self._bars = Bars(
            SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn(), console=console, transient=True
        )
        self._plain = PlainProgress(self._bars.console)
        self._lock = threading.Lock()
        self._running = 0

    @contextmanager
    def step(self, title: str) -> Iterator[None]:
        with self._lock:
            if self._running == 0:
                self._bars.start()
            self._running += 1
        task = self._bars.add_task(title)
        begun = time.monotonic()
        outcome = "failed"
        try:
            yield
            outcome = "done"
        finally:
            self._bars.remove_task(task)
            with self._lock:
                self._running -= 1
                if self._running == 0:
                    self._bars.stop()
            self.note(f"{title}: {outcome} in {time.monotonic() - begun:.1f} s")

    def note(self, text: str) -> None:
        self._plain.note(text)


def progress_on_stderr() -> Progress:
    """Live when standard error is a terminal, plain otherwise."""
    console = Console(stderr=True)
    return LiveProgress(console) if console.is_terminal else PlainProgress(console)
