"""The report as a table in the terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from harness.judging.judged import RunReport
from harness.judging.verdict import Verdict

_COLOURS = {
    Verdict.PASS: "green",
    Verdict.FAIL: "red",
    Verdict.INCONCLUSIVE: "yellow",
    Verdict.ABORTED: "yellow",
    Verdict.HARNESS_ERROR: "magenta",
}


def show(report: RunReport, console: Console, problems: Sequence[str] = ()) -> None:
    """Each scenario's claims with their measured time beside the limit, what could not be written, then the one
    verdict."""
    for scenario in report.scenarios:
        table = Table(title=f"{scenario.name}: {_coloured(scenario.verdict)}", title_justify="left", expand=False)
        table.add_column("claim")
        table.add_column("limit", justify="right")
        table.add_column("measured", justify="right")
        table.add_column("after the fault", justify="right")
        table.add_column("verdict")
        for claim in scenario.claims:
            table.add_row(
                claim.text,
                _seconds(claim.limit_s),
                _seconds(claim.measured_s),
                _seconds(claim.after_fault_s, "+"),
                _coloured(claim.verdict),
            )
        console.print(table)
        if scenario.verdict is not Verdict.PASS:
            console.print(f"  {scenario.reason}", markup=False, highlight=False, soft_wrap=True)
    for problem in problems:
        console.print(problem, markup=False, highlight=False, soft_wrap=True)
    if report.reason:
        console.print(report.reason, markup=False, highlight=False, soft_wrap=True)
    console.print(
        f"{_coloured(report.verdict)} — {len(report.scenarios)} scenarios in "
        f"{report.ended_at - report.started_at:.0f} s, report in reports/{report.run}",
        highlight=False,
        soft_wrap=True,
    )


def _coloured(verdict: Verdict | None) -> str:
    return f"[{_COLOURS[verdict]}]{verdict}[/]" if verdict else "[cyan]skipped[/]"


def _seconds(value: float | None, sign: str = "") -> str:
    return "" if value is None else f"{sign}{value:.1f} s"
