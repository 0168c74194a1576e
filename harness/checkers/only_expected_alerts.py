"""No alert other than the expected ones fired since the claim's zero, as Prometheus says and as the receiver was told.

params: expected (names), evaluation_s. While Prometheus was out of sight only the receiver can tell; when it was too,
nobody can. What is told late of an alert that fired before the zero is no new one. That an alert fires which had fired
in the same scenario before the zero, when nothing was broken, says nothing of what came then.
"""

from __future__ import annotations

from harness.facts.history import Fact, History
from harness.judging.claims import Claim, Finding, missed, reached, unseen
from harness.judging.sight import failing_rules, gaps, lost, unevaluated
from harness.judging.span import began


def check(claim: Claim, facts: History, closed: bool) -> Finding | None:
    expected = set(claim.params["expected"])
    fired = [f for f in facts.of("alert", since=claim.since) if f.data["state"] == "firing"]
    told = [f for f in facts.of("notification", since=claim.since) if f.data["status"] == "firing"]
    new = [*fired, *(f for f in told if not _is_of_before(f, claim, facts))]
    unexpected = sorted((f for f in new if f.subject not in expected), key=lambda f: f.seq)
    unprovoked = _unprovoked(claim, facts)
    provoked = [f for f in unexpected if f.subject not in unprovoked]
    if provoked:
        return missed(_said(provoked[0], claim))
    if not closed:
        return None
    if unexpected:
        return unseen(
            f"{_said(unexpected[0], claim)}; but {unexpected[0].subject} had fired before anything was broken"
        )
    return _none_unexpected(claim, facts, expected)


def _said(fact: Fact, claim: Claim) -> str:
    what = "fired" if fact.kind == "alert" else f"was told to {fact.data['channel']}"
    return f"{fact.subject} {what} at +{fact.at - claim.since:.1f} s"


def _is_of_before(told: Fact, claim: Claim, facts: History) -> bool:
    """Whether the alert that somebody was told of was last seen to fire before the claim's zero, and cannot have fired
    anew while Prometheus was out of sight."""
    firing = [f for f in facts.of("alert", told.subject) if f.data["state"] == "firing"]
    away = [gap for gap in gaps(facts, "prometheus", claim.since) if gap.begun <= told.at]
    return bool(firing) and firing[-1].at < claim.since and not away


def _unprovoked(claim: Claim, facts: History) -> set[str]:
    """Alerts that fired in this scenario before the claim's zero, which is the first injection."""
    begun = began(claim, facts)
    if begun is None:
        return set()
    before = (f for f in facts.of("alert", since=begun) if f.at < claim.since)
    return {f.subject for f in before if f.data["state"] == "firing"}


def _none_unexpected(claim: Claim, facts: History, expected: set[str]) -> Finding:
    alive = facts.last("heartbeat", "prometheus")
    if alive is None or alive.at < claim.since:
        return unseen("Prometheus was not heard from in that time")
    if lost(facts, "prometheus"):
        return unseen("Prometheus is lost: what fires now cannot be told")
    if silent := unevaluated(claim, facts, claim.since):
        return unseen(silent)
    if failing := sorted(failing_rules(facts, claim.since) - expected):
        return unseen(f"Prometheus could not evaluate {', '.join(failing)}")
    unwatched = gaps(facts, "prometheus", claim.since)
    if unwatched and gaps(facts, "receiver", claim.since):
        return unseen("neither Prometheus nor the receiver was watched all the time")
    names = sorted({f.subject for f in facts.of("alert", since=claim.since)} & expected)
    said = f"alerts seen: {', '.join(names) if names else 'none'}"
    if unwatched:
        away = sum((gap.ended or gap.begun) - gap.begun for gap in unwatched)
        said += f"; Prometheus was away for {away:.1f} s, and the receiver was told of none"
    return reached(claim, alive.at, said, clock="prometheus")
