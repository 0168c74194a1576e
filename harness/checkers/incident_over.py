"""The incident is over: the same parser builds again, the alert is inactive, and every receiver was told so.

params: alert, channels, correlation_id (of the build after the fix). Measured to the last of these facts.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from harness.facts.history import Fact, History
from harness.judging.claims import Claim, Finding, missed, reached
from harness.judging.sight import gaps, unless_out_of_sight


@dataclass(frozen=True)
class _Sign:
    """One of the things that must have happened, where that is seen, and the fact that shows it."""

    what: str
    source: str
    fact: Fact | None


def check(claim: Claim, facts: History, closed: bool) -> Finding | None:
    signs = list(_signs(claim, facts))
    there = [sign.fact for sign in signs if sign.fact is not None]
    if len(there) == len(signs):
        last = max(there, key=lambda f: f.at)
        found = reached(claim, last.at, "rebuilt, resolved, and everybody told", clock=last.source)
        return unless_out_of_sight(found, facts, last.source, claim.since)
    if not closed:
        return None
    missing = [sign for sign in signs if sign.fact is None]
    found = missed("not over: no sign of " + ", ".join(sign.what for sign in missing))
    # One that was in sight all the time, and did not happen, is enough to fail.
    in_sight = any(not gaps(facts, sign.source, claim.since) for sign in missing)
    return found if in_sight else unless_out_of_sight(found, facts, missing[0].source, claim.since)


def _signs(claim: Claim, facts: History) -> Iterator[_Sign]:
    name, since = claim.params["alert"], claim.since
    jobs = facts.of("job", claim.params["correlation_id"], since=since)
    yield _Sign("the rebuild", "kubernetes", next((f for f in jobs if f.data["event"] == "succeeded"), None))
    states = list(facts.of("alert", name, since=since))
    inactive = states[-1] if states and states[-1].data["state"] == "inactive" else None
    yield _Sign(f"{name} inactive", "prometheus", inactive)
    resolved = [f for f in facts.of("notification", name, since=since) if f.data["status"] == "resolved"]
    for channel in claim.params["channels"]:
        told = next((f for f in resolved if f.data["channel"] == channel), None)
        yield _Sign(f"{channel} told", "receiver", told)
