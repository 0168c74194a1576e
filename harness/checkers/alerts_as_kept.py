"""What was seen of the alerts while the scenario ran is what Prometheus itself kept of them, and what the receivers
were told is what Prometheus says.

params: none. Two times agree when they are at most one scrape plus one evaluation apart. An assumption: where a claim
on alerts would be answered otherwise by Prometheus' own record, nobody can say which is right, and the scenario proves
nothing. A difference that changes no claim's answer is said and no more.
"""

from __future__ import annotations

import msgspec

from harness.checkers import decide
from harness.facts.alert_history import ON_ALERTS, AlertHistory, Change, as_kept, compare, kept_changes, live_changes
from harness.facts.history import History
from harness.judging.claims import Claim, Finding, reached, unseen

_STATES = {"firing": "firing", "resolved": "inactive"}
"""The state of an alert that a notification tells of."""


def check(claim: Claim, facts: History, closed: bool) -> Finding | None:
    if not closed:
        return None
    own = facts.last("alert-history")
    if own is None or own.at < claim.since:
        lost = facts.last("observer", "alert-history")
        why = f": {lost.data['why']}" if lost is not None else ""
        return unseen(f"Prometheus' own record of the alerts could not be read{why}")
    history = msgspec.convert(own.data, AlertHistory)
    found = compare(live_changes(facts), history, claim.since, own.at)
    told = _told_otherwise(claim, facts, history)
    if found.agree and not told:
        apart = f", at most {found.apart_s:.1f} s apart" if found.apart_s is not None else ""
        return reached(claim, own.at, f"{found.agreed} changes of alerts are as Prometheus kept them{apart}")
    said = "; ".join(
        [f"{_at(change, claim)} was seen, Prometheus did not keep it" for change in found.only_live]
        + [f"{_at(change, claim)} was kept by Prometheus, and not seen" for change in found.only_kept]
        + told
    )
    turned = [] if found.agree else _turned(claim, facts, history)
    if turned:
        return unseen(f"{said}; so {'; '.join(turned)}")
    return reached(claim, own.at, f"{said}; no claim depends on it")


def _at(change: Change, claim: Claim) -> str:
    return f"{change} at +{change.at - claim.since:.1f} s"


def _turned(claim: Claim, facts: History, history: AlertHistory) -> list[str]:
    """Claims of this scenario that Prometheus' own record would have decided otherwise, each with both answers."""
    found = []
    closings = {f.subject: f for f in facts.of("claim-closed")}
    for fact in facts.of("claim"):
        if fact.data["scenario"] != claim.scenario or fact.data["checker"] not in ON_ALERTS:
            continue
        other = msgspec.convert(fact.data, Claim)
        end = closings.get(other.id)
        if end is None:
            continue
        known = facts[: end.seq]
        seen = decide(other, known, closed=True)
        kept = decide(other, as_kept(known, history, end.at), closed=True)
        if seen is not None and kept is not None and seen.verdict is not kept.verdict:
            found.append(f"{other.text!r} is {seen.verdict} as seen, {kept.verdict} as kept")
    return found


def _told_otherwise(claim: Claim, facts: History, history: AlertHistory) -> list[str]:
    """What receivers were told that Prometheus' record does not bear out. The end of what had fired before the record
    begins is none of it."""
    entered: dict[tuple[str, str], list[float]] = {}
    for change in kept_changes(history):
        entered.setdefault((change.alert, change.state), []).append(change.at)
    found = []
    for fact in facts.of("notification", since=claim.since):
        state = _STATES.get(fact.data["status"])
        known = history.has(fact.at) and (state == "firing" or (fact.subject, "firing") in entered)
        if state is None or not known:
            continue
        if not any(at <= fact.at + history.error_s for at in entered.get((fact.subject, state), [])):
            found.append(
                f"{fact.data['channel']} was told at +{fact.at - claim.since:.1f} s that {fact.subject} is "
                f"{fact.data['status']}, which Prometheus did not keep"
            )
    return found
