"""An alert is pending within the limit; one that fires already has been pending.

params: alert. A rule without `for` never shows pending: that is said at once, nobody waits for it.
"""

from __future__ import annotations

from harness.facts.history import History
from harness.judging.claims import Claim, Finding, missed, reached, unseen
from harness.judging.sight import unless_out_of_sight


def check(claim: Claim, facts: History, closed: bool) -> Finding | None:
    name = claim.params["alert"]
    rules = facts.last("rules")
    if rules is None:
        return unseen("Prometheus was not heard from") if closed else None
    rule = next((r for r in rules.data["alerts"] if r["name"] == name), None)
    if rule is None:
        return missed(f"Prometheus has no alert rule {name}")
    if not rule["for_s"]:
        return unseen(f"{name} has no `for`: it fires at once and pending never shows; claim that it fires")
    active = next((f for f in facts.of("alert", name, since=claim.since) if f.data["state"] != "inactive"), None)
    if active is not None:
        found = reached(claim, active.at, f"{name} {active.data['state']}", clock="prometheus")
    elif closed:
        found = missed(f"{name} never left inactive; rule: {rule['query']}")
    else:
        return None
    return unless_out_of_sight(found, facts, "prometheus", claim.since)
