"""From a timeline to a report, without a cluster: every claim decided again from the facts alone."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import msgspec

from harness.checkers import decide
from harness.facts.history import Fact, History
from harness.judging.claims import Claim, Finding
from harness.judging.judged import AlertLine, ClaimReport, FaultReport, RunReport, ScenarioReport
from harness.judging.verdict import Verdict, combine

_OUTCOMES = {"stuck": Verdict.INCONCLUSIVE, "stopped": Verdict.ABORTED, "error": Verdict.HARNESS_ERROR}
"""How steps that did not complete count: as one more claim of the scenario."""


def judge(facts: Sequence[Fact], run: str, doubt: str = "") -> RunReport:
    """The report on `facts`. A timeline that was cut short, or has no scenario, is never PASS; nor is one of which
    there is a `doubt`, which is the reason then."""
    history = History.over(facts)
    scenarios = [_scenario(part, history) for part in _parts(history)]
    verdicts = [scenario.verdict for scenario in scenarios if scenario.verdict is not None]
    errors = [f.data["what"] for f in history.of("run-error")]
    if errors:
        verdicts.append(Verdict.HARNESS_ERROR)
    stops = [f.data["what"] for f in history.of("run-stopped")]
    if stops:
        verdicts.append(Verdict.ABORTED)
    reasons = [*errors, *stops]
    if not history or (history[-1].kind, history[-1].subject) != ("timeline", "closed"):
        doubt = doubt or "the timeline was cut short"
    if doubt:
        verdicts.append(Verdict.INCONCLUSIVE)
        reasons.append(doubt)
    if not verdicts:
        reasons.append("no scenario ran" if not scenarios else "every scenario was skipped")
    return RunReport(
        run=run,
        verdict=combine(verdicts),
        reason="; ".join(reasons),
        started_at=history[0].seen if history else 0.0,
        ended_at=history[-1].seen if history else 0.0,
        scenarios=scenarios,
        leftovers_healed=[f.subject for f in history.of("leftover")],
    )


def _parts(history: History) -> list[History]:
    """The history from the start of each scenario to that of the next one."""
    starts = [f.seq for f in history.of("scenario") if f.data["event"] == "started"]
    return [history[start:stop] for start, stop in pairwise([*starts, len(history)])]


def _scenario(part: History, history: History) -> ScenarioReport:
    started = part[0]
    name = started.subject
    ended = next((f for f in part.of("scenario", name) if f.data["event"] == "ended"), None)
    own = part[: ended.seq - started.seq if ended else None]
    faults = _faults(own)
    effective_at = next((fault.effective_at for fault in faults if fault.effective_at is not None), None)
    claims = [
        _claim_report(claim, finding, effective_at, _clock_error_s(finding.clock, history))
        for claim, finding in _findings(part, history)
    ]
    judged = combine(
        [c.verdict for c in claims if c.role == "claim"], [c.verdict for c in claims if c.role == "assumption"]
    )
    verdict: Verdict | None = judged
    reason = ended.data["reason"] if ended is not None else "the scenario did not end"
    if ended is None:
        verdict = combine([Verdict.INCONCLUSIVE, judged])
    elif ended.data["outcome"] == "skipped":
        # What did not hold before it was skipped still counts.
        verdict = None if judged in (Verdict.PASS, Verdict.INCONCLUSIVE) else judged
    elif ended.data["outcome"] != "completed":
        verdict = combine([judged, _OUTCOMES[ended.data["outcome"]]])
    return ScenarioReport(
        name=name,
        feature=started.data["feature"],
        started_at=started.at,
        ended_at=(ended or history[-1]).at,
        verdict=verdict,
        reason=reason or next((c.reason for c in claims if c.verdict is not Verdict.PASS), ""),
        claims=claims,
        faults=faults,
        alerts=[
            AlertLine(
                name=f.subject, state=f.data["state"], at=f.at, seen_after_s=f.seen - f.at, labels=f.data["labels"]
            )
            for f in own.of("alert")
        ],
        acts=[f"{f.data['event']}: {f.subject}" for f in own.of("act")],
    )


def _findings(part: History, history: History) -> list[tuple[Claim, Finding]]:
    """The claims of a scenario in their order, each decided on what was known when its wait was over."""
    found = []
    closings = {f.subject: f.seq for f in part.of("claim-closed")}
    for fact in part.of("claim"):
        claim = msgspec.convert(fact.data, Claim)
        if claim.id not in closings:
            finding = Finding(verdict=Verdict.INCONCLUSIVE, reason="the run ended while this was waited for")
        else:
            finding = decide(claim, history[: closings[claim.id]], closed=True) or Finding(
                verdict=Verdict.HARNESS_ERROR, reason="undecided"
            )
        found.append((claim, finding))
    return found


def _clock_error_s(clock: str, history: History) -> float | None:
    """How far off the run's clock that source's may have been, at most; None where it was not compared."""
    if clock == "harness":
        return 0.0
    compared = history.last("source-clock", clock)
    return None if compared is None else abs(compared.data["offset_s"]) + compared.data["error_s"]


def _claim_report(
    claim: Claim, finding: Finding, effective_at: float | None, clock_error_s: float | None
) -> ClaimReport:
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
        clock_error_s=clock_error_s if finding.at is not None else None,
    )


def _faults(own: History) -> list[FaultReport]:
    """One for each injection: of several of one fault the last is healed first."""
    reports: list[FaultReport] = []
    for fact in own.of("fault"):
        event = fact.data["event"]
        if event == "injecting":
            reports.append(FaultReport(name=fact.subject))
        elif reports and event in ("injected", "effective", "healed"):
            field = f"{event}_at"
            still = [i for i, r in enumerate(reports) if r.name == fact.subject and getattr(r, field) is None]
            if still:
                reports[still[-1]] = msgspec.structs.replace(reports[still[-1]], **{field: fact.at})
    return reports
