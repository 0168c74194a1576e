"""Between two repeats that took part of the pipeline away: wait until it is there again."""

from __future__ import annotations

from collections.abc import Collection

from chaos.effects import other_parser_readable
from harness.errors import TargetError, UsageError
from harness.facts.timing import Deadline, RunClock, poll
from harness.probe import Probe
from harness.target import Target

_SETTLE_S = 120.0
_LOOK_EVERY_S = 0.2

PIPELINE = ("the builder is ready", "the queues are drained and consumed")
"""What the next repeat needs of the pipeline: scraping and alerts follow later, and most repeats need neither."""
READABLE = "a parser can be read"
"""What a heal by a commit is for: until it is applied, builds are refused for the fault of the repeat before."""


def settle(target: Target, awaited: Collection[str] = PIPELINE) -> None:
    """Wait for all that are `awaited`: probes of the steady state, by their names, or READABLE.

    Raises TargetError when one does not hold in time, UsageError when there is none of that name.
    """
    deadline = Deadline.after(RunClock(), _SETTLE_S)
    looks = [*target.steady_state(), Probe(READABLE, lambda: other_parser_readable(target))]
    probes = {probe.name: probe for probe in looks}
    for name in awaited:
        if name not in probes:
            raise UsageError(f"the steady state has no probe {name!r}", todo=f"one of: {', '.join(probes)}")
        _await(probes[name], deadline)


def _await(probe: Probe, deadline: Deadline) -> None:
    seen, _ = poll(probe.try_look, lambda look: look.accepted, deadline, _LOOK_EVERY_S)
    if not seen.accepted:
        raise TargetError(f"the pipeline did not come back: {probe.name}: {seen.detail}", todo="make status")
