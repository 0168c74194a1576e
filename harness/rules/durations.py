"""Prometheus durations ("1h30m", "90s", "250ms") to and from milliseconds."""

from __future__ import annotations

import re

from harness.errors import UsageError

_UNITS_MS = {"y": 31_536_000_000, "w": 604_800_000, "d": 86_400_000, "h": 3_600_000, "m": 60_000, "s": 1_000, "ms": 1}
DURATION = r"(?:[0-9]+(?:ms|[ywdhms]))+"
_WHOLE = re.compile(rf"{DURATION}|0")
_PART = re.compile(r"([0-9]+)(ms|[ywdhms])")


def milliseconds(text: str) -> int:
    """How long `text` is.

    Raises:
        UsageError: it is no Prometheus duration.
    """
    if not _WHOLE.fullmatch(text):
        raise UsageError(f"{text!r} is no Prometheus duration", todo="write it as 30s, 5m, 1h30m")
    return sum(int(number) * _UNITS_MS[unit] for number, unit in _PART.findall(text))


def seconds(text: str) -> float:
    """How long `text` is, in seconds."""
    return milliseconds(text) / 1000


def duration(total_ms: int) -> str:
    """The shortest text that means `total_ms` milliseconds."""
    if total_ms == 0:
        return "0s"
    parts = []
    for unit in ("h", "m", "s", "ms"):
        number, total_ms = divmod(total_ms, _UNITS_MS[unit])
        if number:
            parts.append(f"{number}{unit}")
    return "".join(parts)
