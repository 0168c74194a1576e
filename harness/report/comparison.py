"""A comparison of runs as a table in the terminal."""

from __future__ import annotations

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from harness.report.compare import Change, Comparison, Kind

_ORDER: dict[Kind, str] = {
    "worse": "red",
    "gone": "red",
    "slower": "red",
    "changed": "yellow",
    "new": "cyan",
    "faster": "green",
    "better": "green",
}
"""What is told, the worst first, and its colour. "same" is only counted."""


def show_comparison(found: Comparison, console: Console) -> None:
    """What changed beyond noise, the worst first, then how noise was taken and what it comes to."""
    told = [change for kind in _ORDER for change in found.changes if change.kind == kind]
    if told:
        table = Table(title_justify="left", expand=False)
        for name in ("", "scenario", "claim"):
            table.add_column(name, overflow="fold")
        for name in ("baseline", "run", "noise"):
            table.add_column(name, justify="right")
        for change in told:
            table.add_row(*_cells(change))
        console.print(table)
    for name in found.apart:
        console.print(f"not in both, not compared: {name}", markup=False, highlight=False)
    same = sum(change.kind == "same" for change in found.changes)
    console.print(f"{same} of {len(found.changes)} claims are the same within noise; {_noise(found)}", highlight=False)
    console.print("[red]worse[/]" if found.worse else "[green]no worse[/]", highlight=False)


def _cells(change: Change) -> tuple[str, ...]:
    before, after = (
        (change.before, change.after)
        if change.before_s is None or change.after_s is None or change.before != change.after
        else (f"{change.before_s:.1f} s", f"{change.after_s:.1f} s")
    )
    noise = "" if change.noise_s is None else f"±{change.noise_s:.1f} s"
    kind = f"[{_ORDER[change.kind]}]{change.kind}[/]"
    return kind, escape(change.scenario), escape(change.claim), before, after, noise


def _noise(found: Comparison) -> str:
    if found.measured_noise:
        return f"noise measured in {found.runs} runs of the baseline"
    given = "1 was" if found.runs == 1 else f"{found.runs} were"
    return f"noise is assumed: measuring it takes 3 runs of the baseline, {given} given"
