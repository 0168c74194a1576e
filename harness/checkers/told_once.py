"""Each alert was told once to each receiver and group: never again what had been told and had not changed.

params: repeat_s (Alertmanager's repeat_interval). A group is an alert's name and severity. Two notifications of a group
say the same when they tell the same status of the same number of alerts; that is right once `repeat_s` has passed, or
when an alert of that name changed its state in between: the group is another one then.
"""

from __future__ import annotations

from harness.facts.history import Fact, History
from harness.judging.claims import Claim, Finding, missed, reached, unseen
from harness.judging.sight import gaps


def check(claim: Claim, facts: History, closed: bool) -> Finding | None:
    told: dict[tuple[str, str, str], Fact] = {}
    twice: list[str] = []
    requests = [f for f in facts.of("notification", since=claim.since) if f.data["status"] in ("firing", "resolved")]
    for fact in _one_a_request(requests):
        group = (fact.data["channel"], fact.subject, fact.data["severity"])
        before = told.get(group)
        if before is not None and _same(before, fact) and not _changed_between(facts, before, fact):
            apart = fact.at - before.at
            if apart < claim.params["repeat_s"]:
                twice.append(f"{group[0]} was told twice that {group[1]} is {fact.data['status']}, {apart:.1f} s apart")
        told[group] = fact
    if twice:
        return missed("; ".join(twice))
    if not closed:
        return None
    if facts.last("observer", "receiver") is None:
        return unseen("the receiver could not be read: never reached")
    if gaps(facts, "receiver", claim.since):
        return unseen("the receiver was out of sight in that time")
    if not told:
        return unseen("nothing was told to anybody")
    last = max(told.values(), key=lambda f: f.at)
    said = ", ".join(sorted({f"{alert} to {channel}" for channel, alert, _ in told}))
    return reached(claim, last.at, f"each was told once: {said}", clock="receiver")


def _one_a_request(notifications: list[Fact]) -> list[Fact]:
    """A request with a line for each alert of its group counts once, as what it says first."""
    return list({(f.data["seq"], f.subject, f.data["severity"]): f for f in reversed(notifications)}.values())[::-1]


def _same(one: Fact, other: Fact) -> bool:
    return all(one.data[key] == other.data[key] for key in ("status", "firing", "resolved"))


def _changed_between(facts: History, one: Fact, other: Fact) -> bool:
    return any(one.at < f.at <= other.at for f in facts.of("alert", one.subject))
