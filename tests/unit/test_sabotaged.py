"""A real burst of builds, some refused and tried again, sabotaged afterwards: each sabotage is seen for what it is."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

import msgspec
import pytest

from harness.checkers import decide
from harness.facts.history import Fact
from harness.facts.timeline import read
from harness.judging.claims import Claim, Finding
from harness.judging.verdict import Verdict

FACTS = list(read(Path(__file__).parents[1] / "bundles" / "pass-ecr-rate-limit" / "timeline.jsonl"))
BEGAN = next(f.at for f in FACTS if f.kind == "scenario")
RETRIED = next(f.subject for f in FACTS if f.kind == "job" and f.data.get("attempt") == "2")

Sabotage = Callable[[list[Fact]], Iterable[Fact]]


def found(checker: str, facts: Iterable[Fact]) -> Finding:
    params = {"policy": {"max_attempts": 3, "base_s": 5.0, "max_s": 30.0}, "handling_s": 15.0}
    claim = Claim(id="c", scenario="s", text="c", checker=checker, params=params, since=BEGAN)
    ordered = sorted(facts, key=lambda fact: fact.seen)
    finding = decide(claim, [change(fact, seq=seq) for seq, fact in enumerate(ordered)], closed=True)
    assert finding is not None
    return finding


change = msgspec.structs.replace


def without_backoff(facts: list[Fact]) -> Iterable[Fact]:
    """Second attempts begin a tenth of a second after the first has failed."""
    failed = {f.subject: f.at for f in facts if f.kind == "job" and f.data["event"] == "failed"}
    for fact in facts:
        if fact.kind == "job" and fact.data.get("attempt") == "2" and fact.data["event"] == "created":
            yield change(fact, at=failed[fact.subject] + 0.1, seen=failed[fact.subject] + 0.1)
        else:
            yield fact


def slow_backoff(facts: list[Fact]) -> Iterable[Fact]:
    """One build waits for a minute longer than it did."""
    return [
        change(f, at=f.at + 60, seen=f.seen + 60)
        if f.subject == RETRIED and (f.kind == "build" or f.data.get("attempt") == "2")
        else f
        for f in facts
    ]


def doubled(facts: list[Fact]) -> Iterable[Fact]:
    """The jobs of one build are there twice."""
    twins = [change(f, data={**f.data, "job": f"{f.data['job']}-twin"}) for f in facts if "attempt" in f.data]
    return [*facts, *(twin for twin in twins if twin.subject == RETRIED)]


def settled_twice(facts: list[Fact]) -> Iterable[Fact]:
    return [*facts, *(f for f in facts if f.kind == "build" and f.subject == RETRIED)]


def lost(facts: list[Fact]) -> Iterable[Fact]:
    """One build is never settled: its result was lost."""
    return (f for f in facts if not (f.kind == "build" and f.subject == RETRIED))


def fourth_attempt(facts: list[Fact]) -> Iterable[Fact]:
    return (
        change(f, data={**f.data, "attempt": "4"}) if f.kind == "job" and f.data.get("attempt") == "2" else f
        for f in facts
    )


def renamed(facts: list[Fact]) -> Iterable[Fact]:
    """The first job of one build goes by another correlation id."""
    return (change(f, subject="stray-1") if f.subject == RETRIED and f.data.get("attempt") == "1" else f for f in facts)


@pytest.mark.parametrize("checker", ["builds-end-once", "correlation-kept"])
def test_as_it_was_it_passes(checker: str) -> None:
    assert found(checker, FACTS).verdict is Verdict.PASS


@pytest.mark.parametrize(
    ("sabotage", "checker", "said"),
    [
        (without_backoff, "builds-end-once", "there is no backoff: 5 attempts came within 0.1 s"),
        (slow_backoff, "builds-end-once", f"{RETRIED} waited 6"),
        (doubled, "builds-end-once", f"{RETRIED} was given 2 jobs for attempt 1"),
        (settled_twice, "builds-end-once", f"{RETRIED} ended 2 times"),
        (lost, "builds-end-once", f"{RETRIED} did not end"),
        (fourth_attempt, "builds-end-once", f"{RETRIED} was tried for the 4th time, 3 are allowed"),
        (renamed, "correlation-kept", "goes by stray-1, which nobody asked for"),
    ],
)
def test_sabotaged_it_fails_for_the_right_reason(sabotage: Sabotage, checker: str, said: str) -> None:
    finding = found(checker, sabotage(FACTS))
    assert finding.verdict is Verdict.FAIL
    assert said in finding.reason
