"""The report: a table for people, and the same as JSON, with every single time."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
from rich.console import Console
from rich.table import Table

from chaos.bench.costs import ADDED_MS, PUSH_MB_PER_S, REQUESTS_PER_S, Cost
from chaos.bench.figures import Figure


class Conditions(msgspec.Struct, frozen=True, kw_only=True):
    """What the machine was, and how busy: the load averages over one minute before and after."""

    processors: int
    kernel: str
    load_before: float
    load_after: float


class Results(msgspec.Struct, frozen=True, kw_only=True):
    """All that a bench found.

    Attributes:
        repeats: of everything.
        figures: the lines of the table.
        costs: of the proxy.
        unavailable: faults that cannot be had here, and why.
        single: every single time, by what was measured.
    """

    started: str
    repeats: int
    conditions: Conditions
    figures: Sequence[Figure]
    costs: Sequence[Cost]
    unavailable: dict[str, str]
    single: dict[str, Any]


def conditions(load_before: float) -> Conditions:
    """Of this machine, now that all is measured."""
    return Conditions(
        processors=os.cpu_count() or 0,
        kernel=platform.release(),
        load_before=load_before,
        load_after=os.getloadavg()[0],
    )


def write(results: Results, path: Path) -> None:
    """Write all of it to `path`."""
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(msgspec.json.format(msgspec.json.encode(results), indent=2))


def show(results: Results, console: Console) -> None:
    """Print what people want to know."""
    table = Table("subject", "what", "seen", "median", "p95", "max", "aim at p95", "")
    previous = ""
    for line in results.figures:
        if previous and line.subject != previous:
            table.add_section()
        table.add_row("" if line.subject == previous else line.subject, *cells(line))
        previous = line.subject
    console.print(table)
    if results.costs:
        console.print(_costs(results.costs))
    for fault, reason in results.unavailable.items():
        console.print(f"{fault} is unavailable here: {reason}", highlight=False)
    of = results.conditions
    console.print(
        f"{of.processors} processors, kernel {of.kernel}, load average {of.load_before:.1f} before and "
        f"{of.load_after:.1f} after; {results.repeats} repeats",
        highlight=False,
    )


def cells(line: Figure) -> list[str]:
    """A line's cells after its subject."""
    times = line.times
    seen = times.count if times else 0
    figures = [shown(t) for t in (times.median_s, times.p95_s, times.max_s)] if times else ["–"] * 3
    aim = "" if line.aim_s is None else shown(line.aim_s)
    mark = {None: "", True: "[green]✓[/]", False: "[red]✗[/]"}[line.met]
    return [line.what, f"{seen} of {seen + line.missed}", *figures, aim, mark]


def shown(seconds: float) -> str:
    """A time with its unit, three digits or so."""
    if seconds < 1:
        return f"{seconds * 1000:.3g} ms"
    return f"{seconds:.2f} s"


def _costs(costs: Sequence[Cost]) -> Table:
    table = Table("way", "added to a request", "requests/s, 8 clients", "100 MB push", "")
    for cost in costs:
        mark = "" if cost.way == "direct" else "[green]✓[/]" if cost.met else "[red]✗[/]"
        figures = (f"{cost.added_ms:.3f} ms", f"{cost.requests_per_s:.0f}", f"{cost.push_mb_per_s:.0f} MB/s")
        table.add_row(cost.way, *figures, mark)
    table.add_row("aim", f"{ADDED_MS:g} ms", f"{REQUESTS_PER_S:.0f}", f"{PUSH_MB_PER_S:.0f} MB/s")
    return table
