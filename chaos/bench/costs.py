"""What passing through the fault proxy costs, as lines of the report."""

from __future__ import annotations

import statistics
from collections.abc import Mapping

import msgspec

from chaos.proxy.bench import Samples
from chaos.proxy.bench_peers import BODY_BYTES

ADDED_MS = 0.31
REQUESTS_PER_S = 5700.0
PUSH_MB_PER_S = 845.0


class Cost(msgspec.Struct, frozen=True):
    """Medians of one way to a service, and in `added_ms` what a request takes longer than directly."""

    way: str
    added_ms: float
    requests_per_s: float
    push_mb_per_s: float

    @property
    def met(self) -> bool:
        """Whether all three aims are."""
        return (
            self.added_ms <= ADDED_MS and self.requests_per_s >= REQUESTS_PER_S and self.push_mb_per_s >= PUSH_MB_PER_S
        )


def costs_of(samples: Mapping[str, Samples]) -> list[Cost]:
    """One for each way, "direct" among them."""
    direct = statistics.median(samples["direct"].requests_s)
    return [
        Cost(
            way=way,
            added_ms=(statistics.median(of.requests_s) - direct) * 1000,
            requests_per_s=statistics.median(of.rates),
            push_mb_per_s=BODY_BYTES / 1e6 / statistics.median(of.uploads_s),
        )
        for way, of in samples.items()
    ]
