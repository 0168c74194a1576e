"""What CI runs ends in time, says how it ended and leaves no cluster; `make` only says what it was told."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.component.test_ground_commands import runs

SCRIPT = Path(__file__).parents[2] / ".ci" / "run"
LIMIT_S = 30.0
ALL = ["lint", "chaos KEEP=1", "rules-lint", "test-cluster", "test", "down"]

MAKE = """#!/bin/sh
echo "$*" >> "$SAID"
[ "$1" = "$FAILS" ] && exit 2
if [ "$1" = "$HANGS" ]; then
  sleep 60 & echo $! > "$SAID.unfinished"
  mv "$SAID.unfinished" "$SAID.child"
  wait
fi
exit 0
"""


@pytest.fixture
def said(tmp_path: Path) -> Path:
    make = tmp_path / "make"
    make.write_text(MAKE)
    make.chmod(0o755)
    return tmp_path / "said"


def start(said: Path, script: Path = SCRIPT, **how: str) -> subprocess.Popen[str]:
    path = f"{said.parent}:{os.environ['PATH']}"
    environment = {"PATH": path, "SAID": str(said), "FAILS": "", "HANGS": "", **how}
    # Where these tests run in the background SIGINT may be ignored, and a shell cannot undo that.
    command = ["env", "--default-signal=INT", str(script)]
    return subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)


def started(said: Path) -> str:
    """The process that a hanging `make` has started."""
    child = said.with_name("said.child")
    deadline = time.monotonic() + LIMIT_S
    while not child.exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    return child.read_text().strip()


def test_all_is_run_and_the_cluster_removed(said: Path) -> None:
    assert start(said).wait(LIMIT_S) == 0
    assert said.read_text().splitlines() == ALL


@pytest.mark.parametrize("fails", ["lint", "test-cluster", "test"])
def test_a_failure_ends_it_and_the_cluster_is_removed(fails: str, said: Path) -> None:
    assert start(said, FAILS=fails).wait(LIMIT_S) == 2
    assert said.read_text().splitlines() == [*ALL[: ALL.index(fails) + 1], "down"]


def test_a_cluster_that_cannot_be_removed_is_a_failure(said: Path) -> None:
    assert start(said, FAILS="down").wait(LIMIT_S) == 1


@pytest.mark.parametrize(("number", "status"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_signal_ends_what_runs_and_the_cluster_is_removed(number: signal.Signals, status: int, said: Path) -> None:
    script = start(said, HANGS="chaos")
    child = started(said)
    script.send_signal(number)
    assert script.wait(LIMIT_S) == status
    assert not runs(child)
    assert said.read_text().splitlines() == ["lint", "chaos KEEP=1", "down"]


def test_what_takes_too_long_is_ended_with_all_it_has_started(said: Path, tmp_path: Path) -> None:
    hasty = tmp_path / ".ci" / "run"
    hasty.parent.mkdir()
    hasty.write_text(SCRIPT.read_text().replace("within 20m", "within 0.5s"))
    hasty.chmod(0o755)
    script = start(said, hasty, HANGS="test-cluster")
    child = started(said)
    _, told = script.communicate(timeout=LIMIT_S)
    assert script.returncode == 124
    assert "make test-cluster did not end within 0.5s" in told
    assert not runs(child)
    assert said.read_text().splitlines()[-2:] == ["test-cluster", "down"]


def test_all_together_are_well_below_ninety_minutes() -> None:
    limits = [int(minutes) for minutes in re.findall(r"within (\d+)m make", SCRIPT.read_text())]
    assert len(limits) == len(ALL)
    assert sum(limits) <= 80
