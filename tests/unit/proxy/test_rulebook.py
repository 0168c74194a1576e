"""Rules come, act in their order, and end; what they hold is let go."""

from __future__ import annotations

import asyncio
import time

import pytest

from chaos.proxy.rulebook import RULES_AT_MOST, Rulebook
from chaos.proxy.rules import Error, Fault, Gate, Latency, Match, Rule, RuleRefused
from tests.unit.proxy.test_policy import FakeClock

DENY = Error(status=403, style="aws-xml-s3")


def rule(fault: Fault = DENY, *, owner: str = "run-1", ttl_s: float = 60) -> Rule:
    return Rule(owner=owner, ttl_s=ttl_s, match=Match(service="s3"), fault=fault)


def ids(book: Rulebook) -> list[str]:
    return [active.id for active in book.in_force()]


def test_a_rule_ends_by_itself() -> None:
    clock = FakeClock()
    book = Rulebook(clock)
    book.put("short", rule(ttl_s=5))
    book.put("long", rule(ttl_s=50))
    clock.now += 4.999
    assert ids(book) == ["short", "long"]
    clock.now += 0.001
    assert ids(book) == ["long"]
    clock.now += 50
    assert ids(book) == []
    assert book.empty


def test_a_rule_put_again_keeps_its_place_and_starts_anew() -> None:
    clock = FakeClock()
    book = Rulebook(clock)
    book.put("a", rule(ttl_s=5))
    book.put("b", rule())
    first = book.in_force()[0]
    first.hits = 3
    clock.now += 4
    book.put("a", rule(ttl_s=5))
    again = book.in_force()[0].state()
    assert (again.id, again.hits, again.remaining_s) == ("a", 0, 5.0)
    assert not first.in_force


def test_only_the_owners_rules_are_taken_away() -> None:
    book = Rulebook(FakeClock())
    book.put("a", rule(owner="run-1"))
    book.put("b", rule(owner="run-2"))
    book.put("c", rule(owner="run-1"))
    with pytest.raises(RuleRefused, match="belongs to 'run-2'"):
        book.put("b", rule(owner="run-1"))
    assert book.remove_owned("run-1") == ["a", "c"]
    assert ids(book) == ["b"]
    assert book.remove("b")
    assert not book.remove("b")


def test_there_are_only_so_many_rules() -> None:
    clock = FakeClock()
    book = Rulebook(clock)
    for number in range(RULES_AT_MOST):
        book.put(str(number), rule(ttl_s=5))
    with pytest.raises(RuleRefused, match="already"):
        book.put("more", rule())
    clock.now += 5
    book.put("more", rule())


def test_a_gate_lets_all_go_with_the_last_one_and_stays_open() -> None:
    async def scenario() -> None:
        book = Rulebook(time.monotonic)
        gate = Gate(count=3, max_hold_s=30)
        book.put("gate", rule(gate))
        (active,) = book.in_force()
        held = [asyncio.ensure_future(active.hold(gate)) for _ in range(2)]
        await asyncio.wait(held, timeout=0.01)
        assert active.state().waiting == 2
        await active.hold(gate)
        await asyncio.gather(*held)
        assert not active.gate_closed
        assert active.state().waiting == 0

    asyncio.run(scenario())


def test_a_gate_opens_for_all_when_its_time_is_over() -> None:
    async def scenario() -> None:
        book = Rulebook(time.monotonic)
        gate = Gate(count=3, max_hold_s=0.02)
        book.put("gate", rule(gate))
        (active,) = book.in_force()
        await asyncio.gather(active.hold(gate), active.hold(gate))
        assert not active.gate_closed

    asyncio.run(asyncio.wait_for(scenario(), 5))


def test_one_who_leaves_is_not_counted() -> None:
    async def scenario() -> None:
        book = Rulebook(time.monotonic)
        gate = Gate(count=2, max_hold_s=30)
        book.put("gate", rule(gate))
        (active,) = book.in_force()
        leaver = asyncio.ensure_future(active.hold(gate))
        await asyncio.wait([leaver], timeout=0.01)
        leaver.cancel()
        await asyncio.wait([leaver])
        stayer = asyncio.ensure_future(active.hold(gate))
        await asyncio.wait([stayer], timeout=0.01)
        assert not stayer.done()
        book.remove("gate")
        await stayer

    asyncio.run(asyncio.wait_for(scenario(), 5))


@pytest.mark.parametrize("fault", [Gate(count=2, max_hold_s=30), Latency(ms=30_000)])
def test_what_waits_goes_on_when_its_rule_is_taken_away(fault: Gate | Latency) -> None:
    async def scenario() -> None:
        book = Rulebook(time.monotonic)
        book.put("wait", rule(fault))
        (active,) = book.in_force()
        waiting = asyncio.ensure_future(active.hold(fault) if isinstance(fault, Gate) else active.delay(fault))
        await asyncio.wait([waiting], timeout=0.01)
        assert book.remove_owned("run-1") == ["wait"]
        await waiting

    asyncio.run(asyncio.wait_for(scenario(), 5))
