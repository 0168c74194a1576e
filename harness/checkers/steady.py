"""Every probe of the steady state was accepted by its tolerance in this gate.

params: gate (its id), probes (all their names). An assumption: the pipeline must be well before it is broken.
"""

from __future__ import annotations

from collections.abc import Sequence

from harness.claims import Claim, Finding, reached, unseen
from harness.timeline import Fact
from harness.verdict import Verdict


def check(claim: Claim, facts: Sequence[Fact], closed: bool) -> Finding | None:
    wanted: list[str] = claim.params["probes"]
    answers = {f.subject: f for f in facts if f.kind == "observation" and f.data.get("gate") == claim.params["gate"]}
    refused = [f for f in answers.values() if not f.data["accepted"]]
    if not closed:
        return None
    if refused:
        return Finding(
            verdict=Verdict.ABORTED,
            reason="not in steady state: " + "; ".join(f"{f.subject}: {f.data['detail']}" for f in refused),
        )
    missing = [name for name in wanted if name not in answers]
    if missing:
        return unseen(f"not observed: {', '.join(missing)}")
    last = max(answers.values(), key=lambda f: f.at)
    return reached(claim, last.at, f"{len(answers)} probes accepted")
