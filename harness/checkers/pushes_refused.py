"""Pushes were refused with the status claimed. An assumption: a limit that nobody met shows nothing.

params: status.
"""

from __future__ import annotations

from harness.facts.history import History
from harness.judging.claims import Claim, Finding, reached, unseen


def check(claim: Claim, facts: History, closed: bool) -> Finding | None:
    hits = [f for f in facts.of("hit", since=claim.since) if f.data["operation"] == "PutManifest"]
    refused = [f for f in hits if f.data["outcome"] == "error" and f.data["status"] == claim.params["status"]]
    if refused:
        pushes = {f.data["reference"] for f in hits}
        met = {f.data["reference"] for f in refused}
        said = f"{len(met)} of {len(pushes)} pushes were refused, {len(refused)} times in all"
        return reached(claim, refused[0].at, said, clock=refused[0].source)
    return unseen(f"no push was refused with {claim.params['status']}; {len(hits)} were seen") if closed else None
