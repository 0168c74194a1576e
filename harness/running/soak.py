"""The same scenarios again and again on one cluster: does the harness ever say what is not so?

On a pipeline that nobody broke every verdict but PASS is a false one, or a find: each is listed with its reason.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median

import msgspec
from rich.table import Table

from harness.facts.timing import Clock
from harness.judging.judged import RunReport
from harness.judging.verdict import Verdict


class SoakRow(msgspec.Struct, frozen=True):
    """One run: its name, verdict, seconds it took, claims that held, and claims in all; `reason` when not PASS."""

    run: str
    verdict: Verdict
    seconds: float
    held: int
    claims: int
    reason: str


def soak(run_once: Callable[[], Path], runs: int, minutes: float, clock: Clock) -> Iterator[SoakRow]:
    """Run at most `runs` times; none is begun after `minutes`. `run_once` answers with its run's folder.

    Stops after an ABORTED run: somebody asked for that, or the pipeline is in no state to go on.
    """
    until = clock.now() + minutes * 60
    for _ in range(runs):
        if clock.now() >= until:
            return
        row = row_of(msgspec.json.decode((run_once() / "report.json").read_bytes(), type=RunReport))
        yield row
        if row.verdict is Verdict.ABORTED:
            return


def row_of(report: RunReport) -> SoakRow:
    """A run as a row."""
    claims = [claim for scenario in report.scenarios for claim in scenario.claims]
    not_held = [f"{scenario.name}: {scenario.reason}" for scenario in report.scenarios if scenario.reason]
    return SoakRow(
        run=report.run,
        verdict=report.verdict,
        seconds=report.ended_at - report.started_at,
        held=sum(claim.verdict is Verdict.PASS for claim in claims),
        claims=len(claims),
        reason="" if report.verdict is Verdict.PASS else "; ".join([*filter(None, [report.reason]), *not_held]),
    )


def longest_stretch(rows: list[SoakRow]) -> int:
    """How many runs in a row were PASS, at most."""
    longest = stretch = 0
    for row in rows:
        stretch = stretch + 1 if row.verdict is Verdict.PASS else 0
        longest = max(longest, stretch)
    return longest


def table(rows: list[SoakRow]) -> Table:
    """All runs, and in the title the longest stretch of PASS and the median time."""
    title = f"{len(rows)} runs, {longest_stretch(rows)} PASS in a row"
    if rows:
        title += f", median {median(row.seconds for row in rows):.0f} s"
    shown = Table(title=title, title_justify="left")
    for column in ("run", "verdict", "time", "claims held", "what did not hold"):
        shown.add_column(column)
    for row in rows:
        shown.add_row(row.run, row.verdict, f"{row.seconds:.0f} s", f"{row.held} of {row.claims}", row.reason)
    return shown
