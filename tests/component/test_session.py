"""A run's process does not outlive the `harness` that started it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from tests.component.test_ground_commands import runs

ROOT = Path(__file__).parents[2]
LIMIT_S = 30.0

HARNESS = """
import sys
from pathlib import Path
from harness.running import session
from harness.running.signals import Signals
signals = Signals()
signals.install()
session._pytest(signals, Path(sys.argv[1]))
"""

STEPS = """
import os, signal, sys, time
from pathlib import Path

def test_until_told_to_end():
    here = Path(__file__).parent
    signal.signal(signal.SIGTERM, lambda *_: sys.exit((here / "told").touch()))
    (here / "began").write_text(str(os.getpid()))
    (here / "began").rename(here / "process")
    time.sleep(120)
"""


def awaited(path: Path) -> bool:
    deadline = time.monotonic() + LIMIT_S
    while not path.exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    return path.exists()


def test_a_killed_harness_ends_its_run(tmp_path: Path) -> None:
    steps = tmp_path / "steps"
    steps.mkdir()
    (steps / "test_run.py").write_text(STEPS)
    harness = subprocess.Popen(
        [sys.executable, "-c", HARNESS, str(tmp_path)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.DEVNULL,
    )
    run = ""
    try:
        assert awaited(steps / "process")
        run = (steps / "process").read_text()
        harness.kill()
        assert awaited(steps / "told"), "the run goes on"
        deadline = time.monotonic() + LIMIT_S
        while runs(run) and time.monotonic() < deadline:
            time.sleep(0.01)
        assert not runs(run)
    finally:
        harness.kill()
        harness.wait()
        if run and runs(run):
            os.kill(int(run), signal.SIGKILL)
