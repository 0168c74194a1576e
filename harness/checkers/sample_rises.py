"""A sampled figure is higher than it was at the claim's zero, within the limit.

params: sample (name). A counter whose label set is not there has no value: that is not zero, it is not counted.
"""

from __future__ import annotations

from harness.facts.history import History
from harness.judging.claims import Claim, Finding, missed, reached, unseen
from harness.judging.sight import lost


def check(claim: Claim, facts: History, closed: bool) -> Finding | None:
    name = claim.params["sample"]
    samples = [f for f in facts.of("sample", name) if f.data["value"] is not None]
    before = [f for f in samples if f.at <= claim.since]
    base = float(before[-1].data["value"]) if before else None
    risen = next((f for f in samples if f.at > claim.since and base is not None and f.data["value"] > base), None)
    if risen is not None:
        return reached(claim, risen.at, f"{name}: {base:g} before, then {risen.data['value']:g}")
    if not closed:
        return None
    last = facts.last("sample", name)
    if last is None:
        return unseen(f"{name} was never sampled")
    if lost(facts, last.source):
        return unseen(f"{last.source} is lost")
    if base is None:
        return missed(f"{name}: nothing is counted under this name")
    return missed(f"{name}: still {base:g}")
