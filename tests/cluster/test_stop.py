"""Stopped at any moment, a run heals what it broke before it goes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from harness.targets.reference import connect
from tests.cluster.hand import ROOT, await_fault, facts, start_scenario

_STOP_LIMIT_S = 2.0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("moment", ["injecting", "effective"])
def test_a_signal_heals_at_once(number: signal.Signals, moment: str, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    with start_scenario("policy", folder) as started:
        await_fault(folder / "timeline.jsonl", moment)
        os.kill(started.pid, number)
        stopped_at = time.time()
        started.wait(timeout=60)
    healed = [f for f in facts(folder / "timeline.jsonl") if f["kind"] == "fault" and f["data"]["event"] == "healed"]
    assert [f["subject"] for f in healed] == ["iam-policy-removed"]
    assert healed[0]["at"] - stopped_at <= _STOP_LIMIT_S
    assert json.loads((folder / "report.json").read_text())["verdict"] == "ABORTED"
    assert started.returncode == 11
    target = connect(ROOT / "clusters" / "reference" / "profile.yaml", ROOT)
    assert target.identity.role_policy(target.builder_role_arn.rsplit("/", 1)[-1], target.parser_policy) is not None


def test_a_killed_run_is_healed_by_hand(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    with start_scenario("policy", folder):
        await_fault(folder / "timeline.jsonl", "effective")
    target = connect(ROOT / "clusters" / "reference" / "profile.yaml", ROOT)
    role = target.builder_role_arn.rsplit("/", 1)[-1]
    assert target.identity.role_policy(role, target.parser_policy) is None
    healed = subprocess.run(
        [sys.executable, "-m", "harness", "heal"], cwd=ROOT, capture_output=True, text=True, timeout=120, check=True
    )
    assert "healed iam-policy-removed" in healed.stdout
    assert target.identity.role_policy(role, target.parser_policy) is not None
