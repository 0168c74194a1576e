"""`make bench-faults`: how fast faults act, end and stop, beside the tools people use today, in one run.

It breaks the pipeline, again and again, and heals it; it holds the cluster's lock meanwhile. What is injected stands in
the ledger, so an interrupted bench heals as an interrupted run does.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click
import msgspec
from rich.console import Console

from chaos.bench import faults, peers, stops, terminate, toxics
from chaos.bench.cases import CASES, Case
from chaos.bench.costs import Cost, costs_of
from chaos.bench.figures import Figure, figure
from chaos.bench.opening import opened
from chaos.bench.outcome import measuring
from chaos.bench.report import Results, conditions, show, write
from chaos.bench.settling import settle
from chaos.proxy.bench import costs
from harness.errors import Unavailable
from harness.extensions import target_for
from harness.faults.ledger import Ledger
from harness.ground.command import Commands
from harness.ground.workspace import workspace
from harness.progress import console_on
from harness.running.lock import RunLock
from harness.running.signals import Signals
from harness.targets.profile import read_profile

_PEERS = ("terminate-pods", "toxiproxy", "proxy-cost")


class Bench:
    """Measures one thing after another, and keeps what was found."""

    def __init__(self, root: Path, profile: Path, folder: Path, repeats: int, signals: Signals) -> None:
        self.figures: list[Figure] = []
        self.costs: list[Cost] = []
        self.unavailable: dict[str, str] = {}
        self.single: dict[str, Any] = {}
        self._root = root
        self._profile = profile
        self._folder = folder
        self._repeats = repeats
        self._signals = signals
        self._target = target_for(root / profile, root)
        self._commands = Commands(workspace(root).logs)

    def fault(self, name: str, case: Case) -> None:
        """Its life in this process, then runners that are stopped."""
        try:
            with opened(self._profile, self._folder / name, self._signals) as (run, registry):
                lives = faults.measure(run, name, case, registry, self._repeats)
        except Unavailable as error:
            self.unavailable[name] = str(error)
            return
        self.single[name] = {"lives": lives, "stops": (stopped := self._stops(name, case))}
        self.figures += [*faults.figures(name, case, lives), *stops.figures(name, case, stopped)]

    def full_start(self) -> None:
        """Start-up with all observers watching first, as a run of scenarios has it."""
        started = self._stops("noop", CASES["noop"], watched=True)
        self.single["noop, watched"] = started
        self.figures.append(
            figure("noop", "process start → inject, observers watching", [stop.start_s for stop in started])
        )

    def terminate_pods(self) -> None:
        """chaostoolkit-kubernetes on the builder."""
        space = workspace(self._root)
        chaos = peers.chaostoolkit(space, self._commands)
        builds = read_profile(self._root / self._profile).builds
        with RunLock("bench"):
            self._target.guard()
            kills = terminate.measure(
                chaos,
                self._target,
                builds,
                kubeconfig=space.kubeconfig,
                folder=self._folder / "terminate",
                repeats=self._repeats,
            )
        self.single["terminate-pods"] = kills
        self.figures += terminate.figures(kills)

    def toxiproxy(self) -> None:
        """toxiproxy and the fault proxy in turns."""
        times = toxics.measure(peers.toxiproxy(workspace(self._root), self._commands), self._repeats)
        self.single["toxiproxy"] = {f"{fault}, {tool}": of for (fault, tool), of in times.items()}
        self.figures += toxics.figures(times)

    def proxy_cost(self) -> None:
        """What passing through the fault proxy costs."""
        samples, _ = costs(None, rounds=5, requests=400, rate_s=1.0)
        self.costs += costs_of(samples)

    def close(self) -> None:
        """End the programs that still run."""
        self._commands.stop()

    def _stops(self, name: str, case: Case, *, watched: bool = False) -> list[stops.Stop]:
        ledger = Ledger(self._root / ".state" / "ledger", self._target.leases)
        return stops.measure(
            name,
            profile=self._profile,
            folder=self._folder / ("watched" if watched else "stops"),
            ledger=ledger,
            repeats=self._repeats,
            watched=watched,
            after=lambda: settle(self._target, case.settles),
        )


@click.command()
@click.option("--only", multiple=True, type=click.Choice([*CASES, *_PEERS]), help="some of it; may be repeated")
@click.option("--repeats", default=20, show_default=True, type=click.IntRange(min=1))
@click.option("--profile", default="clusters/reference/profile.yaml", show_default=True, help="the target")
def main(only: Sequence[str], repeats: int, profile: str) -> None:
    """Time every fault, and the tools beside them."""
    signals = Signals()
    signals.install()
    console, root = console_on(sys.stdout), Path.cwd()
    started = datetime.now(UTC).strftime("%Y-%m-%dT%H-%M-%SZ")
    load = os.getloadavg()[0]
    with TemporaryDirectory(prefix="bench-") as folder:
        bench = Bench(root, Path(profile), Path(folder), repeats, signals)
        with measuring(signals) as outcome, closing(bench):
            _measure(bench, only or [*CASES, *_PEERS], console)
    results = Results(
        started=started,
        repeats=repeats,
        conditions=conditions(load),
        figures=bench.figures,
        costs=bench.costs,
        unavailable=bench.unavailable,
        single=msgspec.to_builtins(bench.single),
    )
    path = root / "reports" / f"bench-faults-{started}.json"
    write(results, path)
    show(results, console)
    console.print(f"all times: {path.relative_to(root)}", highlight=False)
    sys.exit(outcome.status)


def _measure(bench: Bench, wanted: Sequence[str], console: Console) -> None:
    others = {"terminate-pods": bench.terminate_pods, "toxiproxy": bench.toxiproxy, "proxy-cost": bench.proxy_cost}
    for name in wanted:
        console.print(f"· {name}", highlight=False)
        if name in CASES:
            bench.fault(name, CASES[name])
        else:
            others[name]()
        if name == "noop":
            bench.full_start()


if __name__ == "__main__":
    main()
