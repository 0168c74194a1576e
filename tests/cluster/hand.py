"""What somebody does to the cluster by hand, and a scenario run as a user runs it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from rich.table import Table

from harness.facts.timing import Deadline, RunClock, poll
from harness.ground.workspace import NODE_CONTAINER

ROOT = Path(__file__).parents[2]
RUN_LIMIT_S = 600.0
"""A scenario, on a slow machine."""
ROLLOUT_LIMIT_S = 180
_TIMEOUT_S = ROLLOUT_LIMIT_S + 60
_START_LIMIT_S = 180.0
_LOOK_EVERY_S = 0.005


def show(table: Table, config: pytest.Config) -> None:
    """Print what tests have found, past pytest's capturing, which keeps it for failures alone."""
    with config.pluginmanager.getplugin("capturemanager").global_and_fixture_disabled():
        Console(width=140).print("", table)


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
        timeout=RUN_LIMIT_S,
        check=False,
    )
    report = folder / "report.json"
    printed = done.stdout + done.stderr
    assert report.exists(), printed[-3000:]
    return done.returncode, json.loads(report.read_text()), printed


def claim(report: dict[str, Any], words: str) -> dict[str, Any]:
    """The one claim of the report whose text has these words."""
    found = claims(report, words)
    assert len(found) == 1, [c["text"] for c in found]
    return found[0]


def claims(report: dict[str, Any], words: str) -> list[dict[str, Any]]:
    """All claims of the report whose text has these words, in the order in which they were made."""
    return [c for s in report["scenarios"] for c in s["claims"] if words in c["text"]]


def await_rollout(deployment: str, namespace: str) -> None:
    """Return as soon as all pods of a deployment are the new ones."""
    kubectl(
        "rollout", "status", f"deployment/{deployment}", "--namespace", namespace, f"--timeout={ROLLOUT_LIMIT_S}s"
    )  # fmt: skip


@contextmanager
def start_scenario(words: str, folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """The scenarios that `words` select, running beside; killed when left before their end."""
    command = [sys.executable, "-m", "pytest", "steps", "-q", "-k", f"scenario and {words}"]
    started = subprocess.Popen(
        [*command, "--run-folder", str(folder)], cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        yield started
    finally:
        if started.poll() is None:
            started.kill()
            started.wait()


def await_fault(timeline: Path, event: str) -> None:
    """Return as soon as a fault's `event` is on the timeline of a run that goes on beside."""

    def there() -> bool:
        return any(f["kind"] == "fault" and f["data"]["event"] == event for f in facts(timeline))

    seen, _ = poll(there, bool, Deadline.after(RunClock(), _START_LIMIT_S), _LOOK_EVERY_S)
    assert seen, f"no fault was {event} within {_START_LIMIT_S:g} s"


def facts(timeline: Path) -> list[dict[str, Any]]:
    """What a run that may still go on has written so far."""
    if not timeline.exists():
        return []
    return [json.loads(line) for line in timeline.read_text().splitlines(keepends=True) if line.endswith("\n")]
