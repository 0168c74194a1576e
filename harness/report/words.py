"""How the report says things: verdicts by name and sign, times as a person says them."""

from __future__ import annotations

from collections.abc import Sequence

from harness.judging.judged import ScenarioReport
from harness.judging.verdict import Verdict

SIGNS = {
    Verdict.PASS: "✓",
    Verdict.FAIL: "✕",
    Verdict.INCONCLUSIVE: "?",
    Verdict.ABORTED: "■",
    Verdict.HARNESS_ERROR: "!",
}
SKIPPED_SIGN = "–"
MEANINGS = {
    Verdict.PASS: "Every claim was seen to hold.",
    Verdict.FAIL: "A claim was seen not to hold.",
    Verdict.INCONCLUSIVE: "Something needed was not seen: nothing is proven.",
    Verdict.ABORTED: "Stopped before its end.",
    Verdict.HARNESS_ERROR: "The harness failed: nothing is known of the pipeline.",
}
URGENCY = (Verdict.HARNESS_ERROR, Verdict.FAIL, Verdict.ABORTED, Verdict.INCONCLUSIVE, None, Verdict.PASS)
"""What is read first. None is a scenario that was skipped."""


def verdict_name(verdict: Verdict | None) -> str:
    """The verdict as it is shown: "HARNESS ERROR"."""
    return "SKIPPED" if verdict is None else verdict.replace("_", " ")


def counted(verdicts: Sequence[Verdict | None]) -> str:
    """How many of each: "1 fail, 11 pass"."""
    numbers = [(verdicts.count(verdict), verdict_name(verdict).lower()) for verdict in URGENCY]
    return ", ".join(f"{number} {name}" for number, name in numbers if number) or "none"


def held(scenario: ScenarioReport) -> str:
    """How many claims of a scenario held: "11 of 12 claims hold"."""
    passed = sum(claim.verdict is Verdict.PASS for claim in scenario.claims)
    return f"{passed} of {len(scenario.claims)} claims hold"


def duration_text(seconds: float) -> str:
    """Seconds as a person says them: "4.2 s", "30 s", "5 min", "1 h 10 min"."""
    if seconds < 120:
        return f"{seconds:.0f} s" if seconds >= 10 and float(seconds).is_integer() else f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    return f"{minutes // 60} h {minutes % 60} min" if minutes % 60 else f"{minutes // 60} h"
