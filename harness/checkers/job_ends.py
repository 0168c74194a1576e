"""The job of a build ends as claimed ("failed" or "succeeded"), within the limit counted from its `since_event`.

params: correlation_id, outcome, since_event ("requested" or "started").
"""

from __future__ import annotations

from harness.facts.history import History
from harness.judging.claims import Claim, Finding, missed, reached, unseen

_ENDS = {"failed", "succeeded"}


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
        return reached(claim, end.at, said, since=zero.at)
    if not closed:
        return None
    if not story:
        return unseen(f"nothing was seen of build {claim.params['correlation_id']}")
    last = story[-1]
    return missed(
        f"build {claim.params['correlation_id']} last seen {last.data['event']} "
        f"(job {last.data.get('job', 'not created')}) at +{last.at - claim.since:.1f} s, not {wanted}"
    )
