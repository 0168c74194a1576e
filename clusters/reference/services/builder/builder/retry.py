"""When a failed build is tried again."""

from __future__ import annotations

import random

from builder.settings import RetryPolicy


def delay_seconds(policy: RetryPolicy, fingerprint: str, failed_attempt: int) -> float:
    """Wait before the attempt after `failed_attempt` (1 for the first): exponential with full jitter.

    The jitter is drawn from the build's identity, so that a restarted builder comes to the same time,
    while builds that failed together spread out.
    """
    bound = min(policy.max_seconds, policy.base_seconds * 2 ** (failed_attempt - 1))
    return random.Random(f"{fingerprint}/{failed_attempt}").uniform(0, bound)
