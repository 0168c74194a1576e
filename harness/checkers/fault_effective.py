"""A fault was seen to act: a probe that worked before fails now, or hits were counted.

params: fault. This is an assumption: without it nothing that follows is evidence.
"""

from __future__ import annotations

from harness.facts.history import History
from harness.judging.claims import Claim, Finding, reached, unseen


def check(claim: Claim, facts: History, closed: bool) -> Finding | None:
    story = list(facts.of("fault", claim.params["fault"], since=claim.since))
    effective = next((f for f in story if f.data["event"] == "effective"), None)
    if effective is not None:
        return reached(claim, effective.at, effective.data.get("detail", "effective"))
    if not closed:
        return None
    last = [f for f in story if f.data["event"] == "not-effective"]
    return unseen(
        f"{claim.params['fault']} was never seen to act; last: {last[-1].data['detail'] if last else 'nothing'}"
    )
