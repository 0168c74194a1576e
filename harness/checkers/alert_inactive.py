"""An alert has been inactive since the claim's zero: neither pending nor firing, and nobody was told that it fires.

params: alert, evaluation_s.
"""

from __future__ import annotations

from harness.facts.history import Fact, History
from harness.judging.claims import Claim, Finding, missed, reached, unseen
from harness.judging.sight import failing_rules, gaps, unevaluated


def check(claim: Claim, facts: History, closed: bool) -> Finding | None:
    name = claim.params["alert"]
    active = [f for f in facts.of("alert", name) if f.data["state"] != "inactive" and _counts(f, claim, facts)]
    if active:
        return missed(f"{name} {active[0].data['state']} at {active[0].at - claim.since:+.1f} s")
    told = [f for f in facts.of("notification", name, since=claim.since) if f.data["status"] == "firing"]
    if told:
        return missed(f"{told[0].data['channel']} was told at +{told[0].at - claim.since:.1f} s that {name} fires")
    return _not_seen_active(claim, facts) if closed else None


def _not_seen_active(claim: Claim, facts: History) -> Finding:
    name = claim.params["alert"]
    alive = facts.last("heartbeat", "prometheus")
    rules = facts.last("rules")
    if alive is None or rules is None or alive.at < claim.since:
        return unseen("Prometheus was not heard from in that time")
    if name not in {rule["name"] for rule in rules.data["alerts"]}:
        return missed(f"Prometheus has no alert rule {name}")
    if gaps(facts, "prometheus", claim.since):
        return unseen("Prometheus was out of sight in that time")
    if silent := unevaluated(claim, facts, claim.since):
        return unseen(silent)
    if name in failing_rules(facts, claim.since):
        return unseen(f"Prometheus could not evaluate {name}")
    return reached(claim, alive.at, f"{name} was inactive all the time", clock="prometheus")


def _counts(fact: Fact, claim: Claim, facts: History) -> bool:
    """Entered after the claim's zero, or before it and not left by then."""
    if fact.at >= claim.since:
        return True
    later = (f for f in facts.of("alert", fact.subject) if f.seq > fact.seq and f.data["labels"] == fact.data["labels"])
    left = next(later, None)
    return left is None or left.at >= claim.since
