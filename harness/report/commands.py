"""The commands `report diff`, `report html` and `report schema`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import click

from harness.errors import UsageError
from harness.facts.history import Fact
from harness.judging.judged import RunReport
from harness.progress import console_on

_RUN = click.Path(exists=True, path_type=Path)


@click.group("report")
def report_command() -> None:
    """Show saved runs again, and compare them."""


@report_command.command("diff")
@click.argument("runs", nargs=-1, type=_RUN, required=True, metavar="BASELINE... RUN")
def diff_command(runs: tuple[Path, ...]) -> None:
    """Compare a run with one or more before it. Exit status: 1 when something is worse beyond noise, else 0."""
    from harness.report.compare import compare  # noqa: PLC0415 - start-up of the other commands stays fast
    from harness.report.comparison import show_comparison  # noqa: PLC0415

    if len(runs) < 2:
        raise UsageError("one run cannot be compared", todo="harness report diff BASELINE... RUN")
    *baseline, run = (_judged(path)[0] for path in runs)
    found = compare(baseline, run)
    if not found.changes:
        raise UsageError("nothing to compare: the runs have no scenario in common", todo="name runs of the same ones")
    show_comparison(found, console_on(sys.stdout))
    sys.exit(1 if found.worse else 0)


@report_command.command("html")
@click.argument("run", type=_RUN)
def html_command(run: Path) -> None:
    """Write report.html of a saved run anew, judging it again."""
    from harness.report.files import PAGE, write_page  # noqa: PLC0415

    page = _folder(run) / PAGE
    write_page(*_judged(run), page)
    click.echo(page)


@report_command.command("schema")
def schema_command() -> None:
    """Print the JSON schema of report.json."""
    from harness.report.schema import schema_text  # noqa: PLC0415

    click.echo(schema_text(), nl=False)


def _judged(run: Path) -> tuple[RunReport, Sequence[Fact]]:
    from harness.facts.bundle import unseal  # noqa: PLC0415
    from harness.judging.judge import judge  # noqa: PLC0415

    bundle = unseal(_folder(run))
    return judge(bundle.history, bundle.run, bundle.doubt), bundle.history


def _folder(run: Path) -> Path:
    return run if run.is_dir() else run.parent
