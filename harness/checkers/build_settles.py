"""A build is settled as claimed: its outcome, the category of its failure, and how many attempts it took.

params: correlation_id, outcome, category ("" for any), attempts (None for any).
"""

from __future__ import annotations

from harness.facts.history import History
from harness.judging.claims import Claim, Finding, missed, reached, unseen
from harness.judging.sight import unless_out_of_sight

_SOURCE = "kubernetes"


def check(claim: Claim, facts: History, closed: bool) -> Finding | None:
    correlation = claim.params["correlation_id"]
    settled = list(facts.of("build", correlation))
    if len(settled) > 1:
        return missed(
            f"build {correlation} was settled {len(settled)} times, by {', '.join(f.data['job'] for f in settled)}"
        )
    if settled:
        data = settled[0].data
        said = f"{data['outcome']} after {data['attempts']} attempts, category {data['category'] or 'none'}"
        wrong = [key for key in ("outcome", "category", "attempts") if claim.params[key] not in ("", None, data[key])]
        if wrong:
            return missed(f"{said}: wrong {' and '.join(wrong)}")
        return unless_out_of_sight(reached(claim, settled[0].at, said), facts, _SOURCE, claim.since)
    if not closed:
        return None
    last = facts.last("job", correlation)
    if last is None:
        return unseen(f"nothing was seen of build {correlation}")
    found = missed(f"build {correlation} is not settled; last seen {last.data['event']}")
    return unless_out_of_sight(found, facts, _SOURCE, claim.since)
