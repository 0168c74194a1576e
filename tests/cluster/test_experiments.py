"""Every experiment there is, validated and run as a user does it: `chaos validate`, then `chaos run`.

Takes some half an hour, so it has a target of its own: make test-experiments.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from rich.table import Table

from chaos.experiments import FAULTS, SCENARIOS
from tests.cluster.hand import ROOT, RUN_LIMIT_S, show
from tests.cluster.test_chaostoolkit import assert_healed, chaos_run, report

_VALIDATE_LIMIT_S = 60.0
EXPERIMENTS = [*sorted(SCENARIOS.glob("*.yaml")), *sorted(FAULTS.glob("*.yaml"))]
NEVER_ACTS = "noop"
"""The reference of faults changes nothing, so its experiment proves nothing."""


@dataclass(frozen=True)
class Row:
    """How one experiment went; seconds by its own report."""

    experiment: str
    status: int
    verdict: str
    seconds: float
    claims: int


@pytest.fixture(scope="module")
def rows(request: pytest.FixtureRequest) -> Iterator[list[Row]]:
    seen: list[Row] = []
    yield seen
    table = Table(title=f"{len(seen)} experiments run", title_justify="left")
    for column in ("experiment", "exit status", "verdict", "time", "claims"):
        table.add_column(column)
    for row in seen:
        table.add_row(row.experiment, str(row.status), row.verdict, f"{row.seconds:.0f} s", str(row.claims))
    show(table, request.config)


@pytest.mark.experiments
@pytest.mark.parametrize("experiment", EXPERIMENTS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_every_experiment_passes(experiment: Path, tmp_path: Path, rows: list[Row]) -> None:
    _validate(experiment)
    with chaos_run(experiment, tmp_path) as (started, folder):
        status = started.wait(timeout=RUN_LIMIT_S)
    told = report(folder)
    claims = [claim for scenario in told["scenarios"] for claim in scenario["claims"]]
    rows.append(Row(experiment.stem, status, told["verdict"], told["ended_at"] - told["started_at"], len(claims)))
    assert_healed()
    assert (folder / "journal.json").exists()
    unavailable = [scenario["reason"] for scenario in told["scenarios"] if scenario["verdict"] is None]
    if unavailable:
        pytest.skip(unavailable[0])
    expected = (1, "INCONCLUSIVE") if experiment.stem == NEVER_ACTS else (0, "PASS")
    assert (status, told["verdict"]) == expected, told["reason"] or (tmp_path / "printed").read_text()[-3000:]


def _validate(experiment: Path) -> None:
    chaos = Path(sys.executable).parent / "chaos"
    done = subprocess.run(
        [chaos, "--no-version-check", "--no-log-file", "validate", experiment],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=_VALIDATE_LIMIT_S,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
