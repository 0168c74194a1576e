"""No alert other than the expected ones fired since the claim's zero.

params: expected (names).
"""

from __future__ import annotations

from collections.abc import Sequence

from harness.claims import Claim, Finding, missed, reached, unseen
from harness.timeline import Fact


def check(claim: Claim, facts: Sequence[Fact], closed: bool) -> Finding | None:
    expected = set(claim.params["expected"])
    for fact in facts:
        counts = fact.kind == "alert" and fact.at >= claim.since and fact.data["state"] == "firing"
        if counts and fact.subject not in expected:
            return missed(f"{fact.subject} fired at +{fact.at - claim.since:.1f} s")
    if not closed:
        return None
    alive = [f for f in facts if f.kind == "heartbeat" and f.subject == "prometheus" and f.at >= claim.since]
    if not alive:
        return unseen("Prometheus was not heard from in that time")
    names = sorted({f.subject for f in facts if f.kind == "alert" and f.at >= claim.since and f.subject in expected})
    return reached(claim, alive[-1].at, f"alerts seen: {', '.join(names) if names else 'none'}")
