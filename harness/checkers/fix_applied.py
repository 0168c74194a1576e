"""The responder's fix is in effect: the access that was refused is granted again, within the limit.

params: remedy. Measured from the act (a commit, a policy put, an object restored) to the probe that works again.
"""

from __future__ import annotations

from harness.facts.history import History
from harness.judging.claims import Claim, Finding, missed, reached, unseen


def check(claim: Claim, facts: History, closed: bool) -> Finding | None:
    acts = list(facts.of("act", claim.params["remedy"], since=claim.since))
    begun = next((f for f in acts if f.data["event"] == "done"), None)
    effect = next((f for f in acts if f.data["event"] == "in-effect"), None)
    if begun is not None and effect is not None:
        return reached(
            claim, effect.at, f"{begun.data.get('detail', '')}; {effect.data.get('detail', '')}", since=begun.at
        )
    if not closed:
        return None
    if begun is None:
        return unseen(f"nobody applied {claim.params['remedy']}")
    last = [f for f in acts if f.data["event"] == "not-yet"]
    return missed(f"{begun.data.get('detail', '')}; not in effect: {last[-1].data['detail'] if last else 'no answer'}")
