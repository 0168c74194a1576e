"""Does a rule act on this request? Counting, chance and rate limits; pure but for their own state."""

from __future__ import annotations

import random
from collections import OrderedDict
from collections.abc import Callable
from typing import Protocol

from chaos.proxy.call import Call
from chaos.proxy.rules import Always, Every, First, Probability, TokenBucket, When

Clock = Callable[[], float]
"""Seconds on a monotonic clock."""

_BUCKETS_AT_MOST = 10_000


class Policy(Protocol):
    """Asked once for every request that matches, in their order."""

    def acts(self, call: Call) -> bool: ...


def policy(when: When, clock: Clock) -> Policy:
    """The policy with its state at the start."""
    match when:
        case Always():
            return _Always()
        case First(count=count):
            return _First(count)
        case Every(nth=nth):
            return _Every(nth)
        case Probability(p=p, seed=seed):
            return _Probability(p, seed)
        case TokenBucket():
            return _EmptyBucket(when, clock)


class _Always:
    def acts(self, _call: Call) -> bool:
        return True


class _First:
    def __init__(self, count: int) -> None:
        self._left = count

    def acts(self, _call: Call) -> bool:
        self._left -= 1
        return self._left >= 0


class _Every:
    def __init__(self, nth: int) -> None:
        self._nth = nth
        self._seen = 0

    def acts(self, _call: Call) -> bool:
        self._seen += 1
        return self._seen % self._nth == 0


class _Probability:
    def __init__(self, p: float, seed: int) -> None:
        self._p = p
        self._random = random.Random(seed)

    def acts(self, _call: Call) -> bool:
        return self._random.random() < self._p


class _EmptyBucket:
    """One bucket for each `per`; the one longest unused is forgotten when there are too many."""

    def __init__(self, when: TokenBucket, clock: Clock) -> None:
        self._when = when
        self._clock = clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def acts(self, call: Call) -> bool:
        name = _bucket_name(self._when.per, call)
        now = self._clock()
        tokens, filled_at = self._buckets.pop(name, (float(self._when.burst), now))
        tokens = min(float(self._when.burst), tokens + (now - filled_at) * self._when.rate_per_s)
        empty = tokens < 1.0
        self._buckets[name] = (tokens if empty else tokens - 1.0, now)
        if len(self._buckets) > _BUCKETS_AT_MOST:
            self._buckets.popitem(last=False)
        return empty


def _bucket_name(per: str, call: Call) -> str:
    match per:
        case "repository":
            return call.repository
        case "bucket":
            return call.bucket
        case "caller":
            return call.caller.access_key or call.caller.ip
        case _:
            return ""
