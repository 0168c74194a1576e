"""A sampled figure is within its tolerance, within the limit, and at the end of the wait still is.

params: sample (name), at_least or at_most. A label set is one series; all of them count. What was sampled last does not
count while its source is lost.
"""

from __future__ import annotations

from harness.facts.history import Fact, History
from harness.judging.claims import Claim, Finding, missed, reached, unseen
from harness.judging.sight import lost, unless_out_of_sight


def check(claim: Claim, facts: History, closed: bool) -> Finding | None:
    name = claim.params["sample"]
    last = facts.last("sample", name)
    if last is None:
        return unseen(f"{name} was never sampled") if closed else None
    said = f"{name} {_text(last)}"
    if lost(facts, last.source):
        return unseen(f"{last.source} is lost; {said} before") if closed else None
    if last.data["value"] is not None and _accepts(claim, float(last.data["value"])):
        found = reached(claim, max(last.at, claim.since), said)
        return unless_out_of_sight(found, facts, last.source, claim.since)
    if not closed:
        return None
    if last.data["value"] is None:
        return unseen(f"{name} has no value: no build ended in its window")
    return missed(f"{said}, not {_tolerance(claim)}")


def _accepts(claim: Claim, value: float) -> bool:
    at_least, at_most = claim.params.get("at_least"), claim.params.get("at_most")
    return (at_least is None or value >= at_least) and (at_most is None or value <= at_most)


def _tolerance(claim: Claim) -> str:
    if claim.params.get("at_least") is not None:
        return f"at least {claim.params['at_least']:g}"
    return f"at most {claim.params['at_most']:g}"


def _text(sample: Fact) -> str:
    value = sample.data["value"]
    return "without a value" if value is None else f"{value:g}"
