"""A sampled figure is higher than it was before the claim's zero, within the limit.

params: sample (name). A counter whose label set is not there has no value: that is not zero, it is not counted. What
counts is the highest value since the scenario began: a sum over pods is lower while one of them is not scraped, and its
return is no rise. Where the figure had fallen before the zero, a rise to less than that says nothing: a counter may
also have begun anew.
"""

from __future__ import annotations

from harness.facts.history import Fact, History
from harness.judging.claims import Claim, Finding, missed, reached, unseen
from harness.judging.sight import lost
from harness.judging.span import began


def check(claim: Claim, facts: History, closed: bool) -> Finding | None:
    name = claim.params["sample"]
    samples = [f for f in facts.of("sample", name) if f.data["value"] is not None]
    before = _before(claim, facts, samples)
    after = [f for f in samples if f.at > claim.since]
    base = max(before, default=None)
    risen = next((f for f in after if base is not None and f.data["value"] > base), None)
    if risen is not None:
        return reached(claim, risen.at, f"{name}: {base:g} before, then {risen.data['value']:g}")
    return _not_risen(name, facts, before, after) if closed else None


def _not_risen(name: str, facts: History, before: list[float], after: list[Fact]) -> Finding:
    last = facts.last("sample", name)
    if last is None:
        return unseen(f"{name} was never sampled")
    if lost(facts, last.source):
        return unseen(f"{last.source} is lost")
    if not before:
        return missed(f"{name}: nothing is counted under this name")
    if any(f.data["value"] > before[-1] for f in after):
        return unseen(f"{name}: {before[-1]:g} before, no more than {max(before):g} since, which it had been once")
    return missed(f"{name}: still {before[-1]:g}")


def _before(claim: Claim, facts: History, samples: list[Fact]) -> list[float]:
    """The values from the scenario's start, with the one that held then, to the claim's zero."""
    begun = began(claim, facts)
    early = [f for f in samples if f.at <= claim.since]
    first = 0 if begun is None else max((n for n, f in enumerate(early) if f.at <= begun), default=0)
    return [float(f.data["value"]) for f in early[first:]]
