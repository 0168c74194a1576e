"""No alert rule has a defect that Prometheus' own engine has shown.

params: none. Without the engine nothing could be an error, so nothing is said then.
"""

from __future__ import annotations

from harness.facts.history import History
from harness.judging.claims import Claim, Finding, missed, reached, unseen


def check(claim: Claim, facts: History, closed: bool) -> Finding | None:
    if not closed:
        return None
    linted = facts.last("rules-linted", "prometheus")
    if linted is None or linted.at < claim.since:
        lost = facts.last("observer", "rules-linted")
        why = f": {lost.data['why']}" if lost is not None else ""
        return unseen(f"no alert rule was looked at{why}")
    errors = [each for each in linted.data["findings"] if each["severity"] == "error"]
    if errors:
        return missed("; ".join(f"{each['rule']}: {each['message']} [{each['check']}]" for each in errors))
    if not linted.data["rules"]:
        return unseen("Prometheus evaluates no rule at all")
    if not linted.data["proven"]:
        return unseen("promtool could not be asked, and without it no rule is shown to be wrong")
    others = len(linted.data["findings"])
    return reached(claim, linted.at, f"{linted.data['rules']} rules without an error, {others} warnings and hints")
