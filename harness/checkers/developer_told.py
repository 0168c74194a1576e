"""The developer was told of a failed build, once, with all that is needed to mend it.

params: correlation_id, contains (texts that the notification must have).
"""

from __future__ import annotations

from harness.facts.history import History
from harness.judging.claims import Claim, Finding, missed, reached, unseen


def check(claim: Claim, facts: History, closed: bool) -> Finding | None:
    correlation = claim.params["correlation_id"]
    told = [f for f in facts.of("notification", correlation) if f.data["channel"] == "developer"]
    if len(told) > 1:
        return missed(f"the developer was told {len(told)} times of {correlation}")
    if told:
        lacking = [text for text in claim.params["contains"] if text not in told[0].data["text"]]
        if lacking:
            return missed(f"the notification lacks {', '.join(lacking)}: {told[0].data['text']}")
        return reached(claim, told[0].at, told[0].data["text"], clock=told[0].source)
    if not closed:
        return None
    watching = facts.last("observer", "receiver")
    if watching is None or watching.data["event"] == "lost":
        return unseen("the receiver could not be read")
    return missed(f"the developer was not told of {correlation}")
