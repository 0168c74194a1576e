"""A runner killed at any moment: what it leaves is healed, by `harness heal` or by the watchdog, to the last trace.

Takes some twenty minutes, so it has a target of its own: make test-kill.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
import pytest
from rich.table import Table

from harness.facts.timing import Deadline, RunClock, poll
from harness.faults.ledger import LEASE_S
from harness.judging.residue import differences
from harness.targets.reference import ReferenceTarget, connect
from tests.cluster.hand import ROOT, facts, show
from tests.cluster.kill_at import VARIABLE, Moment

_RUN_LIMIT_S = 300.0
_WATCHDOG_S = LEASE_S + 15.0
_APPLY_S = 15.0
_LOOK_EVERY_S = 0.25

_LEDGER, _LEASES = "harness.faults.ledger:Ledger", "harness.cluster.leases:ClusterLeases"
_SCENARIO, _INJECTION = "harness.running.scenario:Scenario", "harness.faults.injection:Injection"


def _life(fault: str) -> dict[str, Moment]:
    """The moments that every fault's life has."""
    return {
        "before the ledger": Moment(f"{_LEDGER}.open", "before"),
        "ledger on disk, no lease yet": Moment(f"{_LEASES}.put", "before"),
        "leased, not injected": Moment(f"{_LEASES}.put", "after"),
        "while injecting": Moment(f"fault:{fault}.inject", "during", delay_s=0.002),
        "injected": Moment(f"fault:{fault}.inject", "after"),
        "before healing": Moment(f"fault:{fault}.heal", "before"),
        "while healing": Moment(f"fault:{fault}.heal", "during", delay_s=0.002),
        "healed, still leased": Moment(f"{_LEASES}.delete", "before"),
        "healed, still on disk": Moment(f"{_LEASES}.delete", "after"),
        "after the ledger": Moment(f"{_LEDGER}.close", "after"),
    }


def _waits(*sentences: str) -> dict[str, Moment]:
    return {f"waiting: {text}": Moment(f"{_SCENARIO}.expect", "during", delay_s=0.2, says=text) for text in sentences}


MOMENTS: dict[str, dict[str, Moment]] = {
    "policy": {
        "in the gate": Moment("harness.facts.timeline:Timeline.wait_until", "during", delay_s=0.5),
        **_life("iam-policy-removed"),
        "while proving": Moment(f"{_INJECTION}.prove", "during", delay_s=0.005),
        **_waits("the job fails", "are told that BuildFailureRateHigh is firing"),
        "while the responder acts": Moment("harness.aws.account:Account.put_role_policy", "before"),
    },
    "wrong": {
        "while committing": Moment("fault:role-annotation-wrong.inject", "during", delay_s=0.05),
        "while proving": Moment(f"{_INJECTION}.prove", "during", delay_s=0.3),
        "while reverting": Moment("fault:role-annotation-wrong.heal", "during", delay_s=0.05),
    },
    "bare": {
        "ledger on disk, no lease yet": Moment(f"{_LEASES}.put", "before"),
        "between two rules": Moment("harness.clients.proxy:FaultProxy.put_rule", "before", nth=2),
        "while pushes are held": Moment(f"{_SCENARIO}.expect", "during", delay_s=20.0, says="builds succeed", nth=2),
        "healed, still leased": Moment(f"{_LEASES}.delete", "before"),
    },
    "syntax": {
        **_life("parser-invalid"),
        **_waits("the job fails", "is told"),
        "while the developer mends": Moment("harness.verbs.incident:store_mended_parser", "before"),
    },
}
"""By the word that selects a scenario."""

POINTS = [(scenario, name) for scenario, moments in MOMENTS.items() for name in moments]


@dataclass(frozen=True)
class Row:
    """What one kill left and what healed it."""

    scenario: str
    moment: str
    left: list[str]
    healer: str
    healed_after_s: float
    residue: list[str]


