"""The diagnosis of a build names the cause claimed, within the limit.

params: correlation_id, cause.
"""

from __future__ import annotations

from collections.abc import Sequence

from harness.claims import Claim, Finding, missed, reached, unseen
from harness.timeline import Fact


def check(claim: Claim, facts: Sequence[Fact], closed: bool) -> Finding | None:
    answers = [f for f in facts if f.kind == "diagnosis" and f.subject == claim.params["correlation_id"]]
    if answers:
        answer = answers[-1]
        because = "; ".join(answer.data["evidence"])[:400]
        if answer.data["cause"] == claim.params["cause"]:
            return reached(claim, answer.at, f"{answer.data['cause']}: {because}")
        return missed(f"diagnosed as {answer.data['cause']}: {because}")
    return unseen("no diagnosis was made") if closed else None
