"""A run kept for whoever runs scenarios: what became of it is told whenever it was stopped."""

from __future__ import annotations

import io
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.console import Console

from harness.judging.expectation import job_ends
from harness.judging.verdict import Verdict
from harness.running.keeper import RunKeeper, end
from harness.running.lock import RunLock
from harness.running.scenario import Scenario
from tests.unit.fakes import FakeTarget


@pytest.fixture
def keeper(tmp_path: Path, target: FakeTarget, monkeypatch: pytest.MonkeyPatch) -> Iterator[RunKeeper]:
    monkeypatch.setattr("harness.running.keeper.target_for", lambda *_profile: target)
    monkeypatch.setattr("harness.running.run.RunLock", lambda name: RunLock(name, tmp_path / "lock"))
    kept = RunKeeper(tmp_path, tmp_path / "profile.yaml", tmp_path / "run", Console(file=io.StringIO()))
    yield kept
    kept.signals.restore()


def play(keeper: RunKeeper) -> None:
    """A scenario that holds."""
    scenario = Scenario(keeper.run(), "a scenario", "a.feature").__enter__()
    scenario.record("job", "c", event="started", job="j")
    scenario.record("job", "c", event="failed", job="j")
    scenario.expect(job_ends("c", "failed", 30.0, budget_name="job-fails", since=scenario.began))
    end(scenario, None)


def test_a_run_that_holds_is_a_pass(keeper: RunKeeper) -> None:
    play(keeper)
    assert keeper.finish() is Verdict.PASS


def test_a_signal_between_scenarios_is_none(keeper: RunKeeper) -> None:
    play(keeper)
    with pytest.raises(KeyboardInterrupt):
        os.kill(os.getpid(), signal.SIGTERM)
    assert keeper.finish() is Verdict.ABORTED
    assert keeper.report is not None
    assert keeper.report.reason == "stopped by SIGTERM"
