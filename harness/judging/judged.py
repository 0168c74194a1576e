"""The report as plain data: exactly what report.json holds. All instants are seconds since the epoch."""

from __future__ import annotations

import msgspec

from harness.judging.verdict import Verdict

REPORT_FORMAT = 1


class ClaimReport(msgspec.Struct, frozen=True, kw_only=True):
    """A claim decided. `after_fault_s`: seconds from the fault's effect to the fact that decided it. `clock_error_s`:
    how far off both times may be, since the clock of that fact's source is not the run's; null where it was not
    compared, or there is no time."""

    text: str
    role: str
    limit_s: float | None
    measured_s: float | None
    after_fault_s: float | None
    allowance: str
    verdict: Verdict
    reason: str
    clock_error_s: float | None = None


class FaultReport(msgspec.Struct, frozen=True, kw_only=True):
    """A fault's life; an instant that was not seen is null."""

    name: str
    injected_at: float | None = None
    effective_at: float | None = None
    healed_at: float | None = None


class AlertLine(msgspec.Struct, frozen=True, kw_only=True):
    """A change of an alert's state, at the evaluation that changed it; it was seen `seen_after_s` later."""

    name: str
    state: str
    at: float
    seen_after_s: float
    labels: dict[str, str]


class ScenarioReport(msgspec.Struct, frozen=True, kw_only=True):
    """A scenario decided; `reason` is the first thing that did not hold. Without a verdict it was skipped: the fault
    it needs cannot be had there. One that did not end is given the end of the timeline."""

    name: str
    feature: str
    started_at: float
    ended_at: float
    verdict: Verdict | None
    reason: str
    claims: list[ClaimReport]
    faults: list[FaultReport]
    alerts: list[AlertLine]
    acts: list[str]


class RunReport(msgspec.Struct, frozen=True, kw_only=True):
    """A run decided."""

    run: str
    verdict: Verdict
    reason: str
    started_at: float
    ended_at: float
    scenarios: list[ScenarioReport]
    leftovers_healed: list[str]
    format: int = REPORT_FORMAT
