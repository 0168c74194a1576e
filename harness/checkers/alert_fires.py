"""An alert fires with the labels and annotations claimed, within the limit.

params: alert, labels and annotations (each that is named must be equal), for the reader.
Firing before the claim's zero does not count. A later state counts for an earlier claim: of an alert that was not seen
firing because Prometheus was out of sight, but that a receiver was told of, nothing more can be said than that it fired
by then. A FAIL on what could not be watched all the time is INCONCLUSIVE.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

from harness.facts.history import Fact, History
from harness.judging.claims import Claim, Finding, missed, reached, unseen
from harness.judging.sight import gaps, unless_out_of_sight


def check(claim: Claim, facts: History, closed: bool) -> Finding | None:
    name = claim.params["alert"]
    story = list(facts.of("alert", name, since=claim.since))
    firing = [f for f in story if f.data["state"] == "firing"]
    for fact in firing:
        if not _differences(claim, fact):
            found = reached(claim, fact.at, f"{name} firing, value {fact.data.get('value', '?')}", clock="prometheus")
            return unless_out_of_sight(found, facts, "prometheus", claim.since)
    if not closed:
        return None
    if firing:
        return missed(f"{name} fired with {'; '.join(_differences(claim, firing[-1]))}")
    return _not_seen_firing(claim, facts, story)


def _not_seen_firing(claim: Claim, facts: History, story: list[Fact]) -> Finding:
    name = claim.params["alert"]
    rules = facts.last("rules")
    if rules is None:
        return unseen("Prometheus was not heard from")
    rule = next((r for r in rules.data["alerts"] if r["name"] == name), None)
    if rule is None:
        return missed(f"Prometheus has no alert rule {name}; it has {_names(rules)}")
    unable = ", which Prometheus could not evaluate" if rule.get("health") == "err" else ""
    told = _told(claim, facts)
    if told is not None and gaps(facts, "prometheus", claim.since):
        said = f"{told.data['channel']} was told that {name} fires, Prometheus being out of sight meanwhile"
        found = reached(claim, told.at, said, clock="receiver")
    else:
        held = f" for {rule['for_s']:g} s" if rule.get("for_s") else ""
        found = missed(
            f"{name} {_last_state(story, claim)}{_early(facts, claim)}; "
            f"rule: {rule['query']}{held}{unable}{_last_value(facts, claim)}"
        )
    return unless_out_of_sight(found, facts, "prometheus", claim.since)


def _differences(claim: Claim, fact: Fact) -> list[str]:
    """Labels and annotations that are not as claimed, with what they are."""
    found = []
    for kind in ("labels", "annotations"):
        wanted: Mapping[str, str] = claim.params.get(kind, {})
        has = fact.data.get(kind, {})
        found += [f"{kind[:-1]} {k} {has.get(k)!r}, not {v!r}" for k, v in wanted.items() if has.get(k) != v]
    return found


def _told(claim: Claim, facts: History) -> Fact | None:
    """The first notification that the alert fires, if it tells all that is claimed: a severity, and no more."""
    if claim.params.get("annotations") or set(claim.params["labels"]) - {"severity"}:
        return None
    severity = claim.params["labels"].get("severity")
    told = facts.of("notification", claim.params["alert"], since=claim.since)
    return next((f for f in told if f.data["status"] == "firing" and severity in (None, f.data["severity"])), None)


def _names(rules: Fact) -> str:
    return ", ".join(sorted(r["name"] for r in rules.data["alerts"])) or "none"


def _last_state(story: list[Fact], claim: Claim) -> str:
    if not story:
        return "never left inactive"
    return f"last seen {story[-1].data['state']} at +{story[-1].at - claim.since:.1f} s"


def _early(facts: History, claim: Claim) -> str:
    """That the alert had fired before the claim's zero, and what it did next came after."""
    states = list(facts.of("alert", claim.params["alert"]))
    early = [
        one for one, later in pairwise(states) if one.data["state"] == "firing" and one.at < claim.since <= later.at
    ]
    return f", having fired {claim.since - early[-1].at:.1f} s before this is counted from" if early else ""


def _last_value(facts: History, claim: Claim) -> str:
    value = facts.last("alert-value", claim.params["alert"])
    return "" if value is None else f"; last value {value.data['value']}, threshold {value.data['threshold']}"
