"""Probes look, tolerances judge what was seen. A probe never retries and never asserts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from harness.errors import TargetError


@dataclass(frozen=True)
class Observation:
    """What a probe saw: a plain JSON `value`, whether it is `accepted`, and one line of `detail`."""

    value: Any
    accepted: bool
    detail: str


@dataclass(frozen=True)
class Probe:
    """A named, read-only look at the target.

    One with `stop` must never fail while something is broken: when it does, everything is healed and the run ends.
    One with `promised` is a promise of the pipeline's: when it does not hold with nothing broken, the pipeline FAILs,
    while any other probe says that this is no time to break anything.
    """

    name: str
    look: Callable[[], Observation]
    stop: bool = False
    promised: bool = False

    def try_look(self) -> Observation:
        """What is seen; of a source that does not answer, that."""
        try:
            return self.look()
        except TargetError as error:
            return Observation(value=None, accepted=False, detail=str(error))
