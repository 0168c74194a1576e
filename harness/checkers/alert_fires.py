"""An alert fires with the labels claimed, within the limit.

params: alert, labels (each must be equal), and `threshold` as text for the reader.
Firing before the claim's zero does not count. A later state counts for an earlier claim: an alert that is seen
resolved after the zero has fired.
"""

from __future__ import annotations

from collections.abc import Sequence

from harness.claims import Claim, Finding, missed, reached, unseen
from harness.timeline import Fact


def check(claim: Claim, facts: Sequence[Fact], closed: bool) -> Finding | None:
    name, labels = claim.params["alert"], claim.params["labels"]
    story = [f for f in facts if f.kind == "alert" and f.subject == name and f.at >= claim.since]
    firing = [f for f in story if f.data["state"] == "firing"]
    for fact in firing:
        if all(fact.data["labels"].get(key) == value for key, value in labels.items()):
            return reached(claim, fact.at, f"{name} firing, value {fact.data.get('value', '?')}")
    if not closed:
        return None
    rules = [f for f in facts if f.kind == "rules"]
    if not rules:
        return unseen("Prometheus was not heard from")
    rule = next((r for r in rules[-1].data["alerts"] if r["name"] == name), None)
    if rule is None:
        return missed(f"Prometheus has no alert rule {name}; it has {_names(rules[-1])}")
    if firing:
        return missed(f"{name} fired with labels {firing[-1].data['labels']}, not {labels}")
    return missed(f"{name} {_last_state(story, claim)}; rule: {rule['query']}{_last_value(facts, claim)}")


def _names(rules: Fact) -> str:
    return ", ".join(sorted(r["name"] for r in rules.data["alerts"])) or "none"


def _last_state(story: Sequence[Fact], claim: Claim) -> str:
    if not story:
        return "never left inactive"
    return f"last seen {story[-1].data['state']} at +{story[-1].at - claim.since:.1f} s"


def _last_value(facts: Sequence[Fact], claim: Claim) -> str:
    values = [f for f in facts if f.kind == "alert-value" and f.subject == claim.params["alert"]]
    if not values:
        return ""
    return f"; last value {values[-1].data['value']}, threshold {values[-1].data['threshold']}"
