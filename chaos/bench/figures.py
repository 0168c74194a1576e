"""What is made of the times that were measured: their spread, beside what is aimed at."""

from __future__ import annotations

import statistics
from collections.abc import Sequence

import msgspec


class Spread(msgspec.Struct, frozen=True):
    """Seconds: the median, the 95th percentile (interpolated) and the largest of `count` times."""

    count: int
    median_s: float
    p95_s: float
    max_s: float


def spread(times_s: Sequence[float]) -> Spread | None:
    """The spread of these times; None when there are none."""
    if not times_s:
        return None
    p95 = times_s[0] if len(times_s) == 1 else statistics.quantiles(times_s, n=100, method="inclusive")[94]
    return Spread(count=len(times_s), median_s=statistics.median(times_s), p95_s=p95, max_s=max(times_s))


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the report.

    Attributes:
        subject: the fault, or the tool.
        what: what was timed, from when to when.
        times: None when it was never seen.
        missed: repeats in which it was not seen; they have no time, so no aim is met with any.
        aim_s: what the 95th percentile is to stay within; None where nothing is aimed at.
    """

    subject: str
    what: str
    times: Spread | None
    missed: int = 0
    aim_s: float | None = None

    @property
    def met(self) -> bool | None:
        """Whether the aim is met; None without one."""
        if self.aim_s is None:
            return None
        return self.times is not None and not self.missed and self.times.p95_s <= self.aim_s


def figure(subject: str, what: str, times_s: Sequence[float | None], aim_s: float | None = None) -> Figure:
    """The line for these times, None being a repeat in which it was not seen."""
    seen = [time for time in times_s if time is not None]
    return Figure(subject=subject, what=what, times=spread(seen), missed=len(times_s) - len(seen), aim_s=aim_s)
