"""From a timeline to a report, without a cluster: every claim decided again from the facts alone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from harness.checkers import decide
from harness.claims import Claim, Finding
from harness.report.model import AlertLine, ClaimReport, FaultReport, RunReport, ScenarioReport
from harness.timeline import Fact
from harness.verdict import Verdict, combine

_OUTCOMES = {"stuck": Verdict.INCONCLUSIVE, "stopped": Verdict.ABORTED, "error": Verdict.HARNESS_ERROR}
"""How steps that did not complete count: as one more claim of the scenario."""


def judge(facts: Sequence[Fact], run: str) -> RunReport:
    """The report on `facts`. A timeline that was cut short, or has no scenario, is never PASS."""
    scenarios = [_scenario(name, facts) for name in _names(facts)]
    errors = [f.data["what"] for f in facts if f.kind == "run-error"]
    verdicts = [scenario.verdict for scenario in scenarios]
    if errors:
        verdicts.append(Verdict.HARNESS_ERROR)
    reasons = list(errors)
    if not facts or facts[-1].kind != "timeline" or facts[-1].subject != "closed":
        verdicts.append(Verdict.INCONCLUSIVE)
        reasons.append("the timeline was cut short")
    if not scenarios:
        reasons.append("no scenario ran")
    return RunReport(
        run=run,
        verdict=combine(verdicts),
        reason="; ".join(reasons),
        started_at=facts[0].seen if facts else 0.0,
        ended_at=facts[-1].seen if facts else 0.0,
        scenarios=scenarios,
        leftovers_healed=[f.subject for f in facts if f.kind == "leftover"],
    )


def _names(facts: Iterable[Fact]) -> list[str]:
    return list(dict.fromkeys(f.subject for f in facts if f.kind == "scenario"))


def _scenario(name: str, facts: Sequence[Fact]) -> ScenarioReport:
    marks = [f for f in facts if f.kind == "scenario" and f.subject == name]
    started = marks[0]
    ended = next((f for f in marks if f.data["event"] == "ended"), None)
    own = facts[started.seq : ended.seq if ended else None]
    faults = _faults(own)
    effective_at = next((fault.effective_at for fault in faults if fault.effective_at is not None), None)
    claims = [_claim_report(claim, finding, effective_at) for claim, finding in _findings(name, facts)]
    verdict = combine(
        [c.verdict for c in claims if c.role == "claim"], [c.verdict for c in claims if c.role == "assumption"]
    )
    reason = ""
    if ended is None:
        verdict, reason = combine([Verdict.INCONCLUSIVE, verdict]), "the scenario did not end"
    elif ended.data["outcome"] != "completed":
        verdict = combine([verdict, _OUTCOMES[ended.data["outcome"]]])
        reason = ended.data["reason"]
    return ScenarioReport(
        name=name,
        feature=started.data["feature"],
        verdict=verdict,
        reason=reason or next((c.reason for c in claims if c.verdict is not Verdict.PASS), ""),
        claims=claims,
        faults=faults,
        alerts=[
            AlertLine(
                name=f.subject, state=f.data["state"], at=f.at, seen_after_s=f.seen - f.at, labels=f.data["labels"]
            )
            for f in own
            if f.kind == "alert"
        ],
        acts=[f"{f.data['event']}: {f.subject}" for f in own if f.kind == "act"],
    )


def _findings(scenario: str, facts: Sequence[Fact]) -> list[tuple[Claim, Finding]]:
    found = []
    closings = {f.subject: f.seq for f in facts if f.kind == "claim-closed"}
    for fact in facts:
        if fact.kind != "claim" or fact.data["scenario"] != scenario:
            continue
        claim = msgspec.convert(fact.data, Claim)
        if claim.id not in closings:
            finding = Finding(verdict=Verdict.INCONCLUSIVE, reason="the run ended while this was waited for")
        else:
            finding = decide(claim, facts[: closings[claim.id]], closed=True) or Finding(
                verdict=Verdict.HARNESS_ERROR, reason="undecided"
            )
        found.append((claim, finding))
    return found


def _claim_report(claim: Claim, finding: Finding, effective_at: float | None) -> ClaimReport:
    after = finding.at - effective_at if finding.at is not None and effective_at is not None else None
    return ClaimReport(
        text=claim.text,
        role=claim.role,
        limit_s=claim.limit_s,
        measured_s=finding.measured_s,
        after_fault_s=after if after is None or after >= 0 else None,
        allowance=claim.allowance,
        verdict=finding.verdict,
        reason=finding.reason,
    )


def _faults(facts: Sequence[Fact]) -> list[FaultReport]:
    reports: list[FaultReport] = []
    for fact in facts:
        if fact.kind != "fault":
            continue
        event = fact.data["event"]
        if event == "injecting":
            reports.append(FaultReport(name=fact.subject))
        elif reports and event in ("injected", "effective", "healed"):
            latest = next(i for i in range(len(reports) - 1, -1, -1) if reports[i].name == fact.subject)
            reports[latest] = msgspec.structs.replace(reports[latest], **{f"{event}_at": fact.at})
    return reports
