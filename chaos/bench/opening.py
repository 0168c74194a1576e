"""Runs for the bench: on the target of a profile, without observers unless asked for, without evidence."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

from rich.console import Console

from harness.extensions import fault_lookup, target_for
from harness.facts.timeline import Timeline
from harness.progress import Progress
from harness.running.run import Run
from harness.running.signals import Signals
from harness.target import Observer, Target
from harness.targets.profile import read_profile


class _Plain:
    """`target`, of which no evidence is collected, and nothing observed unless `watched`."""

    def __init__(self, target: Target, *, watched: bool) -> None:
        self._target = target
        self._watched = watched

    def __getattr__(self, name: str) -> Any:
        return getattr(self._target, name)

    def observers(self, timeline: Timeline) -> Sequence[Observer]:
        return self._target.observers(timeline) if self._watched else []

    def collect_evidence(self, _folder: Path, _since: float) -> None:
        return


@contextmanager
def opened(profile: Path, folder: Path, signals: Signals, *, watched: bool = False) -> Iterator[tuple[Run, str]]:
    """A run, and the address of the registry as builds see it. Raises what opening a run raises."""
    root = Path.cwd()
    run = Run(
        folder=folder,
        state=root / ".state",
        target=cast(Target, _Plain(target_for(root / profile, root), watched=watched)),
        lookup=fault_lookup(),
        progress=Progress(Console(quiet=True)),
        signals=signals,
    )
    with run:
        yield run, read_profile(root / profile).aws.registry_as_seen
