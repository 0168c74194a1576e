"""Facts and claims for tests, written short."""

from __future__ import annotations

from typing import Any

from harness.facts.history import Fact
from harness.judging.claims import Claim

ZERO = 1_000.0
"""The instant claims count from, seconds since the epoch."""


def facts(*rows: tuple[float, str, str, dict[str, Any]]) -> list[Fact]:
    """Facts from (seconds after ZERO, kind, subject, data)."""
    return [
        Fact(seq=seq, at=ZERO + after, seen=ZERO + after, kind=kind, subject=subject, source="test", data=data)
        for seq, (after, kind, subject, data) in enumerate(rows)
    ]


def claim(checker: str, *, limit_s: float | None = None, role: str = "claim", **params: Any) -> Claim:
    """A claim that counts from ZERO."""
    return Claim(
        id="a scenario#1",
        scenario="a scenario",
        text="a claim",
        checker=checker,
        params=params,
        since=ZERO,
        limit_s=limit_s,
        role=role,  # type: ignore[arg-type]
    )
