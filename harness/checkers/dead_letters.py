"""As many messages were dead-lettered since the claim's zero as expected.

params: expected. Counted by the broker, as sampled; where its figures are away nobody can say. A broker that comes back
counts too few until all its queues are there, and too many while its old figures linger: another number than expected
is waited out.
"""

from __future__ import annotations

from harness.facts.history import History
from harness.judging.claims import Claim, Finding, missed, reached, unseen
from harness.judging.sight import lost

DEAD_LETTERS = "dead letters"
"""The sample that counts the messages in all dead letter queues."""


def check(claim: Claim, facts: History, closed: bool) -> Finding | None:
    counts = list(facts.of("sample", DEAD_LETTERS))
    before = [f for f in counts if f.at < claim.since and f.data["value"] is not None]
    if not before or counts[-1].data["value"] is None or lost(facts, counts[-1].source):
        return unseen("the broker's dead letters are not counted") if closed else None
    last = counts[-1]
    grown = last.data["value"] - before[-1].data["value"]
    said = f"{grown:+g} dead letters"
    if grown != claim.params["expected"]:
        return missed(f"{said} where {claim.params['expected']:g} are expected") if closed else None
    return reached(claim, max(last.at, claim.since), said)
