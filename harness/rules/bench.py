"""How long 1,000 rules take, with the engine's proofs and without, beside pint on the same files: `make bench-rules`.

The rules are made here: sound ones of the shapes that public sets have, and one in ten with a defect.
"""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import click
import yaml
from rich.console import Console
from rich.table import Table

from harness.ground.workspace import workspace
from harness.rules.lint.proof import available, prove
from harness.rules.lint.run import Linted, lint

RULES = 1_000
WITH_PROOFS_LIMIT_S, WITHOUT_LIMIT_S = 20.0, 2.0
_PER_FILE = 50
_PINT = ("github.com/cloudflare/pint", "v0.80.0")
_BUILD_LIMIT_S = 900.0
_PINT_LIMIT_S = 300.0
_SOUND = (
    'up{{job="service-{n}"}} == 0',
    'absent(up{{job="service-{n}"}} == 1)',
    "sum by (namespace) (rate(service_{n}_failed_total[5m])) / sum by (namespace) (rate(service_{n}_total[5m])) > 0.05",
    "histogram_quantile(0.99, sum by (le, job) (rate(service_{n}_seconds_bucket[10m]))) > 1.5",
    "service_{n}_free_bytes / service_{n}_size_bytes < 0.1 and service_{n}_readonly == 0",
    "time() - service_{n}_last_success_timestamp_seconds > 86400",
    "increase(service_{n}_restarts_total[1h]) > 5",
    "predict_linear(service_{n}_free_bytes[6h], 86400) < 0",
    "service_{n}_replicas_wanted != service_{n}_replicas_available",
)
_BROKEN = (
    "sum(rate(service_{n}_failed_total[5m])) / sum by (job) (rate(service_{n}_total[5m])) > 0.05",
    "up{{job='service-{n}'}} > 1",
    'count(up{{job="service-{n}"}}) == 0',
    "rate(service_{n}_failed_total[5m]) >= 0",
)


@click.command()
def main() -> None:
    """Print the table; exit status 1 when a limit is missed."""
    console = Console()
    with tempfile.TemporaryDirectory(prefix="bench-rules-") as name:
        files = _written(Path(name))
        without_s, without = _timed(lambda: lint(files, prove=None))
        with_s, proven = _timed(lambda: lint(files, prove=prove))
        rows = [
            ("rules lint, no proofs", without_s, _told(without), WITHOUT_LIMIT_S),
            ("rules lint, with proofs", with_s, _told(proven), WITH_PROOFS_LIMIT_S),
        ]
        pint = _pint()
        if pint is not None:
            began = time.monotonic()
            command = [str(pint), "--offline", "--no-color", "lint", *files]
            subprocess.run(command, cwd=name, capture_output=True, check=False, timeout=_PINT_LIMIT_S)
            rows.append((f"pint {_PINT[1]}, offline", time.monotonic() - began, "", 0.0))
    table = Table(
        "what", "seconds", "told", "limit", title=f"{RULES} rules, niceness {os.nice(0)}, {os.cpu_count()} cores"
    )
    for what, took_s, told, limit_s in rows:
        table.add_row(what, f"{took_s:.1f}", told, f"{limit_s:.0f}" if limit_s else "")
    console.print(table)
    if not available():
        console.print("no promtool: nothing was proven")
    if pint is None:
        console.print(f"no pint: {_PINT[0]}@{_PINT[1]} could not be built")
    console.print(f"most memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")
    raise SystemExit(int(without_s > WITHOUT_LIMIT_S or with_s > WITH_PROOFS_LIMIT_S))


def _timed(work: Callable[[], Linted]) -> tuple[float, Linted]:
    began = time.monotonic()
    done = work()
    return time.monotonic() - began, done


def _told(linted: Linted) -> str:
    severities = [finding.severity.value for finding in linted.findings]
    return ", ".join(f"{severities.count(each)} {each}s" for each in ("error", "warning", "hint"))


def _written(folder: Path) -> list[str]:
    files = []
    for start in range(0, RULES, _PER_FILE):
        path = folder / f"rules-{start}.yaml"
        rules = [_rule(number) for number in range(start, start + _PER_FILE)]
        path.write_text(yaml.safe_dump({"groups": [{"name": f"group-{start}", "rules": rules}]}))
        files.append(str(path))
    return files


def _rule(number: int) -> dict[str, object]:
    kind, turn = (_BROKEN, number // 10) if number % 10 == 9 else (_SOUND, number % 10)
    return {
        "alert": f"Service{number}Trouble",
        "expr": kind[turn % len(kind)].format(n=number),
        "for": "10m",
        "labels": {"severity": "warning"},
        "annotations": {"summary": f"Service {number} is in trouble.", "runbook_url": "https://runbooks.example.org/"},
    }


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
