"""The report as Markdown, short enough for the page that a CI system shows of a step."""

from __future__ import annotations

import re
from collections.abc import Iterator

from harness.judging.judged import ClaimReport, RunReport, ScenarioReport
from harness.judging.verdict import Verdict
from harness.report.rerun import rerun_command
from harness.report.words import SIGNS, SKIPPED_SIGN, counted, duration_text, held, verdict_name

_MOST_FAILING = 20
"""Failing claims told of one scenario: the page is a summary."""


def summary(report: RunReport) -> str:
    """The verdict, what did not hold and how to run it again, then a line for each scenario."""
    return "\n".join(_lines(report)) + "\n"


def _lines(report: RunReport) -> Iterator[str]:
    took = duration_text(report.ended_at - report.started_at)
    scenarios = counted([scenario.verdict for scenario in report.scenarios])
    claims = counted([claim.verdict for scenario in report.scenarios for claim in scenario.claims])
    yield f"## {SIGNS[report.verdict]} {verdict_name(report.verdict)}"
    yield ""
    yield f"Scenarios: {scenarios}. Claims: {claims}. Took {took}. Run `{report.run}`."
    if report.reason:
        yield ""
        yield f"> {_text(report.reason)}"
    for scenario in report.scenarios:
        if scenario.verdict not in (Verdict.PASS, None):
            yield from _missed(scenario)
    if report.scenarios:
        yield ""
        yield "| scenario | verdict | claims | took |"
        yield "|---|---|---|--:|"
    for scenario in report.scenarios:
        yield (
            f"| {_cell(scenario.name)} | {_sign(scenario.verdict)} {verdict_name(scenario.verdict)} | "
            f"{held(scenario)} | {duration_text(scenario.ended_at - scenario.started_at)} |"
        )


def _missed(scenario: ScenarioReport) -> Iterator[str]:
    failing = [claim for claim in scenario.claims if claim.verdict is not Verdict.PASS]
    yield ""
    yield f"### {_sign(scenario.verdict)} {_text(scenario.name)}"
    yield ""
    if scenario.reason and scenario.reason not in (claim.reason for claim in failing):
        yield f"> {_text(scenario.reason)}"
        yield ""
    if failing:
        yield "| claim | limit | measured | last seen |"
        yield "|---|--:|--:|---|"
    for claim in failing[:_MOST_FAILING]:
        yield _row(claim)
    if len(failing) > _MOST_FAILING:
        yield f"| {len(failing) - _MOST_FAILING} more | | | |"
    yield ""
    yield f"Run it again: `{rerun_command(scenario)}`"


def _row(claim: ClaimReport) -> str:
    limit, measured = ("" if s is None else duration_text(s) for s in (claim.limit_s, claim.measured_s))
    return f"| {_sign(claim.verdict)} {_cell(claim.text)} | {limit} | {measured} | {_cell(claim.reason)} |"


def _sign(verdict: Verdict | None) -> str:
    return SKIPPED_SIGN if verdict is None else SIGNS[verdict]


def _text(text: str) -> str:
    """As it is: nothing in it is markup."""
    return re.sub(r"([\\`*_{}\[\]<>#|~])", r"\\\1", " ".join(text.split()))


def _cell(text: str) -> str:
    longest = 300
    return _text(text if len(text) <= longest else f"{text[:longest]} …")
