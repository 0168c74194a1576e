"""Every alert that was pending or firing at any time is inactive by now.

params: none.
"""

from __future__ import annotations

from collections.abc import Sequence

from harness.claims import Claim, Finding, missed, reached, unseen
from harness.timeline import Fact


def check(claim: Claim, facts: Sequence[Fact], closed: bool) -> Finding | None:
    if not closed:
        return None
    alive = [f for f in facts if f.kind == "heartbeat" and f.subject == "prometheus" and f.at >= claim.since]
    if not alive:
        return unseen("Prometheus was not heard from in that time")
    states = {(f.subject, tuple(sorted(f.data["labels"].items()))): f for f in facts if f.kind == "alert"}
    left = [f for f in states.values() if f.data["state"] != "inactive"]
    if left:
        return missed(", ".join(f"{f.subject} is still {f.data['state']}" for f in left))
    return reached(claim, alive[-1].at, "all alerts are inactive")
