"""An alert that fired since the claim's zero is inactive again, within the limit.

params: alert. Every label set of it counts, and the last of them decides the time.
"""

from __future__ import annotations

from harness.facts.history import Fact, History
from harness.judging.claims import Claim, Finding, missed, reached, unseen
from harness.judging.sight import unless_out_of_sight


def check(claim: Claim, facts: History, closed: bool) -> Finding | None:
    name = claim.params["alert"]
    story = list(facts.of("alert", name, since=claim.since))
    fired = any(f.data["state"] == "firing" for f in story)
    last: dict[tuple[tuple[str, str], ...], Fact] = {tuple(sorted(f.data["labels"].items())): f for f in story}
    left = [f for f in last.values() if f.data["state"] != "inactive"]
    if fired and not left:
        end = max(last.values(), key=lambda f: f.at)
        found = reached(claim, end.at, f"{name} inactive again", clock="prometheus")
        return unless_out_of_sight(found, facts, "prometheus", claim.since)
    if not closed:
        return None
    if not fired:
        return unseen(f"{name} never fired, so it could not resolve")
    found = missed(f"{name} still {left[-1].data['state']}, value {left[-1].data.get('value', '?')}")
    return unless_out_of_sight(found, facts, "prometheus", claim.since)
