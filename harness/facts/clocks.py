"""How far the clock of a source is from the run's, and how well that is known.

A source is asked for its time. Its clock stood somewhere in what it answers (a whole second is a second wide) at some
instant between question and answer: each answer bounds the offset from both sides, and several bound it closer.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime


@dataclass(frozen=True)
class Reading:
    """A source's clock stood at `earliest` at the least and before `latest`, seconds since the epoch."""

    earliest: float
    latest: float


@dataclass(frozen=True)
class Compared:
    """A source's reading, and the instants on the run's clock between which it was taken."""

    asked: float
    answered: float
    reading: Reading


@dataclass(frozen=True)
class Offset:
    """The source's clock is ahead of the run's by `offset_s`, give or take `error_s`."""

    offset_s: float
    error_s: float


AskTime = Callable[[], Reading]
"""Asks a source for its time. Raises TargetError."""


def offset(compared: Sequence[Compared]) -> Offset:
    """What all of `compared` (one at least) say together.

    Where they contradict each other, since the clock was set meanwhile, all that any of them says is taken as possible.
    """
    lows = [each.reading.earliest - each.answered for each in compared]
    highs = [each.reading.latest - each.asked for each in compared]
    low, high = max(lows), min(highs)
    if low > high:
        low, high = min(lows), max(highs)
    return Offset(offset_s=(low + high) / 2, error_s=(high - low) / 2)


def of_date(header: str) -> Reading:
    """The reading in an HTTP Date header, which is in whole seconds. Raises ValueError where it is none."""
    second = parsedate_to_datetime(header).astimezone(UTC).timestamp()
    return Reading(second, second + 1.0)
