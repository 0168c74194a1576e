"""A runner that lives renews its leases, and says so once when one was taken away."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from harness.errors import TargetError
from harness.facts.timeline import read
from harness.facts.timing import Deadline, RunClock
from harness.faults.heartbeat import Heartbeat
from harness.faults.injection import Injection
from harness.faults.ledger import Entry, Ledger
from harness.judging.judge import judge
from harness.judging.verdict import Verdict
from harness.running.run import Run
from harness.running.scenario import Scenario
from tests.unit.fakes import FakeLeases, FakeTarget

_LIMIT_S = 5.0


@pytest.fixture(autouse=True)
def _fast(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harness.faults.heartbeat._EVERY_S", 0.005)


class Beaten(FakeLeases):
    """Counts renewals; the first `silent` of them meet a silent API server."""

    def __init__(self, silent: int = 0) -> None:
        super().__init__()
        self._silent = silent
        self._beats = 0
        self._beat = threading.Condition()

    def renew(self, lease_id: str) -> bool:
        with self._beat:
            self._beats += 1
            self._beat.notify_all()
            if self._beats <= self._silent:
                raise TargetError("no answer")
        return super().renew(lease_id)

    def await_beats(self, more: int) -> None:
        """Wait for `more` further renewals."""
        with self._beat:
            wanted = self._beats + more
            assert self._beat.wait_for(lambda: self._beats >= wanted, _LIMIT_S)


class Watch:
    """A heartbeat on one entry, and what it reported."""

    def __init__(self, folder: Path, leases: Beaten) -> None:
        self.leases = leases
        self.ledger = Ledger(folder, leases)
        self.lost: list[Entry] = []
        self.told = threading.Event()
        self.heartbeat = Heartbeat(self.ledger, self._lose)
        self.entry = self._open()
        self.heartbeat.hold(self.entry)
        self.heartbeat.start()

    def _lose(self, entry: Entry) -> None:
        self.lost.append(entry)
        self.told.set()

    def _open(self) -> Entry:
        return self.ledger.open("fault", {}, {}, target="first", at=0, run="run-1")

    def another(self) -> Entry:
        entry = self._open()
        self.heartbeat.hold(entry)
        return entry


@pytest.fixture
def watch(tmp_path: Path) -> Iterator[Callable[[Beaten], Watch]]:
    made: list[Watch] = []

    def make(leases: Beaten) -> Watch:
        made.append(Watch(tmp_path, leases))
        return made[-1]

    yield make
    for each in made:
        each.heartbeat.stop()


def test_a_lease_is_renewed_again_and_again(watch: Callable[[Beaten], Watch]) -> None:
    watched = watch(Beaten())
    watched.leases.await_beats(3)
    assert watched.lost == []


def test_a_lost_lease_is_told_of_once(watch: Callable[[Beaten], Watch]) -> None:
    watched = watch(Beaten())
    watched.leases.delete(watched.entry.id)
    assert watched.told.wait(_LIMIT_S)
    # Beats on another entry show that more rounds have passed.
    watched.another()
    watched.leases.await_beats(3)
    assert watched.lost == [watched.entry]


def test_a_silent_server_takes_no_lease_away(watch: Callable[[Beaten], Watch]) -> None:
    watched = watch(Beaten(silent=2))
    watched.leases.await_beats(4)
    assert watched.lost == []


def test_what_is_released_may_go(watch: Callable[[Beaten], Watch]) -> None:
    watched = watch(Beaten())
    watched.heartbeat.release(watched.entry)
    watched.leases.delete(watched.entry.id)
    watched.another()
    watched.leases.await_beats(3)
    assert watched.lost == []


def test_a_fault_that_the_watchdog_healed_proves_nothing(new_run: Callable[[str], Run], target: FakeTarget) -> None:
    with new_run("run") as run:
        with Scenario(run, "a scenario", "a.feature") as scenario:
            injection = scenario.inject("iam-policy-removed", parser="p")
            assert isinstance(injection, Injection)
            target.leases.kept.clear()
            expired = run.timeline.wait_until(
                lambda facts: [f for f in facts if f.kind == "fault" and f.data["event"] == "expired"] or None,
                Deadline.after(RunClock(), _LIMIT_S),
            )
            assert expired is not None
        scenario.ended("completed")
    report = judge(list(read(run.timeline.path)), "run")
    assert report.verdict is Verdict.INCONCLUSIVE
    assert "healed by the watchdog while the scenario went on" in report.scenarios[0].reason
