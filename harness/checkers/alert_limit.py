"""An alert's rule, as Prometheus had it loaded, fires above the limit that was promised.

params: alert, limit. An alert that fires shows that its limit was crossed, and not where that lies: with one failed
build of one, a limit of 0.9 fires as one of 0.1 does. Every version of the rules that was loaded since the claim's zero
counts, and the one that was there then.
"""

from __future__ import annotations

from harness.facts.history import Fact, History
from harness.judging.claims import Claim, Finding, missed, reached, unseen
from harness.judging.sight import in_force
from harness.rules.alert_expression import comparison_in


def check(claim: Claim, facts: History, closed: bool) -> Finding | None:
    name, limit = claim.params["alert"], claim.params["limit"]
    versions = in_force(facts, claim.since)
    for fact in versions:
        query = _query(fact, name)
        if query is None:
            return missed(f"Prometheus has no alert rule {name}")
        found = comparison_in(query)
        if found is None:
            return unseen(f"{name} is compared with no number: {query}")
        if (found.operator, found.limit) != (">", limit):
            return missed(f"{name} fires at {found.operator} {found.limit:g}, not at > {limit:g}; rule: {query}")
    if not closed:
        return None
    if not versions:
        return unseen("Prometheus was not heard from")
    return reached(claim, versions[-1].at, f"{name} fires at > {limit:g}", clock="prometheus")


def _query(rules: Fact, alert: str) -> str | None:
    return next((str(rule["query"]) for rule in rules.data["alerts"] if rule["name"] == alert), None)
