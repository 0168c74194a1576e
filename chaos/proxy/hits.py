"""What rules did: a bounded log with sequence numbers, and a way to wait for more."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from itertools import islice
from typing import Literal

import msgspec

from chaos.proxy.call import Call

Outcome = Literal["error", "delayed", "held", "reset", "truncated", "passed"]
"""What a rule did to a request. "passed": it matched, and its policy let the request pass; "truncated": the answer
is to end after so many bytes, if it is longer."""


class Hit(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One rule and one request that it matched.

    Attributes:
        seq: from 1, without gaps, in the order of the answers.
        at: when the rule decided, seconds since the epoch.
        rule, owner: the rule's id, and whose it is.
        waited_ms: how long the rule held or delayed the request.
        status: of the response the caller got; None when there was none (a reset, or the caller left).
        error: why the service behind gave no answer, "" when it did.
    """

    seq: int
    at: float
    rule: str
    owner: str
    call: Call
    outcome: Outcome
    waited_ms: float
    status: int | None
    error: str = ""


class HitLog:
    """The last `keep` hits. For use in one event loop."""

    def __init__(self, keep: int) -> None:
        self._hits: deque[Hit] = deque(maxlen=keep)
        self._arrived = asyncio.Event()
        self.last = 0

    def append(
        self,
        *,
        at: float,
        rule: str,
        owner: str,
        call: Call,
        outcome: Outcome,
        waited_ms: float,
        status: int | None,
        error: str = "",
    ) -> None:
        """Record a hit and wake everybody who waits."""
        self.last += 1
        self._hits.append(
            Hit(
                seq=self.last,
                at=at,
                rule=rule,
                owner=owner,
                call=call,
                outcome=outcome,
                waited_ms=waited_ms,
                status=status,
                error=error,
            )
        )
        self._arrived.set()
        self._arrived = asyncio.Event()

    def after(self, seq: int, limit: int) -> tuple[Sequence[Hit], int]:
        """Up to `limit` hits after `seq`, and how many between were dropped to make room."""
        oldest = self._hits[0].seq if self._hits else self.last + 1
        skip = max(0, seq + 1 - oldest)
        return list(islice(self._hits, skip, skip + limit)), max(0, oldest - seq - 1)

    async def more(self, seq: int) -> None:
        """Return when there is a hit after `seq`."""
        while self.last <= seq:
            await self._arrived.wait()
