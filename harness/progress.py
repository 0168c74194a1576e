"""What a person sees while it runs: what is waited for, for how long, until when, and what was found.

On a terminal the wait is a live line; elsewhere each wait that lasts is told once.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

from rich.console import Console
from rich.progress import BarColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar

from harness.judging.claims import Claim, Finding
from harness.judging.verdict import Verdict

_MARKS = {
    Verdict.PASS: "[green]✓[/]",
    Verdict.FAIL: "[red]✗[/]",
    Verdict.INCONCLUSIVE: "[yellow]?[/]",
    Verdict.ABORTED: "[yellow]■[/]",
    Verdict.HARNESS_ERROR: "[magenta]![/]",
}


_WIDTH = 120
"""Columns where there is no terminal to tell."""


def console_on(file: IO[str]) -> Console:
    """A console that writes to `file`; where that is no terminal, wide enough for a claim on one line."""
    return Console(file=file, width=None if file.isatty() else _WIDTH)


class Progress:
    """Writes to `console`."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def scenario(self, name: str) -> None:
        """A scenario begins."""
        self._console.print(f"\n[bold]{name}[/]", highlight=False)

    def note(self, text: str) -> None:
        """Something worth a line happened."""
        self._console.print(f"  · {text}", highlight=False, markup=False)

    def found(self, claim: Claim, finding: Finding) -> None:
        """A claim was decided."""
        line = f"  {_MARKS[finding.verdict]} {claim.text}{time_text(finding.measured_s, claim.limit_s)}"
        self._console.print(line, highlight=False, soft_wrap=True)
        if finding.verdict is Verdict.PASS and claim.limit_s is None:
            self._console.print(f"      {finding.reason}", style="dim", highlight=False, markup=False)
        if finding.verdict is not Verdict.PASS:
            self._console.print(
                f"      {finding.verdict}: {finding.reason}", highlight=False, markup=False, soft_wrap=True
            )

    @contextmanager
    def waiting(self, what: str, seconds: float) -> Iterator[None]:
        """Show, as long as it lasts, that `what` is waited for, `seconds` at most."""
        if not self._console.is_terminal or seconds <= 0:
            yield
            return
        columns = (
            TextColumn("  … {task.description}"),
            BarColumn(24),
            TimeElapsedColumn(),
            TextColumn(f"of {seconds:.0f} s"),
        )
        with Bar(*columns, console=self._console, transient=True) as bar:
            bar.add_task(what, total=None)
            yield


def time_text(measured_s: float | None, limit_s: float | None) -> str:
    """A measured time beside its limit: "  4.2 s of 30 s"."""
    if measured_s is None:
        return "" if limit_s is None else f"  (limit {limit_s:.1f} s)"
    if limit_s is None:
        return f"  {measured_s:.1f} s"
    return f"  {measured_s:.1f} s of {limit_s:.1f} s"