@pytest.fixture(scope="module")
def target() -> ReferenceTarget:
    found = connect(ROOT / "clusters" / "reference" / "profile.yaml", ROOT)
    found.guard()
    return found


@pytest.fixture(scope="module")
def expected(target: ReferenceTarget) -> dict[str, str]:
    """What there should be; the tests add the parsers that their runs have stored."""
    return target.snapshot()


@pytest.fixture(scope="module")
def rows(request: pytest.FixtureRequest) -> Iterator[list[Row]]:
    seen: list[Row] = []
    yield seen
    table = Table(title=f"{len(seen)} runners killed", title_justify="left")
    for column in ("scenario", "killed", "left in the ledger", "healed by", "after", "residue"):
        table.add_column(column)
    for row in seen:
        left, residue = ", ".join(row.left) or "nothing", "; ".join(row.residue) or "0"
        table.add_row(row.scenario, row.moment, left, row.healer, f"{row.healed_after_s:.1f} s", residue)
    show(table, request.config)


@pytest.mark.kill
@pytest.mark.parametrize(("scenario", "name"), POINTS)
def test_nothing_is_left_of_a_killed_run(
    scenario: str, name: str, target: ReferenceTarget, expected: dict[str, str], rows: list[Row]
) -> None:
    try:
        expected |= _run_until_killed(scenario, MOMENTS[scenario][name])
        left = _left(target)
        killed_at = time.monotonic()
        # Every third is left to the watchdog, where a lease is there for it to find.
        by_watchdog = POINTS.index((scenario, name)) % 3 == 0 and bool(target.leases.all())
        if by_watchdog:
            _await_watchdog(target)
        else:
            _heal()
        healed_after_s = time.monotonic() - killed_at
        deadline = Deadline.after(RunClock(), _APPLY_S)
        allowed = target.may_remain()
        residue, _ = poll(
            lambda: differences(expected, target.snapshot(), allowed), lambda found: not found, deadline, _LOOK_EVERY_S
        )
        healer = "the watchdog" if by_watchdog else "make heal"
        rows.append(Row(scenario, name, left, healer, healed_after_s, residue))
    finally:
        _heal()
        target.delete_failed_jobs()
    assert residue == []
    assert target.leases.all() == []


def _run_until_killed(scenario: str, moment: Moment) -> dict[str, str]:
    """Answers with what a snapshot should have of the parsers that the run has stored."""
    command = [sys.executable, "-m", "pytest", "steps", "-q", "-p", "tests.cluster.kill_at"]
    with TemporaryDirectory(prefix="killed-") as folder:
        ran = subprocess.run(
            [*command, "-k", f"scenario and {scenario}", "--run-folder", folder],
            cwd=ROOT,
            env={**os.environ, VARIABLE: msgspec.json.encode(moment).decode()},
            capture_output=True,
            text=True,
            timeout=_RUN_LIMIT_S,
            check=False,
        )
        told = facts(Path(folder) / "timeline.jsonl")
    assert ran.returncode == -signal.SIGKILL, f"{moment} was never reached:\n{(ran.stdout + ran.stderr)[-3000:]}"
    return {fact["data"]["name"]: fact["data"]["digest"] for fact in told if fact["kind"] == "stored"}


def _left(target: ReferenceTarget) -> list[str]:
    files = len(list((ROOT / ".state" / "ledger").glob("*.json")))
    leases = len(target.leases.all())
    return [f"{number} {what}" for number, what in ((files, "on disk"), (leases, "leased")) if number]


def _await_watchdog(target: ReferenceTarget) -> None:
    leases, _ = poll(target.leases.all, lambda found: not found, Deadline.after(RunClock(), _WATCHDOG_S), _LOOK_EVERY_S)
    assert leases == [], f"the watchdog left them for {_WATCHDOG_S:g} s"


def _heal() -> None:
    healed = subprocess.run(
        [sys.executable, "-m", "harness", "heal"], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )
    assert healed.returncode == 0, healed.stdout + healed.stderr
