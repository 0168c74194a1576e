"""The diagnosis of a build names the cause claimed, within the limit.

params: correlation_id, cause.
"""

from __future__ import annotations

from harness.facts.history import History
from harness.judging.claims import Claim, Finding, missed, reached, unseen


def check(claim: Claim, facts: History, closed: bool) -> Finding | None:
    answer = facts.last("diagnosis", claim.params["correlation_id"])
    if answer is not None:
        because = "; ".join(answer.data["evidence"])[:400]
        if answer.data["cause"] == claim.params["cause"]:
            return reached(claim, answer.at, f"{answer.data['cause']}: {because}")
        return missed(f"diagnosed as {answer.data['cause']}: {because}")
    return unseen("no diagnosis was made") if closed else None
