"""Nobody but the allowed identities changed the cluster since the claim's zero, and the responder did nothing.

params: allowed (patterns of identities).
"""

from __future__ import annotations

import re

from harness.facts.history import History
from harness.judging.claims import Claim, Finding, missed, reached, unseen


def check(claim: Claim, facts: History, closed: bool) -> Finding | None:
    if not closed:
        return None
    audit = facts.last("audit")
    if audit is None or audit.at < claim.since:
        return unseen("the audit log was not read")
    acts = [f"the responder: {f.subject}" for f in facts.of("act", since=claim.since)]
    allowed = [re.compile(pattern) for pattern in claim.params["allowed"]]
    writes = [w for w in audit.data["writes"] if w["at"] >= claim.since]
    foreign = [w for w in writes if not any(pattern.fullmatch(w["who"]) for pattern in allowed)]
    acts += [f"{w['who']} ({w['agent'].split('/')[0]}): {w['verb']} {w['what']}" for w in foreign]
    if acts:
        return missed("; ".join(acts[:10]))
    if not writes:
        return unseen("the audit log tells of no write at all, not even the builder's")
    return reached(claim, audit.at, f"{len(writes)} writes, all by {', '.join(sorted({w['who'] for w in writes}))}")
