"""A sampled figure is within its tolerance, within the limit, and at the end of the wait still is.

params: sample (name), at_least or at_most. A label set is one series; all of them count.
"""

from __future__ import annotations

from collections.abc import Sequence

from harness.claims import Claim, Finding, missed, reached, unseen
from harness.timeline import Fact


def check(claim: Claim, facts: Sequence[Fact], closed: bool) -> Finding | None:
    name = claim.params["sample"]
    samples = [f for f in facts if f.kind == "sample" and f.subject == name]
    if not samples:
        return unseen(f"{name} was never sampled") if closed else None
    last = samples[-1]
    said = f"{name} {_text(last)}"
    if last.data["value"] is not None and _accepts(claim, float(last.data["value"])):
        return reached(claim, max(last.at, claim.since), said)
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
