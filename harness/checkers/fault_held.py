"""A fault stayed for as long as it was meant to, and hit nothing else.

params: fault. An assumption: its control was accepted at every look while it was there, and nobody healed it early.
"""

from __future__ import annotations

from harness.facts.history import History
from harness.judging.claims import Claim, Finding, reached, unseen


def check(claim: Claim, facts: History, closed: bool) -> Finding | None:
    looks = list(facts.of("control", claim.params["fault"], since=claim.since))
    refused = [f for f in looks if not f.data["accepted"]]
    if refused:
        return unseen(f"{claim.params['fault']} hit more than it was meant to: {refused[0].data['detail']}")
    story = facts.of("fault", claim.params["fault"], since=claim.since)
    if any(f.data["event"] == "expired" for f in story):
        return unseen(f"{claim.params['fault']} was healed by the watchdog while the scenario went on")
    if not closed:
        return None
    if not looks:
        return unseen("its control was never looked at")
    return reached(claim, looks[-1].at, f"{len(looks)} looks at its control, all well")
