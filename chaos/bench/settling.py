"""Between two repeats that took part of the pipeline away: wait until it is there again."""

from __future__ import annotations

from harness.errors import TargetError
from harness.facts.timing import Deadline, RunClock, poll
from harness.probe import Probe
from harness.target import Target

_SETTLE_S = 120.0
_LOOK_EVERY_S = 0.2


def settle(target: Target) -> None:
    """Wait until the builder is ready and all queues have their consumers. Raises TargetError.

    Scraping and alerts follow later, and the next repeat needs neither.
    """
    deadline = Deadline.after(RunClock(), _SETTLE_S)
    for probe in target.steady_state():
        if "builder" in probe.name or "queues" in probe.name:
            _await(probe, deadline)


def _await(probe: Probe, deadline: Deadline) -> None:
    seen, _ = poll(probe.look, lambda look: look.accepted, deadline, _LOOK_EVERY_S)
    if not seen.accepted:
        raise TargetError(f"the pipeline did not come back: {probe.name}: {seen.detail}", todo="make status")
