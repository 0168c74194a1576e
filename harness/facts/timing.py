"""One clock for a run, and deadlines on it.

Every time in a run is seconds since the epoch on the run's clock: the wall clock read once at the start, then
moved on by the monotonic clock, so that it can be compared with the stamps of Kubernetes, Prometheus and the
receiver on the same host, and never jumps.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeVar

T = TypeVar("T")


class Clock(Protocol):
    """What tells the time. Tests bring their own."""

    def now(self) -> float:
        """Seconds since the epoch; never goes back."""
        ...


class RunClock:
    """The wall clock at construction, carried on by the monotonic clock."""

    def __init__(self) -> None:
        self._offset = time.time() - time.monotonic()

    def now(self) -> float:
        return self._offset + time.monotonic()


@dataclass(frozen=True)
class Deadline:
    """An absolute instant `at` (seconds since the epoch) on `clock`."""

    clock: Clock
    at: float

    @classmethod
    def after(cls, clock: Clock, seconds: float) -> Deadline:
        """The instant `seconds` from now."""
        return cls(clock, clock.now() + seconds)

    def remaining(self) -> float:
        """Seconds left; 0 once it has passed."""
        return max(0.0, self.at - self.clock.now())

    @property
    def passed(self) -> bool:
        return self.clock.now() >= self.at


def poll(look: Callable[[], T], done: Callable[[T], bool], deadline: Deadline, every_s: float) -> tuple[T, float]:
    """Look until `done` says so or `deadline` has passed, with at most `every_s` seconds between two looks.

    For what no watch or webhook tells of. Answers with the last look and the instant at which it was begun.
    """
    while True:
        asked = deadline.clock.now()
        seen = look()
        if done(seen) or deadline.passed:
            return seen, asked
        time.sleep(min(every_s, deadline.remaining()))
