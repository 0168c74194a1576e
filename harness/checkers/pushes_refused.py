"""Pushes were refused with the status claimed. An assumption: a limit that nobody met shows nothing.

params: status.
"""

from __future__ import annotations

from collections.abc import Sequence

from harness.claims import Claim, Finding, reached, unseen
from harness.timeline import Fact


def check(claim: Claim, facts: Sequence[Fact], closed: bool) -> Finding | None:
    hits = [f for f in facts if f.kind == "hit" and f.at >= claim.since and f.data["operation"] == "PutManifest"]
    refused = [f for f in hits if f.data["outcome"] == "error" and f.data["status"] == claim.params["status"]]
    if refused:
        pushes = {f.data["reference"] for f in hits}
        met = {f.data["reference"] for f in refused}
        return reached(
            claim, refused[0].at, f"{len(met)} of {len(pushes)} pushes were refused, {len(refused)} times in all"
        )
    return unseen(f"no push was refused with {claim.params['status']}; {len(hits)} were seen") if closed else None
