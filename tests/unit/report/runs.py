"""Runs for tests of the report: what was recorded, and what was judged of it."""

from __future__ import annotations

from typing import Any

from harness.facts.history import Fact
from harness.judging.judged import AlertLine, ClaimReport, FaultReport, RunReport, ScenarioReport
from harness.judging.verdict import Verdict
from tests.unit.stories import ZERO, facts

NAME = "ECR rate limit: bare 429"
ALERT = "BuildFailureRateHigh"
LENGTH_S = 60.0


def claim(text: str = "a claim", verdict: Verdict = Verdict.PASS, **more: Any) -> ClaimReport:
    """A claim decided, without times unless given."""
    told: dict[str, Any] = {"role": "claim", "limit_s": None, "measured_s": None, "after_fault_s": None}
    told |= {"allowance": "", "reason": f"why {text}"} | more
    return ClaimReport(text=text, verdict=verdict, **told)


def scenario(
    *claims: ClaimReport, name: str = NAME, verdict: Verdict | None = Verdict.PASS, **more: Any
) -> ScenarioReport:
    """A scenario that took LENGTH_S."""
    told: dict[str, Any] = {"feature": "ecr_rate_limit.feature", "started_at": ZERO, "ended_at": ZERO + LENGTH_S}
    told |= {"reason": "", "faults": [], "alerts": [], "acts": []} | more
    return ScenarioReport(name=name, verdict=verdict, claims=list(claims), **told)


def run(*scenarios: ScenarioReport, verdict: Verdict = Verdict.PASS, reason: str = "") -> RunReport:
    """A run of these scenarios."""
    return RunReport(
        run="2026-01-19T10-45-32Z",
        verdict=verdict,
        reason=reason,
        started_at=ZERO,
        ended_at=ZERO + LENGTH_S * max(len(scenarios), 1),
        scenarios=list(scenarios),
        leftovers_healed=[],
    )


def began(name: str = NAME, at: float = 0.0) -> tuple[float, str, str, dict[str, Any]]:
    """The fact that a scenario began."""
    return (at, "scenario", name, {"event": "started", "feature": "ecr_rate_limit.feature"})


def ended(name: str = NAME, at: float = LENGTH_S) -> tuple[float, str, str, dict[str, Any]]:
    """The fact that a scenario ended."""
    return (at, "scenario", name, {"event": "ended", "outcome": "completed", "reason": ""})


def job(at: float, event: str, build: str = "p-1", name: str = "job-1", attempt: str = "1") -> Any:
    """A fact about a build's job."""
    return (at, "job", build, {"event": event, "job": name, "parser": "p", "attempt": attempt})


def failing() -> tuple[RunReport, list[Fact]]:
    """A run with one scenario of everything, in which one claim fails, and the facts of it."""
    params = {"correlation_ids": ["p-1"]}
    told = facts(
        (-1.0, "sample", "queue depth", {"value": 3}),
        began(),
        (1.0, "observation", "the builder is ready", {"gate": "g", "value": 1, "accepted": True, "detail": "1 of 1"}),
        (2.0, "fault", "ecr-throttled", {"event": "injecting", "parameters": {}}),
        (4.0, "fault", "ecr-throttled", {"event": "effective", "detail": "429"}),
        (5.0, "control", "ecr-throttled", {"value": 1, "accepted": True, "detail": "well"}),
        (6.0, "control", "ecr-throttled", {"value": 0, "accepted": False, "detail": "the control went dark"}),
        (7.0, "job", "p-1", {"event": "requested", "parser": "p"}),
        job(8.0, "started"),
        (9.0, "hit", "rule", {"operation": "Put", "reference": "r", "outcome": "error", "status": 429, "waited_ms": 0}),
        (
            9.1,
            "hit",
            "rule",
            {"operation": "Put", "reference": "r", "outcome": "passed", "status": 201, "waited_ms": 0},
        ),
        job(12.0, "failed"),
        (12.1, "log", "p-1", {"job": "job-1", "container": "kaniko", "line": "level=info all is well"}),
        (
            12.2,
            "log",
            "p-1",
            {"job": "job-1", "container": "kaniko", "line": "error pushing <script>alert(1)</script>"},
        ),
        (13.0, "sample", "queue depth", {"value": 7}),
        (20.0, "alert", ALERT, {"state": "firing", "labels": {"severity": "critical"}, "value": 0.5}),
        (
            21.0,
            "notification",
            ALERT,
            {"channel": "pagerduty", "status": "firing", "severity": "critical", "text": "t"},
        ),
        (22.0, "diagnosis", "p-1", {"cause": "ecr-throttled", "evidence": ["429 Too Many Requests"]}),
        (23.0, "act", "delete failed jobs", {"event": "begun", "who": "robot"}),
        (24.0, "act", "delete failed jobs", {"event": "done", "who": "robot", "detail": "job-1"}),
        (30.0, "claim", f"{NAME}#1", {"scenario": NAME, "params": {}}),
        (30.0, "claim", f"{NAME}#2", {"scenario": NAME, "params": params}),
        (40.0, "alert", ALERT, {"state": "inactive", "labels": {"severity": "critical"}}),
        (41.0, "notification", ALERT, {"channel": "pagerduty", "status": "resolved", "severity": "", "text": "t"}),
        (50.0, "fault", "ecr-throttled", {"event": "healed"}),
        ended(),
    )
    judged = scenario(
        claim("it is told", limit_s=30.0, measured_s=4.2, after_fault_s=17.0, allowance="window + scrape"),
        claim("all builds succeed", Verdict.FAIL, limit_s=240.0, reason="p-1 failed <b>for good</b>"),
        verdict=Verdict.FAIL,
        reason="p-1 failed <b>for good</b>",
        faults=[FaultReport(name="ecr-throttled", injected_at=ZERO + 2, effective_at=ZERO + 4, healed_at=ZERO + 50)],
        alerts=[AlertLine(name=ALERT, state="firing", at=ZERO + 20, seen_after_s=0.1, labels={"severity": "critical"})],
        acts=["begun: delete failed jobs", "done: delete failed jobs"],
    )
    return run(judged, verdict=Verdict.FAIL), told
