"""An alert that fired since the claim's zero is inactive again, within the limit.

params: alert.
"""

from __future__ import annotations

from collections.abc import Sequence

from harness.claims import Claim, Finding, missed, reached, unseen
from harness.timeline import Fact


def check(claim: Claim, facts: Sequence[Fact], closed: bool) -> Finding | None:
    name = claim.params["alert"]
    story = [f for f in facts if f.kind == "alert" and f.subject == name and f.at >= claim.since]
    fired = next((f for f in story if f.data["state"] == "firing"), None)
    if fired is not None and story[-1].data["state"] == "inactive":
        return reached(claim, story[-1].at, f"{name} inactive again")
    if not closed:
        return None
    if fired is None:
        return unseen(f"{name} never fired, so it could not resolve")
    return missed(f"{name} still {story[-1].data['state']}, value {story[-1].data.get('value', '?')}")
