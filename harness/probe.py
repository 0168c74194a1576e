"""Probes look, tolerances judge what was seen. A probe never retries and never asserts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Observation:
    """What a probe saw: a plain JSON `value`, whether it is `accepted`, and one line of `detail`."""

    value: Any
    accepted: bool
    detail: str


@dataclass(frozen=True)
class Probe:
    """A named, read-only look at the target."""

    name: str
    look: Callable[[], Observation]
