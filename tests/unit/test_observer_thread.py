"""What all observers share: one that dies says so before anything else is decided."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from harness.checkers import decide
from harness.errors import HarnessError, TargetError
from harness.facts.timeline import Timeline
from harness.facts.timing import Deadline, RunClock
from harness.judging.sight import lost
from harness.judging.verdict import Verdict
from harness.observers.thread import ObserverThread
from tests.unit.stories import claim


class Dying(ObserverThread):
    """Sees its source, and then raises what it was given, one error a watch."""

    source = "prometheus"

    def __init__(self, timeline: Timeline, *errors: Exception) -> None:
        super().__init__(timeline)
        self._errors = iter(errors)

    def watch(self) -> None:
        if not self._in_sight.is_set():
            self.sighted()
            self.record("heartbeat", "prometheus")
        raise next(self._errors)


@pytest.fixture
def timeline(tmp_path: Path) -> Iterator[Timeline]:
    line = Timeline(tmp_path / "timeline.jsonl", RunClock())
    yield line
    line.close()


@pytest.fixture
def died(timeline: Timeline, monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[str]]:
    """Lets an observer die of these errors, and answers with what is on the timeline of its sight."""
    monkeypatch.setattr("harness.observers.thread._RECONNECT_S", 0.01)

    def die(*errors: Exception) -> list[str]:
        observer = Dying(timeline, *errors)
        observer.start()
        with pytest.raises(HarnessError, match="the observer of prometheus died: KeyError"):
            timeline.wait_until(lambda _facts: None, Deadline.after(timeline.clock, 5.0))
        return [fact.data["event"] for fact in timeline.facts().of("observer", "prometheus")]

    return die


def test_one_that_dies_is_lost(timeline: Timeline, died: Callable[..., list[str]]) -> None:
    assert died(KeyError("x")) == ["watching", "lost"]
    assert lost(timeline.facts(), "prometheus")


def test_nothing_that_waits_for_nothing_passes_on_it(timeline: Timeline, died: Callable[..., list[str]]) -> None:
    died(KeyError("x"))
    found = decide(claim("only-expected-alerts", expected=[]), timeline.facts(), closed=True)
    assert found is not None
    assert found.verdict is Verdict.INCONCLUSIVE


def test_one_that_was_lost_already_is_lost_since_then(died: Callable[..., list[str]]) -> None:
    assert died(TargetError("cut"), KeyError("x")) == ["watching", "lost"]
