"""The log of hits: bounded, numbered, and telling of what it dropped."""

from __future__ import annotations

import asyncio

from chaos.proxy.call import Call
from chaos.proxy.hits import HitLog


def filled(keep: int, count: int) -> HitLog:
    log = HitLog(keep)
    for _ in range(count):
        add(log)
    return log


def add(log: HitLog) -> None:
    log.append(at=0.0, rule="r", owner="o", call=Call(), outcome="passed", waited_ms=0.0, status=200)


def test_pages_join_without_gaps() -> None:
    log = filled(10, 5)
    first, _ = log.after(0, 3)
    second, _ = log.after(first[-1].seq, 3)
    assert [hit.seq for hit in (*first, *second)] == [1, 2, 3, 4, 5]
    assert log.after(5, 3) == ([], 0)


def test_what_was_dropped_is_counted() -> None:
    hits, dropped = filled(3, 10).after(2, 100)
    assert [hit.seq for hit in hits] == [8, 9, 10]
    assert dropped == 5


def test_an_empty_log_has_dropped_nothing() -> None:
    assert HitLog(3).after(0, 10) == ([], 0)


def test_who_waits_is_woken_by_the_next_hit() -> None:
    async def scenario() -> None:
        log = filled(3, 1)
        waiting = [asyncio.ensure_future(log.more(1)) for _ in range(2)]
        await asyncio.wait(waiting, timeout=0.01)
        assert not any(one.done() for one in waiting)
        add(log)
        await asyncio.gather(*waiting)
        await log.more(1)

    asyncio.run(asyncio.wait_for(scenario(), 5))
