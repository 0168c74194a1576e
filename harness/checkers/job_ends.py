"""The job of a build ends as claimed ("failed" or "succeeded"), within the limit counted from its `since_event`.

params: correlation_id, outcome, since_event ("requested" or "started"). How long the job took is bounded by the API
server's stamps of both, where there are any: whole seconds by one clock, however late the watch saw them. It passes
when the longest time that they leave room for is within the limit, fails when the shortest is beyond, and between the
two nothing is known. The time told is the one from sight to sight, as far as it lies within these bounds.
"""

from __future__ import annotations

import msgspec

from harness.facts.history import Fact, History
from harness.judging.claims import Claim, Finding, missed, reached, unseen
from harness.judging.sight import unless_out_of_sight

_ENDS = {"failed", "succeeded"}
_SOURCE = "kubernetes"
_STAMP_S = 1.0


def check(claim: Claim, facts: History, closed: bool) -> Finding | None:
    wanted = claim.params["outcome"]
    story = list(facts.of("job", claim.params["correlation_id"]))
    ends = [f for f in story if f.data["event"] in _ENDS]
    if ends:
        end = ends[-1]
        zero = next((f for f in story if f.data["event"] == claim.params["since_event"]), story[0])
        said = f"job {end.data.get('job', '?')} {end.data['event']}"
        if end.data["event"] != wanted:
            detail = end.data.get("reason") or "no reason given"
            return missed(f"{said} where it should have {wanted}: {detail}")
        return _timed(claim, facts, zero, end, said)
    if not closed:
        return None
    if not story:
        return unseen(f"nothing was seen of build {claim.params['correlation_id']}")
    last = story[-1]
    found = missed(
        f"build {claim.params['correlation_id']} last seen {last.data['event']} "
        f"(job {last.data.get('job', 'not created')}) at +{last.at - claim.since:.1f} s, not {wanted}"
    )
    return unless_out_of_sight(found, facts, _SOURCE, claim.since)


def _timed(claim: Claim, facts: History, start: Fact, end: Fact, said: str) -> Finding:
    begun, ended = start.data.get("stamped_at"), end.data.get("stamped_at")
    if begun is None or ended is None:
        return unless_out_of_sight(reached(claim, end.at, said, since=start.at), facts, _SOURCE, claim.since)
    shortest, longest = ended - begun - _STAMP_S, ended - begun + _STAMP_S
    took = min(max(end.at - start.at, shortest, 0.0), longest)
    if claim.limit_s is not None and longest > claim.limit_s:
        if shortest < claim.limit_s:
            return unseen(
                f"{said} after {shortest:g} to {longest:g} s of {claim.limit_s:g} s: stamps are whole seconds"
            )
        took = longest
    return msgspec.structs.replace(reached(claim, took, said, since=0.0), at=end.at)
