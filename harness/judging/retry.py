"""What a pipeline promises of builds that it tries again."""

from __future__ import annotations

import msgspec


class RetryPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """Exponential backoff with full jitter: before attempt n + 1 it waits for a random time, from nothing to
    `base_s` * 2 ** (n - 1), and `max_s` at most.

    Attributes:
        max_attempts: of a build, the first included.
        base_s: longest wait after the first attempt, seconds.
        max_s: longest wait after any, seconds.
    """

    max_attempts: int
    base_s: float
    max_s: float

    def longest_wait_s(self, attempt: int) -> float:
        """How long the wait after the failed `attempt` (1 is the first) may be, seconds."""
        return float(min(self.max_s, self.base_s * 2 ** (attempt - 1)))
