"""A history in memory and one in a file answer alike, and reading a part of it does not read the rest."""

from __future__ import annotations

import random
import threading
from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest

from harness.checkers import decide
from harness.facts.history import FORMAT, Fact, FileStore, History, MemoryStore
from harness.facts.timeline import Timeline
from harness.facts.timing import Deadline, RunClock
from harness.judging.verdict import Verdict
from tests.unit.stories import claim

KINDS, SUBJECTS = ("job", "build", "alert"), ("a", "b", "c")


def made(count: int) -> list[Fact]:
    """Facts in the order of their recording, some dated by a clock that is behind or ahead."""
    chance = random.Random(7)
    opened = Fact(seq=0, at=0.0, seen=0.0, kind="timeline", subject="opened", source="t", data={"format": FORMAT})
    return [opened] + [
        Fact(
            seq=seq,
            at=seq + chance.choice([-3.5, 0.0, 2.5]),
            seen=float(seq),
            kind=chance.choice(KINDS),
            subject=chance.choice(SUBJECTS),
            source="t",
            data={"n": seq},
        )
        for seq in range(1, count)
    ]


def written(path: Path, facts: Sequence[Fact]) -> Path:
    path.write_bytes(b"".join(msgspec.json.encode(fact) + b"\n" for fact in facts))
    return path


@pytest.fixture(params=["memory", "file"])
def history(request: pytest.FixtureRequest, tmp_path: Path) -> History:
    if request.param == "memory":
        return History.over(made(200))
    return History(FileStore(written(tmp_path / "t.jsonl", made(200))))


def test_it_is_the_facts(history: History) -> None:
    facts = made(200)
    assert list(history) == facts
    assert list(reversed(history)) == facts[::-1]
    assert (history[0], history[-1], len(history)) == (facts[0], facts[-1], 200)
    with pytest.raises(IndexError):
        history[200]


@pytest.mark.parametrize(("start", "stop"), [(0, 200), (0, 0), (17, 90), (90, 17), (199, 500), (-20, -1)])
@pytest.mark.parametrize("subject", [None, *SUBJECTS, "nobody"])
@pytest.mark.parametrize("since", [None, -1.0, 50.0, 50.5, 1000.0])
def test_it_finds_what_a_look_through_all_finds(
    history: History, start: int, stop: int, subject: str | None, since: float | None
) -> None:
    part, facts = history[start:stop], made(200)[start:stop]
    assert list(part) == facts
    for kind in (*KINDS, "nothing"):
        same = [f for f in facts if f.kind == kind and subject in (None, f.subject)]
        wanted = [f for f in same if since is None or f.at >= since]
        assert list(part.of(kind, subject, since=since)) == wanted
        assert part.last(kind, subject) == (same[-1] if same else None)


def test_a_part_of_a_part(history: History) -> None:
    assert list(history[20:100][10:20]) == made(200)[30:40]


def test_what_comes_later_is_not_in_it() -> None:
    store = MemoryStore(made(50))
    history = History(store)
    store.append(msgspec.structs.replace(made(51)[50], kind="job"))
    assert len(history) == 50
    assert all(fact.seq < 50 for fact in history.of("job"))


class CountingStore(MemoryStore):
    """Counts how often a fact is read."""

    reads = 0

    def fact(self, position: int) -> Fact:
        self.reads += 1
        return super().fact(position)


def test_a_claim_reads_what_it_is_about_and_no_more() -> None:
    store = CountingStore(made(20_000))
    store.append(
        Fact(
            seq=20_000,
            at=20_000.0,
            seen=20_000.0,
            kind="build",
            subject="p-1",
            source="t",
            data={"event": "settled", "outcome": "succeeded", "attempts": 1, "category": "", "job": "j"},
        )
    )
    checked = claim("build-settles", correlation_id="p-1", outcome="succeeded", category="", attempts=1)
    found = decide(checked, History(store), closed=True)
    assert found is not None
    assert found.verdict is Verdict.PASS
    assert store.reads < 10


def test_since_reads_from_there() -> None:
    store = CountingStore(made(20_000))
    assert len(list(History(store).of("job", since=19_990.0))) < 20
    assert store.reads < 60


def test_a_wait_looks_at_facts_that_came_together_once(tmp_path: Path) -> None:
    timeline = Timeline(tmp_path / "timeline.jsonl", RunClock())
    looks: list[int] = []
    writing = threading.Thread(target=lambda: [timeline.record("job", "a") for _ in range(5_000)])

    def look(facts: History) -> bool | None:
        looks.append(len(facts))
        if len(looks) == 1:
            writing.start()
            writing.join()
        return True if len(facts) > 5_000 else None

    assert timeline.wait_until(look, Deadline.after(timeline.clock, 30.0))
    assert looks == [1, 5_001]
