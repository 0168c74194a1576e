"""A whole run from nothing: the ground, the scenarios, the report, and the ground again."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from rich.console import Console

from harness.cluster.dump import dump_cluster
from harness.errors import HarnessError, UsageError
from harness.facts.bundle import seal
from harness.facts.masking import mask_text
from harness.facts.timeline import Timeline, read
from harness.facts.timing import RunClock
from harness.ground.up import down, up
from harness.judging.judge import judge
from harness.judging.verdict import Verdict
from harness.report import files, text
from harness.running.runfolder import new_folder
from harness.running.signals import Signals
from harness.running.tether import tethered

_NOTHING_COLLECTED = 5
"""pytest's exit status when no test matched."""


def run_scenarios(
    root: Path, expression: str, profile: Path, alert_profile: str, *, keep: bool, console: Console
) -> int:
    """Run what `expression` selects; answers with the exit status.

    When the ground cannot be brought up there is a report all the same, and what evidence there is.

    Raises:
        UsageError: no scenario matches.
    """
    selected = _selected(root, expression)
    folder = new_folder(root / "reports")
    signals = Signals()
    signals.install()
    try:
        try:
            up(root, alert_profile=alert_profile)
        except (HarnessError, KeyboardInterrupt) as error:
            return _without_ground(error, root, folder, console)
        return _pytest(signals, root, "-k", selected, "--profile", str(profile), "--run-folder", str(folder))
    finally:
        signals.restore()
        if not keep:
            down(root)


def run_again(root: Path, expression: str, profile: Path) -> Path:
    """Run what `expression` selects on the cluster that is up; answers with the run's folder.

    Raises:
        UsageError: no scenario matches.
        HarnessError: it ended without a report.
    """
    selected = _selected(root, expression)
    folder = new_folder(root / "reports")
    signals = Signals()
    signals.install()
    try:
        status = _pytest(signals, root, "-k", selected, "--profile", str(profile), "--run-folder", str(folder))
    finally:
        signals.restore()
    if not (folder / "report.json").exists():
        raise HarnessError(f"run {folder.name} ended with {status} and without a report", todo="make status")
    return folder


def _pytest(signals: Signals, root: Path, *arguments: str) -> int:
    """pytest in a process of its own, which handles the signals; ours, which are taken over, wait for it to end.

    It is told to end when this process dies, too: nobody else would.
    """
    command = tethered("-m", "pytest", "steps", "-q", "-s", "--no-header", *arguments)
    child: subprocess.Popen[bytes] | None = None
    try:
        # A signal waits until there is somebody to pass it on to.
        with signals.held():
            child = subprocess.Popen(command, cwd=root, env=os.environ, start_new_session=True)
        return child.wait()
    except KeyboardInterrupt:
        if child is None:
            raise
        child.terminate()
        return child.wait()


def _selected(root: Path, expression: str) -> str:
    """What pytest's -k is given for `expression`. Raises UsageError when it selects nothing."""
    selected = f"test_scenarios and ({expression})" if expression else "test_scenarios"
    command = [sys.executable, "-m", "pytest", "steps", "-q", "--collect-only", "--no-header", "-k", selected]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    if done.returncode == _NOTHING_COLLECTED:
        listed = subprocess.run(command[:-2], cwd=root, capture_output=True, text=True, check=False).stdout
        names = [line.split("::", 1)[1] for line in listed.splitlines() if "::" in line]
        raise UsageError(f"no scenario matches {expression!r}", todo="there are: " + ", ".join(names))
    if done.returncode != 0:
        raise UsageError("the features cannot be read:\n" + done.stdout[-2000:], todo="make lint")
    return selected


def _without_ground(error: BaseException, root: Path, folder: Path, console: Console) -> int:
    _collect(root, folder)
    timeline = Timeline(folder / "timeline.jsonl", RunClock())
    stopped = isinstance(error, KeyboardInterrupt)
    what = "stopped while the cluster was brought up" if stopped else f"{type(error).__name__}: {error}"
    timeline.record("run-error", "ground", what=what)
    timeline.close()
    report = judge(read(timeline.path), folder.name)
    problems = files.write(report, folder)
    seal(folder, folder.name)
    text.show(report, console, problems)
    return Verdict.ABORTED.exit_code if stopped else report.verdict.exit_code


def _copy_masked(source: str, target: str) -> None:
    Path(target).write_text(mask_text(Path(source).read_text(errors="replace")))


def _collect(root: Path, folder: Path) -> None:
    """What was run to get so far, and what a half-made cluster has to say."""
    logs = root / ".state" / "logs"
    if logs.is_dir():
        shutil.copytree(logs, folder / "setup", dirs_exist_ok=True, copy_function=_copy_masked)
    try:
        dump_cluster(root / ".state" / "kubeconfig", folder)
    except HarnessError as error:
        (folder / "setup").mkdir(exist_ok=True)
        (folder / "setup" / "cluster.txt").write_text(f"{error}\n")
