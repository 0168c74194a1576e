"""Measures how fast the ground comes up: `make bench-up`. It takes the cluster down, several times.

Images are there already. Printed are medians of all rounds: a bare `kind create cluster` of the same node image, the
whole way from images to a ready pipeline on a new cluster, their ratio, and the reuse of a ready cluster, which is
timed as a process of its own, start of the interpreter included.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from harness.errors import HarnessError
from harness.ground.progress import Progress, progress_on_stderr
from harness.ground.up import create_bare, down, prepare, up
from harness.running.signals import Signals

TARGET_READY_S = 90.0
TARGET_REUSE_S = 5.0


def measure(root: Path, rounds: int, progress: Progress) -> dict[str, list[float]]:
    """Seconds of each round by what was measured. Raises what `up` and `down` raise."""
    prepare(root, progress=progress)
    times: dict[str, list[float]] = {"bare kind create cluster": [], "images to ready pipeline": [], "reuse": []}
    for _ in range(rounds):
        down(root, progress=progress)
        times["bare kind create cluster"].append(_timed(lambda: create_bare(root, progress=progress)))
        down(root, progress=progress)
        times["images to ready pipeline"].append(_timed(lambda: up(root, progress=progress)))
        times["reuse"].append(_timed(lambda: _reuse(root)))
    return times


def _reuse(root: Path) -> None:
    program = Path(sys.executable).with_name("harness")
    subprocess.run([program, "up"], cwd=root, check=True, capture_output=True)


def _timed(work: Callable[[], object]) -> float:
    begun = time.monotonic()
    work()
    return time.monotonic() - begun


@click.command()
@click.option("--rounds", default=3, show_default=True, type=click.IntRange(min=1))
def main(rounds: int) -> None:
    """Time the way up, and print it beside its targets."""
    signals = Signals()
    signals.install()
    try:
        times = measure(Path(), rounds, progress_on_stderr())
    except HarnessError as error:
        click.echo(f"error: {error}", err=True)
        sys.exit(error.exit_code)
    targets = {"images to ready pipeline": TARGET_READY_S, "reuse": TARGET_REUSE_S}
    table = Table("what", "median s", "min s", "max s", "target s")
    for what, seconds in times.items():
        limit = f"{targets[what]:g}" if what in targets else ""
        table.add_row(what, *(f"{f(seconds):.1f}" for f in (statistics.median, min, max)), limit)
    console = Console()
    console.print(table)
    bare, ready = (statistics.median(times[what]) for what in ("bare kind create cluster", "images to ready pipeline"))
    console.print(f"ratio to bare kind: {ready / bare:.1f}")


if __name__ == "__main__":
    main()
