"""The incident is over: the same parser builds again, the alert is inactive, and every receiver was told so.

params: alert, channels, correlation_id (of the build after the fix). Measured to the last of these facts.
"""

from __future__ import annotations

from harness.facts.history import History
from harness.judging.claims import Claim, Finding, missed, reached


def check(claim: Claim, facts: History, closed: bool) -> Finding | None:
    name = claim.params["alert"]
    states = list(facts.of("alert", name, since=claim.since))
    signs = {
        "the rebuild": next(
            (
                f
                for f in facts.of("job", claim.params["correlation_id"], since=claim.since)
                if f.data["event"] == "succeeded"
            ),
            None,
        ),
        f"{name} inactive": states[-1] if states and states[-1].data["state"] == "inactive" else None,
    }
    for channel in claim.params["channels"]:
        signs[f"{channel} told"] = next(
            (
                f
                for f in facts.of("notification", name, since=claim.since)
                if f.data["channel"] == channel and f.data["status"] == "resolved"
            ),
            None,
        )
    there = [fact for fact in signs.values() if fact is not None]
    if len(there) == len(signs):
        last = max(there, key=lambda f: f.at)
        return reached(claim, last.at, "rebuilt, resolved, and everybody told", clock=last.source)
    if not closed:
        return None
    return missed("not over: no sign of " + ", ".join(what for what, fact in signs.items() if fact is None))
