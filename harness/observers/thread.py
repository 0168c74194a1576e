"""What all observers share: a thread, the first sight of the source, and what happens when it is lost."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod

from harness.errors import DeadlineExceeded, HarnessError, TargetError
from harness.facts.timeline import Timeline

_FIRST_SIGHT_S = 15.0
_RECONNECT_S = 0.25


class ObserverThread(ABC):
    """Runs `watch` in a thread, again after each loss of the source, until stopped.

    A loss and its end are facts, so that a checker can tell "did not happen" from "was not looking". Any error
    other than TargetError is a loss for good, and ends all waits of the run: an observer that is broken sees nothing.
    """

    source: str

    def __init__(self, timeline: Timeline) -> None:
        self._timeline = timeline
        self._stopping = threading.Event()
        self._in_sight = threading.Event()
        self._lost_because = ""
        self._thread = threading.Thread(target=self._run, name=f"observe-{self.source}", daemon=True)

    @abstractmethod
    def watch(self) -> None:
        """Record facts until `stopping` is set; call `sighted` whenever the source has answered.

        Raises TargetError when the source is lost.
        """

    def start(self) -> None:
        """Begin; returns at the source's first answer. Raises DeadlineExceeded."""
        self._thread.start()
        if not self._in_sight.wait(_FIRST_SIGHT_S):
            raise DeadlineExceeded(
                f"{self.source} was not heard from within {_FIRST_SIGHT_S:g} s: {self._lost_because or 'no answer'}",
                todo="make status",
            )

    def stop(self) -> None:
        """End. Threads that hang in a read are left behind: they can record nothing any more."""
        self._stopping.set()
        self._thread.join(timeout=0.5)

    def sighted(self) -> None:
        """The source answered."""
        if self._lost_because or not self._in_sight.is_set():
            self._lost_because = ""
            self.record("observer", self.source, event="watching")
            self._in_sight.set()

    def record(self, kind: str, subject: str, *, at: float | None = None, **data: object) -> None:
        """Append a fact of this source, unless the observer was stopped."""
        if not self._stopping.is_set():
            self._timeline.record(kind, subject, source=self.source, at=at, **data)

    @property
    def stopping(self) -> threading.Event:
        return self._stopping

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self.watch()
            except TargetError as error:
                if not self._lost_because:
                    self.record("observer", self.source, event="lost", why=str(error))
                self._lost_because = str(error)
                self._stopping.wait(_RECONNECT_S)
            except Exception as error:  # noqa: BLE001 - a dead observer must end the waits, whatever killed it
                self._died(error)
                return

    def _died(self, error: Exception) -> None:
        died = HarnessError(f"the observer of {self.source} died: {error!r}")
        try:
            # Claims that wait for nothing are decided on facts alone, and must know that nobody looks any more.
            if not self._lost_because:
                self.record("observer", self.source, event="lost", why=str(died))
        finally:
            self._lost_because = repr(error)
            if not self._stopping.is_set():
                self._timeline.fail_waiters(died)
