"""A fault stayed for as long as it was meant to, and hit nothing else.

params: fault. An assumption: its control was accepted at every look while it was there, and nobody healed it early.
What is made of the fault proxy's rules is gone when the proxy starts again, for it keeps them in memory: once the proxy
was out of sight nobody can say that they were still there.
"""

from __future__ import annotations

from harness.facts.history import History
from harness.judging.claims import Claim, Finding, reached, unseen
from harness.judging.sight import Gap, gaps


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
    away = _away(claim, facts)
    if away:
        return unseen(
            f"the fault proxy was out of sight from {away[0].begun - claim.since:+.1f} s: "
            f"{claim.params['fault']} may have ended with it"
        )
    if not looks:
        return unseen("its control was never looked at")
    return reached(claim, looks[-1].at, f"{len(looks)} looks at its control, all well")


def _away(claim: Claim, facts: History) -> list[Gap]:
    """When the proxy was out of sight between the fault's effect and its end, of a fault whose rules were seen to act:
    a rule's owner is the fault's name and a number."""
    fault = claim.params["fault"]
    owners = {f.data.get("owner", "") for f in facts.of("hit", since=claim.since)}
    if fault not in {owner.rpartition("-")[0] for owner in owners}:
        return []
    story = list(facts.of("fault", fault, since=claim.since))
    effective = next((f.at for f in story if f.data["event"] == "effective"), claim.since)
    healed = next((f.at for f in reversed(story) if f.data["event"] == "healed"), facts[-1].seen)
    return [gap for gap in gaps(facts, "fault-proxy", effective) if gap.begun < healed]
