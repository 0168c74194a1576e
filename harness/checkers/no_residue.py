"""Nothing is left behind: the snapshots before and after differ in nothing but what is allowed.

params: scene (which snapshots), allowed (patterns of names).
"""

from __future__ import annotations

from harness.facts.history import History
from harness.judging.claims import Claim, Finding, missed, reached, unseen
from harness.judging.residue import differences


def check(claim: Claim, facts: History, closed: bool) -> Finding | None:
    if not closed:
        return None
    taken = {f.data["when"]: f for f in facts.of("snapshot", claim.params["scene"])}
    if "before" not in taken or "after" not in taken:
        return unseen("a snapshot is missing: what was left cannot be told")
    left = differences(taken["before"].data["content"], taken["after"].data["content"], claim.params["allowed"])
    if left:
        return missed("left behind: " + ", ".join(left[:20]))
    return reached(claim, taken["after"].at, f"{len(taken['after'].data['content'])} things are as they were")
