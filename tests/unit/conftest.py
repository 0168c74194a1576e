"""A run on a fake target."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from rich.console import Console

from chaos.faults import lookup
from harness.progress import Progress
from harness.running.lock import RunLock
from harness.running.run import Run
from harness.running.scenario import Scenario
from harness.running.signals import Signals
from tests.unit.fakes import FakeTarget


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing on a fake target takes time to be applied."""
    monkeypatch.setattr("harness.running.scenario._APPLY_S", 0.01)
    monkeypatch.setattr("harness.running.scenario._OUTSTANDING_S", 0.01)


@pytest.fixture
def target() -> FakeTarget:
    return FakeTarget()


@pytest.fixture
def new_run(tmp_path: Path, target: FakeTarget) -> Callable[[str], Run]:
    """Makes runs that share ledger and lock, as those of one checkout do."""

    def make(name: str) -> Run:
        return Run(
            folder=tmp_path / "reports" / name,
            state=tmp_path / "state",
            target=target,
            lookup=lookup,
            progress=Progress(Console(file=io.StringIO())),
            signals=Signals(),
            lock=RunLock(name, tmp_path / "lock"),
        )

    return make


@pytest.fixture
def running(new_run: Callable[[str], Run]) -> Iterator[Run]:
    with new_run("run-1") as run:
        yield run


@pytest.fixture
def scene(running: Run) -> Iterator[Scenario]:
    """A scenario that is running. (`scenario` is the plugin's.)"""
    with Scenario(running, "a scenario", "a.feature") as scenario:
        yield scenario
