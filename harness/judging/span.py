"""When the scenario of a claim began."""

from __future__ import annotations

from harness.facts.history import History
from harness.judging.claims import Claim


def began(claim: Claim, facts: History) -> float | None:
    """When the claim's scenario started, the last time that one of its name did; None when the facts do not say."""
    starts = [f.at for f in facts.of("scenario", claim.scenario) if f.data["event"] == "started"]
    return starts[-1] if starts else None
