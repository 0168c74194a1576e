"""The observer of the fault proxy: a proxy that starts anew was lost, and counts from the start again."""

from __future__ import annotations

import queue
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.clients.proxy import ProxyCall, ProxyCaller, ProxyHit, ProxyVersion
from harness.errors import TargetError
from harness.facts.history import Fact
from harness.facts.timeline import Timeline
from harness.facts.timing import Deadline, RunClock, poll
from harness.judging.sight import gaps
from harness.observers.hits import HitObserver


class Proxy:
    """Streams the hits of one start; refuses a stream after a hit that there was not, as the real one does."""

    def __init__(self) -> None:
        self.there = True
        self.refused = 0
        self.began = 0
        self._coming: queue.SimpleQueue[ProxyHit | None] = queue.SimpleQueue()
        self.start(hits=3)

    def start(self, *, hits: int = 0) -> None:
        """Begin anew; what was streamed so far is cut."""
        self.began += 1
        self.kept = [hit(f"before-{number}", number + 1) for number in range(hits)]
        cut, self._coming = self._coming, queue.SimpleQueue()
        cut.put(None)

    def act(self, rule: str) -> None:
        self.kept.append(hit(rule, len(self.kept) + 1))
        self._coming.put(self.kept[-1])

    def version(self) -> ProxyVersion:
        return ProxyVersion("1", f"instance-{self.began}")

    def last_seq(self) -> int:
        return len(self.kept)

    def stream(self, after: int) -> Iterator[ProxyHit]:
        if not self.there or after > len(self.kept):
            self.refused += 1
            raise TargetError(f"after={after}: there were only {len(self.kept)} hits")
        return self._hits(self.kept[after:], self._coming)

    def _hits(self, kept: list[ProxyHit], coming: queue.SimpleQueue[ProxyHit | None]) -> Iterator[ProxyHit]:
        yield from kept
        seen = {each.seq for each in kept}
        while (more := coming.get()) is not None:
            if more.seq not in seen:
                yield more
        raise TargetError("cut")


def hit(rule: str, seq: int) -> ProxyHit:
    return ProxyHit(
        seq=seq,
        at=1.0,
        rule=rule,
        owner="o",
        call=ProxyCall(ProxyCaller()),
        outcome="passed",
        waited_ms=0.0,
        status=200,
    )


@pytest.fixture
def proxy() -> Proxy:
    return Proxy()


@pytest.fixture
def timeline(tmp_path: Path, proxy: Proxy, monkeypatch: pytest.MonkeyPatch) -> Iterator[Timeline]:
    monkeypatch.setattr("harness.observers.hits.FaultProxy", lambda _url: proxy)
    monkeypatch.setattr("harness.observers.thread._RECONNECT_S", 0.01)
    timeline = Timeline(tmp_path / "timeline.jsonl", RunClock())
    observer = HitObserver(timeline, "http://proxy")
    observer.start()
    yield timeline
    observer.stop()
    proxy.start()
    timeline.close()


def told(timeline: Timeline, rule: str) -> Fact | None:
    return timeline.wait_until(lambda facts: facts.last("hit", rule), Deadline.after(timeline.clock, 2.0))


def test_what_was_there_before_does_not_count(timeline: Timeline, proxy: Proxy) -> None:
    proxy.act("a")
    assert told(timeline, "a")
    assert [fact.subject for fact in timeline.facts().of("hit")] == ["a"]


@pytest.mark.parametrize("hits", [1, 9], ids=["fewer hits than before", "more hits than before"])
def test_one_that_starts_anew_was_lost_and_is_read_from_the_start(timeline: Timeline, proxy: Proxy, hits: int) -> None:
    proxy.act("a")
    assert told(timeline, "a")
    proxy.start(hits=hits)
    assert told(timeline, f"before-{hits - 1}")
    assert len(list(timeline.facts().of("hit"))) == 1 + hits
    assert [gap.ended is not None for gap in gaps(timeline.facts(), "fault-proxy")] == [True]


def test_it_is_not_back_before_its_stream_stands(timeline: Timeline, proxy: Proxy) -> None:
    proxy.there = False
    proxy.start()
    deadline = Deadline.after(timeline.clock, 2.0)
    assert poll(lambda: proxy.refused, lambda times: times >= 5, deadline, 0.005)[0] >= 5
    assert [fact.data["event"] for fact in timeline.facts().of("observer", "fault-proxy")] == ["watching", "lost"]
