"""Steps run after what they need, no more at a time than their lane is wide, and stop at the first failure."""

from __future__ import annotations

import threading

import pytest

from harness.ground.schedule import Step, run_steps


class Recorder:
    """Steps that note when they run and how many of their lane run at once."""

    def __init__(self) -> None:
        self.order: list[str] = []
        self.most = 0
        self._now = 0
        self._lock = threading.Lock()
        self.stopped = 0

    def step(self, name: str, *needs: str, lane: str = "a") -> Step:
        def run() -> None:
            with self._lock:
                self._now += 1
                self.most = max(self.most, self._now)
            with self._lock:
                self.order.append(name)
                self._now -= 1

        return Step(name, lane, needs, run)

    def stop(self) -> None:
        self.stopped += 1


def test_needs_come_first_and_then_the_given_order() -> None:
    recorder = Recorder()
    steps = [recorder.step("late", "early"), recorder.step("second"), recorder.step("early"), recorder.step("third")]
    run_steps(steps, lanes={"a": 1}, on_interrupt=recorder.stop)
    assert recorder.order == ["second", "early", "late", "third"]
    assert (recorder.most, recorder.stopped) == (1, 0)


def test_lanes_run_side_by_side() -> None:
    meeting = threading.Barrier(2, timeout=5)
    steps = [Step(lane, lane, (), lambda: (meeting.wait(), None)[1]) for lane in ("a", "b")]
    run_steps(steps, lanes={"a": 1, "b": 1}, on_interrupt=lambda: None)
    assert not meeting.broken


def test_needs_that_are_not_steps_are_there_already() -> None:
    recorder = Recorder()
    run_steps([recorder.step("only", "made before")], lanes={"a": 1}, on_interrupt=recorder.stop)
    assert recorder.order == ["only"]


def test_a_failure_stops_what_runs_and_starts_nothing_more() -> None:
    recorder = Recorder()

    def fail() -> None:
        raise ValueError("broken")

    steps = [Step("bad", "a", (), fail), recorder.step("after", "bad"), recorder.step("next")]
    with pytest.raises(ValueError, match="broken"):
        run_steps(steps, lanes={"a": 1}, on_interrupt=recorder.stop)
    assert recorder.order == []
    assert recorder.stopped == 1
