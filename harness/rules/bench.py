"""How long `rules lint` takes and how much memory, with the engine's proofs and without, beside pint on the same files,
and on input of a size that nobody means: `make bench-rules`. Each case runs in a process of its own."""

from __future__ import annotations

import multiprocessing
import os
import resource
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import click
import msgspec
from rich.console import Console
from rich.table import Table

from harness.ground.workspace import workspace
from harness.rules.bench_made import metrics_page, rule_files
from harness.rules.lint.proof import available, prove
from harness.rules.lint.run import Linted, lint
from harness.rules.lint.scraped import from_files

RULES, PER_FILE, MANY_RULES = 1_000, 50, 10_000
WITH_PROOFS_LIMIT_S, WITHOUT_LIMIT_S = 20.0, 2.0
_PAGE_BYTES = 1 << 30
_PINT = ("github.com/cloudflare/pint", "v0.80.0")
_BUILD_LIMIT_S = 900.0
_PINT_LIMIT_S = 300.0


class _Row(msgspec.Struct, frozen=True):
    """What a case took: seconds, and the most memory in MB of its own process and of any it started."""

    what: str
    seconds: float
    own_mb: float
    started_mb: float
    told: str
    limit_s: float = 0.0


@click.command()
def main() -> None:
    """Print the table; exit status 1 when a limit is missed."""
    console = Console()
    with tempfile.TemporaryDirectory(prefix="bench-rules-") as name:
        few, many = Path(name) / "few", Path(name) / "many"
        for folder in (few, many):
            folder.mkdir()
        files = rule_files(few, RULES, per_file=PER_FILE)
        one = rule_files(many, MANY_RULES, per_file=MANY_RULES)
        rows = [
            _alone(f"{RULES} rules, no proofs", _without, files, WITHOUT_LIMIT_S),
            _alone(f"{RULES} rules, with proofs", _with, files, WITH_PROOFS_LIMIT_S),
        ]
        pint = _pint()
        if pint is not None:
            rows.append(_alone(f"{RULES} rules, pint {_PINT[1]}, offline", _run_pint, [str(pint), *files]))
        rows += [
            _alone(f"{MANY_RULES} rules in one file, no proofs", _without, one),
            _alone(f"{MANY_RULES} rules in one file, with proofs", _with, one),
        ]
        page = metrics_page(many, _PAGE_BYTES)
        rows.append(_alone("a /metrics page of 1 GB", _read_page, [page]))
    table = Table(
        "what", "seconds", "limit", "MB", "MB of what it started", "told",
        title=f"niceness {os.nice(0)}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.0f}",
    )  # fmt: skip
    for row in rows:
        limit = f"{row.limit_s:.0f}" if row.limit_s else ""
        table.add_row(row.what, f"{row.seconds:.1f}", limit, f"{row.own_mb:.0f}", f"{row.started_mb:.0f}", row.told)
    console.print(table)
    if not available():
        console.print("no promtool: nothing was proven")
    if pint is None:
        console.print(f"no pint: {_PINT[0]}@{_PINT[1]} could not be built")
    raise SystemExit(int(any(row.limit_s and row.seconds > row.limit_s for row in rows)))


def _alone(what: str, case: Callable[[list[str]], str], names: list[str], limit_s: float = 0.0) -> _Row:
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        seconds, own_mb, started_mb, told = pool.submit(_measured, case, names).result()
    return _Row(what, seconds, own_mb, started_mb, told, limit_s)


def _measured(case: Callable[[list[str]], str], names: list[str]) -> tuple[float, float, float, str]:
    began = time.monotonic()
    told = case(names)
    took_s = time.monotonic() - began
    own, started = (
        resource.getrusage(who).ru_maxrss / 1024 for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    return took_s, own, started, told


def _without(files: list[str]) -> str:
    return _told(lint(files, prove=None))


def _with(files: list[str]) -> str:
    return _told(lint(files, prove=prove))


def _read_page(pages: list[str]) -> str:
    found = from_files(pages)
    return f"{len(found.metrics or ())} metrics, {len(found.notices)} notices"


def _run_pint(command: list[str]) -> str:
    program, *files = command
    with tempfile.TemporaryDirectory(prefix="pint-") as folder:
        arguments = [program, "--offline", "--no-color", "lint", *files]
        subprocess.run(arguments, cwd=folder, capture_output=True, check=False, timeout=_PINT_LIMIT_S)
    return ""


def _told(linted: Linted) -> str:
    return f"{len(linted.errors)} errors, {len(linted.warnings)} warnings, {len(linted.hints)} hints"


def _pint() -> Path | None:
    """The program in the cache, built from its module when it is not there yet; None without Go or the module."""
    place = workspace(Path())
    program = place.cache / "peers" / f"pint-{_PINT[1]}" / "pint"
    go = shutil.which("go")
    if program.is_file() or go is None:
        return program if program.is_file() else None
    # Of a module of its own: `go install` asks for the list of versions as well, which not every proxy gives.
    environment = {**os.environ, **place.go_environment, "GOFLAGS": "-mod=mod -buildvcs=false"}
    with tempfile.TemporaryDirectory(prefix="pint-") as name:
        try:
            for arguments in (
                ["mod", "init", "pint-built"],
                ["mod", "edit", f"-require={_PINT[0]}@{_PINT[1]}"],
                ["build", "-o", str(program), f"{_PINT[0]}/cmd/pint"],
            ):
                subprocess.run(
                    [go, *arguments],
                    cwd=name,
                    env=environment,
                    capture_output=True,
                    check=False,
                    timeout=_BUILD_LIMIT_S,
                )
        except subprocess.TimeoutExpired:
            return None
    return program if program.is_file() else None


if __name__ == "__main__":
    main()
