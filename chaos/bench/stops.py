"""Real runners, started and then stopped by SIGTERM while their fault acts."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from chaos.bench.cases import START_S, STOP_S, Case
from chaos.bench.figures import Figure, figure
from harness.errors import FaultError
from harness.faults.ledger import Ledger

_RUN_LIMIT_S = 60.0
_LAST_LINES = 3


class Stop(msgspec.Struct, frozen=True):
    """Seconds; None for what did not happen.

    Attributes:
        start_s: from the start of the process to its call of inject.
        stop_s: from SIGTERM to the fault healed and struck out of the ledger.
        exit_s: from SIGTERM to the end of the process.
        left: entries that the ledger and the target's leases still had afterwards.
    """

    start_s: float
    stop_s: float | None
    exit_s: float
    left: int


def measure(
    case: str,
    *,
    profile: Path,
    folder: Path,
    ledger: Ledger,
    repeats: int,
    watched: bool,
    after: Callable[[], None],
) -> list[Stop]:
    """`repeats` runners, one after the other, and `after` each what it takes for the next.

    Raises FaultError when one did not inject, and what `after` raises.
    """
    stops = []
    for number in range(repeats):
        stops.append(_once(case, profile, folder / f"{case}-{number}", ledger, watched))
        after()
    return stops


def _once(case: str, profile: Path, folder: Path, ledger: Ledger, watched: bool) -> Stop:
    folder.mkdir(parents=True)
    command = [sys.executable, "-m", "chaos.bench.runner", case, "--profile", str(profile), "--folder", str(folder)]
    errors = folder / "errors.txt"
    with errors.open("w") as stderr:
        started_at = time.monotonic()
        runner = subprocess.Popen(command + ["--watched"] * watched, stdout=subprocess.PIPE, stderr=stderr, text=True)
        said: dict[str, float] = {}
        stopped_at = 0.0
        try:
            assert runner.stdout is not None
            for line in runner.stdout:
                word = json.loads(line)
                said[word["what"]] = word["at"]
                if word["what"] in ("effective", "not effective"):
                    stopped_at = time.monotonic()
                    runner.terminate()
            runner.wait(_RUN_LIMIT_S)
            ended_at = time.monotonic()
        finally:
            # Interrupted ourselves: the runner heals what it broke, as at any SIGTERM.
            runner.terminate()
            runner.wait(_RUN_LIMIT_S)
    if "injecting" not in said or not stopped_at:
        last = " | ".join(errors.read_text().splitlines()[-_LAST_LINES:])
        raise FaultError(f"the runner of {case} did not inject: {last or 'it said nothing'}", todo="make status")
    healed_at = said.get("healed")
    return Stop(
        start_s=said["injecting"] - started_at,
        stop_s=healed_at - stopped_at if healed_at is not None and "not effective" not in said else None,
        exit_s=ended_at - stopped_at,
        left=len(ledger.entries()),
    )


def figures(fault: str, case: Case, stops: Sequence[Stop]) -> list[Figure]:
    """The lines of one fault. A runner that left something behind counts as not healed."""
    start = figure(fault, "process start → inject", [stop.start_s for stop in stops], START_S)
    if not case.acts:
        return [start]
    healed = [None if stop.left else stop.stop_s for stop in stops]
    return [start, figure(fault, "SIGTERM → healed", healed, STOP_S)]
