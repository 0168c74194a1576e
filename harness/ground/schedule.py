"""Runs steps that depend on each other, a bounded number of each kind at a time."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from graphlib import TopologicalSorter


@dataclass(frozen=True)
class Step:
    """A named piece of work. Steps of one `lane` share that lane's width."""

    name: str
    lane: str
    needs: tuple[str, ...]
    run: Callable[[], None]


def run_steps(steps: Sequence[Step], *, lanes: Mapping[str, int], on_interrupt: Callable[[], None]) -> None:
    """Run all steps, each after those it needs, earlier ones in `steps` first.

    The first failure stops everything: `on_interrupt` is called so that running steps end, and the error is raised.
    An interrupt of the calling thread does the same.
    """
    by_name = {step.name: step for step in steps}
    order = {step.name: place for place, step in enumerate(steps)}
    graph = TopologicalSorter({step.name: [need for need in step.needs if need in by_name] for step in steps})
    graph.prepare()
    ready: list[str] = []
    running: dict[Future[None], str] = {}
    busy = dict.fromkeys(lanes, 0)
    with ThreadPoolExecutor(max_workers=sum(lanes.values())) as pool:
        try:
            while graph.is_active():
                ready = sorted([*ready, *graph.get_ready()], key=order.__getitem__)
                for name in list(ready):
                    lane = by_name[name].lane
                    if busy[lane] < lanes[lane]:
                        ready.remove(name)
                        busy[lane] += 1
                        running[pool.submit(by_name[name].run)] = name
                done, _ = wait(running, return_when=FIRST_COMPLETED)
                for future in done:
                    name = running.pop(future)
                    busy[by_name[name].lane] -= 1
                    future.result()
                    graph.done(name)
        except BaseException:
            on_interrupt()
            raise
