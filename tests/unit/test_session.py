"""Signals reach the process that runs the scenarios, whenever they come."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from harness.running import session
from harness.running.signals import Signals


class Child:
    """A process that gets a signal sent while it is started, or while it is waited for."""

    def __init__(self, at: str) -> None:
        self.at = at
        self.calls: list[str] = []

    def start(self, *_unused: Any, **_named: Any) -> Child:
        self._call("start")
        return self

    def wait(self) -> int:
        self._call("wait")
        return 11

    def terminate(self) -> None:
        self._call("terminate")

    def _call(self, what: str) -> None:
        self.calls.append(what)
        if what == self.at and self.calls.count(what) == 1:
            os.kill(os.getpid(), signal.SIGINT)


@pytest.fixture
def signals() -> Iterator[Signals]:
    found = Signals()
    found.install()
    yield found
    found.restore()


@pytest.mark.parametrize(
    ("at", "calls"),
    [("start", ["start", "terminate", "wait"]), ("wait", ["start", "wait", "terminate", "wait"])],
)
def test_a_signal_is_passed_on_and_the_end_awaited(
    at: str, calls: list[str], signals: Signals, monkeypatch: pytest.MonkeyPatch
) -> None:
    child = Child(at)
    monkeypatch.setattr("harness.running.session.subprocess.Popen", child.start)
    try:
        assert session._pytest(signals, Path()) == 11
    except KeyboardInterrupt:
        pytest.fail("the signal did not wait for the child")
    assert child.calls == calls


def test_a_signal_between_the_ground_and_the_run_removes_the_ground(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []
    monkeypatch.setattr(session, "_selected", lambda *_: "selected")
    monkeypatch.setattr(session, "up", lambda *_, **_named: done.append("up"))
    monkeypatch.setattr(session, "down", lambda *_: done.append("down"))

    def signalled(*_unused: str) -> list[str]:
        os.kill(os.getpid(), signal.SIGTERM)
        return []

    def unheard(*_unused: object) -> None:
        raise AssertionError("the signal came to nobody")

    monkeypatch.setattr(session, "tethered", signalled)
    previous = signal.signal(signal.SIGTERM, unheard)
    try:
        with pytest.raises(KeyboardInterrupt):
            session.run_scenarios(tmp_path, "", Path("profile"), "ci", keep=False, console=Console())
    finally:
        signal.signal(signal.SIGTERM, previous)
    assert done == ["up", "down"]
