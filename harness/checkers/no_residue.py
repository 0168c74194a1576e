"""Nothing is left behind: the snapshots before and after differ in nothing but what the scenario has stored itself, as
it was stored last, and what is allowed.

params: scene (which snapshots), allowed (patterns of names).
"""

from __future__ import annotations

from harness.facts.history import History
from harness.judging.claims import Claim, Finding, missed, reached, unseen
from harness.judging.residue import differences, with_stored


def check(claim: Claim, facts: History, closed: bool) -> Finding | None:
    if not closed:
        return None
    taken = {f.data["when"]: f for f in facts.of("snapshot", claim.params["scene"])}
    if "before" not in taken or "after" not in taken:
        return unseen("a snapshot is missing: what was left cannot be told")
    expected = with_stored(taken["before"].data["content"], facts, claim.since)
    left = differences(expected, taken["after"].data["content"], claim.params["allowed"])
    if left:
        return missed("left behind: " + ", ".join(left[:20]))
    return reached(claim, taken["after"].at, f"{len(taken['after'].data['content'])} things are as they should be")
