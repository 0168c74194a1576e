"""What somebody does to the cluster by hand, and a scenario run as a user runs it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from harness.ground.workspace import NODE_CONTAINER

ROOT = Path(__file__).parents[2]
_TIMEOUT_S = 120


def kubectl(*arguments: str, stdin: str | None = None) -> str:
    """kubectl on the cluster's node, as its administrator."""
    command = ["docker", "exec", "-i", NODE_CONTAINER, "kubectl", "--kubeconfig", "/etc/kubernetes/admin.conf"]
    done = subprocess.run(
        [*command, *arguments], input=stdin or "", capture_output=True, text=True, timeout=_TIMEOUT_S, check=False
    )
    assert done.returncode == 0, f"kubectl {arguments[0]}: {done.stderr}"
    return done.stdout


def run_scenario(words: str, folder: Path, *more: str) -> tuple[int, dict[str, Any], str]:
    """Run the scenarios that `words` select; answers with exit status, report and what was printed."""
    command = [sys.executable, "-m", "pytest", "steps", "-q", "-s", "-k", f"scenario and {words}"]
    done = subprocess.run(
        [*command, "--run-folder", str(folder), *more],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    report = folder / "report.json"
    printed = done.stdout + done.stderr
    assert report.exists(), printed[-3000:]
    return done.returncode, json.loads(report.read_text()), printed


def claim(report: dict[str, Any], words: str) -> dict[str, Any]:
    """The one claim of the report whose text has these words."""
    found = [c for s in report["scenarios"] for c in s["claims"] if words in c["text"]]
    assert len(found) == 1, [c["text"] for c in found]
    claimed: dict[str, Any] = found[0]
    return claimed
