"""What texts say in figures: "above 90 %", "for more than 5 minutes", "12 in the last hour"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

_NUMBER = r"(?P<number>\d+(?:\.\d+)?)"
_RISES = r"above|more than|higher than|over|exceed(?:s|ed|ing)?|greater than|>=?|&gt;"
_FALLS = r"below|less than|lower than|under|fewer than|drop(?:s|ped)? to|<=?|&lt;"
_LIMIT = re.compile(
    rf"(?<![\w$|.])(?:(?P<rises>{_RISES})|(?P<falls>{_FALLS}))\s*{_NUMBER}\s?(?P<unit>%|[A-Za-z]+)?", re.I
)
_UNITS = {"s": 1, "sec": 1, "second": 1, "m": 60, "min": 60, "minute": 60, "h": 3600, "hour": 3600, "d": 86400}
_UNITS |= {"day": 86400, "w": 604800, "week": 604800, "hr": 3600}
_TIME = r"(?P<number>\d+(?:\.\d+)?)[\s-]?(?P<unit>s|sec|seconds?|m|mins?|minutes?|h|hrs?|hours?|d|days?|w|weeks?)\b"
_HELD = re.compile(rf"\bfor\s+(?:(?:more|longer)\s+than|over|at\s+least|the\s+(?:last|past))?\s*{_TIME}", re.I)
_WITHIN = re.compile(rf"\b(?:in|within|over|during)\s+(?:the\s+)?(?:last|past)?\s*{_TIME}", re.I)
_ANY_TIME = re.compile(_TIME, re.I)


class Limit(NamedTuple):
    """A number with the direction in which it is passed, and the word or the sign after it."""

    rises: bool
    number: float
    unit: str


def limits(text: str) -> Iterator[Limit]:
    """Every "above 5", "< 10%" and the like."""
    for found in _LIMIT.finditer(text):
        yield Limit(bool(found["rises"]), float(found["number"]), (found["unit"] or "").lower())


def held_s(text: str) -> list[float]:
    """The durations of "for 5 minutes" and "for more than an hour", in seconds."""
    return _seconds(_HELD, text)


def within_s(text: str) -> list[float]:
    """The windows of "in the last 10 minutes" and "within 1h", in seconds."""
    return _seconds(_WITHIN, text)


def durations_s(text: str) -> list[float]:
    """All durations, in seconds."""
    return _seconds(_ANY_TIME, text)


def _seconds(pattern: re.Pattern[str], text: str) -> list[float]:
    return [float(found["number"]) * _UNITS[_unit(found["unit"])] for found in pattern.finditer(text)]


def _unit(written: str) -> str:
    written = written.lower()
    return written if written in _UNITS else written.removesuffix("s")
