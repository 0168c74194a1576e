"""Every probe of the steady state was accepted by its tolerance in this gate.

params: gate (its id), probes (all their names). As an assumption it is the gate: a pipeline that is not well is not
broken any further, the scenario is ABORTED. As a claim it says that the pipeline has recovered.
"""

from __future__ import annotations

from harness.facts.history import History
from harness.judging.claims import Claim, Finding, reached, unseen
from harness.judging.verdict import Verdict


def check(claim: Claim, facts: History, closed: bool) -> Finding | None:
    wanted: list[str] = claim.params["probes"]
    looks = (f for name in wanted for f in facts.of("observation", name, since=claim.since))
    answers = {f.subject: f for f in looks if f.data["gate"] == claim.params["gate"]}
    refused = [f for f in answers.values() if not f.data["accepted"]]
    if not closed:
        return None
    if refused:
        return Finding(
            verdict=Verdict.ABORTED if claim.role == "assumption" else Verdict.FAIL,
            reason="not in steady state: " + "; ".join(f"{f.subject}: {f.data['detail']}" for f in refused),
        )
    missing = [name for name in wanted if name not in answers]
    if missing:
        return unseen(f"not observed: {', '.join(missing)}")
    last = max(answers.values(), key=lambda f: f.at)
    return reached(claim, last.at, f"{len(answers)} probes accepted")
