"""The logs of failed jobs, read in a thread of their own: a log that is slow to come delays nothing else."""

from __future__ import annotations

import queue
import re
from collections.abc import Callable
from typing import NamedTuple

from harness.errors import TargetError
from harness.facts.masking import mask_text
from harness.facts.timeline import Timeline
from harness.observers.thread import ObserverThread

_TELLING = re.compile(
    r"error|denied|fail|refused|exception|timed? ?out|retry|killed|\b4\d\d\b|\b5\d\d\b", re.IGNORECASE
)
_TELLING_LINES = 40
_LAST_LINES = 5
_TRIES = 3
_DRAIN_S = 5.0
"""How long logs that were asked for are still waited for at the end."""


class _Asked(NamedTuple):
    correlation: str
    job: str


class FailedLogObserver(ObserverThread):
    """Keeps the log of each job that it is asked for; the lines that tell become "log" facts.

    A log that cannot be read is a loss of its own source, until the next one is read: of what it says nothing is known.

    Args:
        read_log: the lines of a job's build container. Raises TargetError.
        container: the build container's name.
    """

    source = "build-logs"

    def __init__(self, timeline: Timeline, *, read_log: Callable[[str], tuple[str, ...]], container: str) -> None:
        super().__init__(timeline)
        self._read_log = read_log
        self._container = container
        self._folder = timeline.path.parent / "logs" / "failed-builds"
        self._asked: queue.SimpleQueue[_Asked | None] = queue.SimpleQueue()
        self._next: _Asked | None = None
        self._tries = 0

    def ask(self, correlation: str, job: str) -> None:
        """Have that job's log read, after those that were asked for before. Returns at once."""
        self._asked.put(_Asked(correlation, job))

    def start(self) -> None:
        """Begin. There is nothing to hear of before a job has failed."""
        self.sighted()
        super().start()

    def stop(self) -> None:
        """End once all that was asked for is read, after 5 s at most."""
        self._asked.put(None)
        self._thread.join(timeout=_DRAIN_S)
        super().stop()

    def watch(self) -> None:
        while not self.stopping.is_set():
            if self._next is None:
                self._next, self._tries = self._asked.get(), 0
            if self._next is None:
                self.stopping.set()
                return
            self._read(self._next)
            self._next = None

    def _read(self, asked: _Asked) -> None:
        self._tries += 1
        try:
            lines = self._read_log(asked.job)
        except TargetError:
            if self._tries == _TRIES:
                self._next = None
            raise
        self.sighted()
        # The whole log beside the timeline, for the job may be deleted.
        kept = self._folder / f"{asked.job}.log"
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_text(mask_text("\n".join(lines)) + "\n")
        for line in telling_lines(lines):
            self.record("log", asked.correlation, job=asked.job, container=self._container, line=line)


def telling_lines(lines: tuple[str, ...]) -> list[str]:
    """The lines that speak of trouble, and the last few: a failing program may print its usage after its error."""
    chosen = [number for number, line in enumerate(lines) if _TELLING.search(line)][:_TELLING_LINES]
    last = range(max(0, len(lines) - _LAST_LINES), len(lines))
    return [lines[number] for number in sorted({*chosen, *last}) if lines[number].strip()]
