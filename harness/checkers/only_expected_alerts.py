"""No alert other than the expected ones fired since the claim's zero, as Prometheus says and as the receiver was told.

params: expected (names). While Prometheus was out of sight only the receiver can tell; when it was too, nobody can.
"""

from __future__ import annotations

from harness.facts.history import History
from harness.judging.claims import Claim, Finding, missed, reached, unseen
from harness.judging.sight import gaps, lost


def check(claim: Claim, facts: History, closed: bool) -> Finding | None:
    expected = set(claim.params["expected"])
    fired = [f for f in facts.of("alert", since=claim.since) if f.data["state"] == "firing"]
    told = [f for f in facts.of("notification", since=claim.since) if f.data["status"] == "firing"]
    unexpected = sorted((f for f in (*fired, *told) if f.subject not in expected), key=lambda f: f.seq)
    if unexpected:
        first = unexpected[0]
        what = "fired" if first.kind == "alert" else f"was told to {first.data['channel']}"
        return missed(f"{first.subject} {what} at +{first.at - claim.since:.1f} s")
    return _none_unexpected(claim, facts, expected) if closed else None


def _none_unexpected(claim: Claim, facts: History, expected: set[str]) -> Finding:
    alive = facts.last("heartbeat", "prometheus")
    if alive is None or alive.at < claim.since:
        return unseen("Prometheus was not heard from in that time")
    if lost(facts, "prometheus"):
        return unseen("Prometheus is lost: what fires now cannot be told")
    unwatched = gaps(facts, "prometheus", claim.since)
    if unwatched and gaps(facts, "receiver", claim.since):
        return unseen("neither Prometheus nor the receiver was watched all the time")
    names = sorted({f.subject for f in facts.of("alert", since=claim.since)} & expected)
    said = f"alerts seen: {', '.join(names) if names else 'none'}"
    if unwatched:
        away = sum((gap.ended or gap.begun) - gap.begun for gap in unwatched)
        said += f"; Prometheus was away for {away:.1f} s, and the receiver was told of none"
    return reached(claim, alive.at, said, clock="prometheus")
