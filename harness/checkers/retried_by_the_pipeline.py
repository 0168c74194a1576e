"""Every push that was refused was tried again and taken: by the build itself, or by the builder in another attempt.

params: builds (correlation id by parser). A pushed tag begins with its parser's id. While the fault proxy's hits were
not seen a push may have been taken unseen.
"""

from __future__ import annotations

from harness.facts.history import History
from harness.judging.claims import Claim, Finding, missed, reached, unseen
from harness.judging.sight import unless_out_of_sight

_REFUSED = 429


def check(claim: Claim, facts: History, closed: bool) -> Finding | None:
    if not closed:
        return None
    builds: dict[str, str] = claim.params["builds"]
    hits = [f for f in facts.of("hit", since=claim.since) if f.data["operation"] == "PutManifest"]
    refused = {f.data["reference"] for f in hits if f.data["status"] == _REFUSED}
    if not refused:
        return unseen("no push was refused, so none could be tried again")
    taken = {f.data["reference"]: f for f in hits if f.data["status"] is not None and f.data["status"] < 300}
    given_up = sorted(refused - taken.keys())
    if given_up:
        found = missed(f"refused and never taken: {', '.join(given_up)}")
        return unless_out_of_sight(found, facts, "fault-proxy", claim.since)
    attempts = {f.subject: f.data["attempts"] for build in builds.values() for f in facts.of("build", build)}
    by_builder = [r for r in refused if attempts.get(builds.get(r.rsplit("-", 1)[0], ""), 1) > 1]
    last = max(taken[reference].at for reference in refused)
    others = len(refused) - len(by_builder)
    said = f"{len(by_builder)} by the builder in another attempt, {others} by kaniko in the same job"
    return reached(claim, last, said)
