"""The job of a build ends as claimed ("failed" or "succeeded"), within the limit counted from its `since_event`.

params: correlation_id, outcome, since_event ("requested" or "started"). Where both are stamped by the API server, the
stamps are what is measured, by one clock and however late the watch saw them. Each is a whole second: the job took less
than a second more than lies between them, which is what it is said to take, so that no PASS is too kind; and more than
a second less, so that a FAIL is beyond the limit for sure. Between the two nothing is known.
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
    if claim.limit_s is not None and shortest < claim.limit_s < longest:
        return unseen(f"{said} after {shortest:g} to {longest:g} s of {claim.limit_s:g} s: stamps are whole seconds")
    return msgspec.structs.replace(reached(claim, longest, said, since=0.0), at=end.at)
