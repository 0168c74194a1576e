"""A probe that must never fail ends the run when it does: at once, healed, ABORTED with what was seen."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

import pytest

from harness.errors import TargetError
from harness.facts.history import History
from harness.facts.timing import Deadline
from harness.judging.judge import judge
from harness.judging.verdict import Verdict
from harness.probe import Observation, Probe
from harness.running.keeper import end
from harness.running.run import Run
from harness.running.scenario import Scenario
from tests.unit.fakes import POLICY, FakeTarget

HEALED_WITHIN_S = 2.0


class Server:
    """Answers until told not to."""

    def __init__(self) -> None:
        self.well = True
        self.looks = 0
        self.asked = threading.Event()

    def look(self) -> Observation:
        self.looks += 1
        self.asked.set()
        if not self.well:
            raise TargetError("connection refused")
        return Observation(value=1, accepted=True, detail="it answers")


@pytest.fixture(autouse=True)
def _often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harness.faults.tripwire._EVERY_S", 0.02)


@pytest.fixture
def server(target: FakeTarget) -> Server:
    server = Server()
    target.probes = [Probe("the server answers", server.look, stop=True), Probe("quiet", _never)]
    return server


@pytest.fixture
def guarded(new_run: Callable[[str], Run]) -> Iterator[Run]:
    """A run whose signals are taken over, as those of a real one are."""
    with new_run("guarded") as run:
        run.signals.install()
        yield run
        run.signals.restore()


def _never() -> Observation:
    return Observation(value=None, accepted=False, detail="not well, but not looked at either")


def test_crossing_it_heals_and_aborts_at_once(guarded: Run, target: FakeTarget, server: Server) -> None:
    scenario = Scenario(guarded, "a scenario", "a.feature").__enter__()
    scenario.inject("iam-policy-removed", parser="p")
    assert target.identity.role_policy("prd", "S3Access") is None
    crossed = time.monotonic()

    def cross(_facts: History) -> None:
        server.well = False

    with pytest.raises(KeyboardInterrupt) as stopped:
        scenario.wait_until(cross, 30.0, "nothing")
    end(scenario, stopped.value)
    assert time.monotonic() - crossed < HEALED_WITHIN_S
    assert target.identity.role_policy("prd", "S3Access") == POLICY
    report = judge(guarded.timeline.facts(), "run")
    assert report.verdict is Verdict.ABORTED
    assert "stopped by the server answers: connection refused" in report.scenarios[0].reason


def test_while_it_holds_nothing_happens(guarded: Run, server: Server) -> None:
    with Scenario(guarded, "a scenario", "a.feature") as scenario:
        scenario.inject("iam-policy-removed", parser="p")
        guarded.timeline.wait_until(lambda _facts: None, Deadline.after(guarded.timeline.clock, 0.2))
    assert server.looks > 2
    assert guarded.timeline.facts().last("tripped") is None


def test_it_is_not_watched_before_anything_is_broken_nor_after(guarded: Run, server: Server) -> None:
    with Scenario(guarded, "a scenario", "a.feature") as scenario:
        assert server.looks == 0
        scenario.inject("iam-policy-removed", parser="p")
        assert server.asked.wait(1.0)
    server.well = False
    assert (
        guarded.timeline.wait_until(lambda facts: facts.last("tripped"), Deadline.after(guarded.timeline.clock, 0.2))
        is None
    )
    assert not guarded.signals.received


def test_one_late_answer_trips_nothing(guarded: Run, target: FakeTarget) -> None:
    looks: list[int] = []

    def late_once() -> Observation:
        looks.append(1)
        if len(looks) == 2:
            raise TargetError("timed out")
        return Observation(value=1, accepted=True, detail="it answers")

    target.probes = [Probe("the server answers", late_once, stop=True)]
    with Scenario(guarded, "a scenario", "a.feature") as scenario:
        scenario.inject("iam-policy-removed", parser="p")
        guarded.timeline.wait_until(lambda _facts: len(looks) > 4 or None, Deadline.after(guarded.timeline.clock, 0.3))
    assert len(looks) > 2
    assert guarded.timeline.facts().last("tripped") is None
    assert not guarded.signals.received
