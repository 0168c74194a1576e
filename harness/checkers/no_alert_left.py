"""Every alert that was pending or firing at any time is inactive by now.

params: evaluation_s. A Prometheus that was away counts again once it has evaluated its rules.
"""

from __future__ import annotations

from harness.facts.history import History
from harness.judging.claims import Claim, Finding, missed, reached, unseen
from harness.judging.sight import failing_rules, gaps, unevaluated


def check(claim: Claim, facts: History, closed: bool) -> Finding | None:
    if not closed:
        return None
    away = gaps(facts, "prometheus", claim.since)
    since = max([claim.since, *(gap.begun if gap.ended is None else gap.ended for gap in away)])
    alive = facts.last("heartbeat", "prometheus")
    if alive is None or alive.at < since or (away and away[-1].ended is None):
        return unseen("Prometheus was not heard from in that time")
    states = {(f.subject, tuple(sorted(f.data["labels"].items()))): f for f in facts.of("alert")}
    left = [f for f in states.values() if f.data["state"] != "inactive"]
    if left:
        return missed(", ".join(f"{f.subject} is still {f.data['state']}" for f in left))
    if silent := unevaluated(claim, facts, alive.at):
        return unseen(silent)
    if failing := sorted(failing_rules(facts, facts[-1].seen)):
        return unseen(f"Prometheus could not evaluate {', '.join(failing)}")
    return reached(claim, alive.at, "all alerts are inactive", clock="prometheus")
