"""Nobody but the allowed identities changed the cluster since the claim's zero, and the responder did nothing.

params: allowed (patterns of identities).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from harness.claims import Claim, Finding, missed, reached, unseen
from harness.timeline import Fact


def check(claim: Claim, facts: Sequence[Fact], closed: bool) -> Finding | None:
    if not closed:
        return None
    audits = [f for f in facts if f.kind == "audit" and f.at >= claim.since]
    if not audits:
        return unseen("the audit log was not read")
    acts = [f"the responder: {f.subject}" for f in facts if f.kind == "act" and f.at >= claim.since]
    allowed = [re.compile(pattern) for pattern in claim.params["allowed"]]
    writes = [w for w in audits[-1].data["writes"] if w["at"] >= claim.since]
    foreign = [w for w in writes if not any(pattern.fullmatch(w["who"]) for pattern in allowed)]
    acts += [f"{w['who']} ({w['agent'].split('/')[0]}): {w['verb']} {w['what']}" for w in foreign]
    if acts:
        return missed("; ".join(acts[:10]))
    if not writes:
        return unseen("the audit log tells of no write at all, not even the builder's")
    return reached(
        claim, audits[-1].at, f"{len(writes)} writes, all by {', '.join(sorted({w['who'] for w in writes}))}"
    )
