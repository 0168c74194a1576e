"""`pytest -k scenario` selects the scenarios and nothing else."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_word_selects_scenes_alone() -> None:
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-k", "scenario"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    selected = [line for line in listed.splitlines() if "::" in line]
    assert selected
    assert not [line for line in selected if not line.startswith("steps/test_scenarios.py::")]
