"""Experiments as a user runs them: `chaos run`. Needs the cluster that `make up` makes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from chaos.experiments import FAULTS, SCENARIOS
from harness.facts.timing import Deadline, RunClock, poll
from harness.faults.ledger import Ledger
from harness.targets.reference import connect
from tests.cluster.hand import ROOT, RUN_LIMIT_S, await_fault, facts

_STOP_LIMIT_S = 2.0
_START_LIMIT_S = 60.0
_LOST = SCENARIOS / "s3-access-denied-the-role-lost-its-policy.yaml"


@pytest.mark.parametrize("fault", ["s3-denied", "registry-down", "s3-object-missing"])
def test_a_faults_experiment_passes_and_keeps_its_journal(fault: str, tmp_path: Path) -> None:
    with chaos_run(FAULTS / f"{fault}.yaml", tmp_path) as (started, folder):
        assert started.wait(timeout=RUN_LIMIT_S) == 0, (tmp_path / "printed").read_text()[-3000:]
    assert report(folder)["verdict"] == "PASS"
    journal = json.loads((folder / "journal.json").read_text())
    assert (journal["status"], journal["deviated"]) == ("completed", False)
    assert journal["chaos-harness"] == {"verdict": "PASS", "reason": "", "run": folder.name}
    assert (folder / "junit.xml").exists()
    assert "accepting AMQP connection" in "".join(
        log.read_text() for log in folder.glob("logs/messaging/rabbitmq-*/*.log")
    )
    assert_healed()


def test_what_never_acts_ends_with_1(tmp_path: Path) -> None:
    with chaos_run(FAULTS / "noop.yaml", tmp_path) as (started, folder):
        assert started.wait(timeout=RUN_LIMIT_S) == 1
    assert report(folder)["verdict"] == "INCONCLUSIVE"
    assert "INCONCLUSIVE: noop was never seen to act" in (tmp_path / "printed").read_text()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("moment", ["injecting", "effective"])
def test_a_signal_during_an_activity_heals_at_once(number: signal.Signals, moment: str, tmp_path: Path) -> None:
    with chaos_run(_LOST, tmp_path) as (started, folder):
        await_fault(folder / "timeline.jsonl", moment)
        assert_stops(started, folder, "iam-policy-removed", number)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_while_a_build_is_waited_for_heals_at_once(number: signal.Signals, tmp_path: Path) -> None:
    with chaos_run(_LOST, tmp_path) as (started, folder):
        await_fault(folder / "timeline.jsonl", "effective")
        await_said(tmp_path / "printed", "Probe: the job fails")
        assert_stops(started, folder, "iam-policy-removed", number)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_during_a_pause_heals_at_once(number: signal.Signals, tmp_path: Path) -> None:
    with chaos_run(FAULTS / "s3-denied.yaml", tmp_path) as (started, folder):
        await_said(tmp_path / "printed", "Pausing before next activity")
        assert_stops(started, folder, "s3-denied", number)


@contextmanager
def chaos_run(experiment: Path, folder: Path) -> Iterator[tuple[subprocess.Popen[bytes], Path]]:
    """`chaos run` beside, with the folder of its report; killed when left before its end."""
    before = set((ROOT / "reports").glob("*"))
    command = [str(Path(sys.executable).parent / "chaos"), "--no-version-check", "--no-log-file", "run"]
    with (folder / "printed").open("wb") as printed:
        started = subprocess.Popen(
            [*command, "--journal-path", str(folder / "journal.json"), str(experiment)],
            cwd=ROOT,
            stdout=printed,
            stderr=subprocess.STDOUT,
        )
    try:
        made, _ = poll(
            lambda: [path for path in set((ROOT / "reports").glob("*")) - before if not path.is_symlink()],
            bool,
            Deadline.after(RunClock(), _START_LIMIT_S),
            0.05,
        )
        assert len(made) == 1, (folder / "printed").read_text()[-3000:]
        yield started, made[0]
    finally:
        if started.poll() is None:
            started.kill()
            started.wait()


def await_said(printed: Path, words: str) -> None:
    """Return as soon as it was printed."""
    said, _ = poll(lambda: words in printed.read_text(), bool, Deadline.after(RunClock(), _START_LIMIT_S), 0.005)
    assert said, printed.read_text()[-3000:]


def assert_stops(started: subprocess.Popen[bytes], folder: Path, fault: str, number: signal.Signals) -> None:
    """Send the signal: the fault is healed in time, the run is ABORTED, nothing is left."""
    os.kill(started.pid, number)
    stopped_at = time.time()
    assert started.wait(timeout=60) == 1
    healed = [f for f in facts(folder / "timeline.jsonl") if f["kind"] == "fault" and f["data"]["event"] == "healed"]
    assert [f["subject"] for f in healed] == [fault]
    assert healed[0]["at"] - stopped_at <= _STOP_LIMIT_S
    assert report(folder)["verdict"] == "ABORTED"
    assert json.loads((folder / "journal.json").read_text())["status"] == "interrupted"
    assert_healed()


def report(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "report.json").read_text())
    return found


def assert_healed() -> None:
    """Nothing is broken, by ledger, by lease, by role and by proxy."""
    target = connect(ROOT / "clusters" / "reference" / "profile.yaml", ROOT)
    assert Ledger(ROOT / ".state" / "ledger", target.leases).entries() == []
    assert target.identity.role_policy(target.builder_role_arn.rsplit("/", 1)[-1], target.parser_policy) is not None
    assert list(target.proxy.rules()) == []
