"""A runner to be stopped: `python -m chaos.bench.runner CASE` injects, says so, and waits for a signal.

What it does until it injects is what every run does: import, prove that the cluster is ours, take the lock, look for
what earlier runs left, write the ledger. It says on standard output, one JSON object a line, when it called inject,
when it saw the fault act (or that it did not), and when all was healed, by the monotonic clock.
"""

from __future__ import annotations

import json
import signal
import time
from pathlib import Path

import click

from chaos.bench.cases import CASES, fault_of
from chaos.bench.opening import opened
from chaos.bench.timed import Timed
from harness.faults.injection import Injection
from harness.running.signals import Signals


def _say(what: str, at: float) -> None:
    print(json.dumps({"what": what, "at": at}), flush=True)  # noqa: T201 - it is what the bench reads


@click.command()
@click.argument("case", type=click.Choice(list(CASES)))
@click.option("--profile", type=click.Path(path_type=Path), required=True)
@click.option("--folder", type=click.Path(path_type=Path), required=True, help="where the timeline goes")
@click.option("--watched", is_flag=True, help="with the observers of a full run, which it waits for")
def main(case: str, profile: Path, folder: Path, watched: bool) -> None:
    """Inject the fault of CASE, and heal it at a signal."""
    signals = Signals()
    signals.install()
    known = CASES[case]
    with opened(profile, folder, signals, watched=watched) as (run, registry):
        timed = Timed(run.lookup(fault_of(case)), known, registry)
        try:
            with Injection(run, timed, dict(known.parameters)) as injection:
                _say("injecting", timed.injecting_at)
                acts = known.acts and injection.prove().accepted
                _say("effective" if acts else "not effective", time.monotonic())
                while True:
                    signal.pause()
        except KeyboardInterrupt:
            _say("healed", time.monotonic())


if __name__ == "__main__":
    main()
