"""The incident is over: the same parser builds again, the alert is inactive, and every receiver was told so.

params: alert, channels, correlation_id (of the build after the fix). Measured to the last of these facts.
"""

from __future__ import annotations

from collections.abc import Sequence

from harness.claims import Claim, Finding, missed, reached
from harness.timeline import Fact


def check(claim: Claim, facts: Sequence[Fact], closed: bool) -> Finding | None:
    name = claim.params["alert"]
    since = [f for f in facts if f.at >= claim.since]
    states = [f for f in since if f.kind == "alert" and f.subject == name]
    signs = {
        "the rebuild": next(
            (
                f
                for f in since
                if f.kind == "job" and f.subject == claim.params["correlation_id"] and f.data["event"] == "succeeded"
            ),
            None,
        ),
        f"{name} inactive": states[-1] if states and states[-1].data["state"] == "inactive" else None,
    }
    for channel in claim.params["channels"]:
        signs[f"{channel} told"] = next(
            (
                f
                for f in since
                if f.kind == "notification"
                and f.subject == name
                and f.data["channel"] == channel
                and f.data["status"] == "resolved"
            ),
            None,
        )
    there = [fact for fact in signs.values() if fact is not None]
    if len(there) == len(signs):
        last = max(there, key=lambda f: f.at)
        return reached(claim, last.at, "rebuilt, resolved, and everybody told")
    if not closed:
        return None
    return missed("not over: no sign of " + ", ".join(what for what, fact in signs.items() if fact is None))
