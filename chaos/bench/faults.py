"""In this process, again and again: inject, see it act, heal, see it gone."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from chaos.bench.cases import GONE_S, Case, fault_of
from chaos.bench.figures import Figure, figure
from chaos.bench.processes import Ending, in_pods
from chaos.bench.settling import settle
from chaos.bench.timed import Timed
from harness.facts.timing import Deadline, poll
from harness.faults.injection import EFFECT_LIMIT_S, Injection
from harness.running.run import Run

_LOOK_EVERY_S = 0.005
_GONE_LIMIT_S = 30.0


class Repeat(msgspec.Struct, frozen=True):
    """Seconds; None for what was not seen within its limit, or does not apply.

    Attributes:
        ledger_s: to write the ledger's entry, on disk and as a lease, before anything is broken.
        effective_s: from the call of inject to the start of the first look that saw the fault act.
        proven_s: from the call of inject to that look's end.
        healed_s: from the call of heal to the start of the first look that no longer saw it act.
        gone_s: from the call of inject to the end of the process that the fault kills, by the kernel.
        back_s: from there to the pipeline whole again.
    """

    ledger_s: float
    effective_s: float | None = None
    proven_s: float | None = None
    healed_s: float | None = None
    gone_s: float | None = None
    back_s: float | None = None

    @property
    def noticed_s(self) -> float | None:
        """From the end of the process to the end of the look that saw it."""
        return None if self.proven_s is None or self.gone_s is None else self.proven_s - self.gone_s


def measure(run: Run, fault: str, case: Case, registry: str, repeats: int) -> list[Repeat]:
    """`repeats` times the whole life of the fault. Raises what injecting and healing raise, Unavailable too."""
    return [_once(run, Timed(run.lookup(fault_of(fault)), case, registry), case) for _ in range(repeats)]


def _once(run: Run, fault: Timed, case: Case) -> Repeat:
    parameters = dict(case.parameters)
    with Ending(in_pods(case.kills) if case.kills else []) as ending, Injection(run, fault, parameters) as injection:
        ledger_s = fault.injecting_at - fault.prepared_at
        if not case.acts or not injection.prove().accepted:
            return Repeat(ledger_s)
        effective_s, proven_s = (at - fault.injecting_at for at in (fault.look_began, fault.look_ended))
        gone_at = ending.wait(_GONE_LIMIT_S) if case.kills else None
        healed_s = _heal(run, fault, parameters) if case.heals else None
    if case.settles:
        settle(run.target, case.settles)
    return Repeat(
        ledger_s,
        effective_s,
        proven_s,
        healed_s,
        gone_s=None if gone_at is None else gone_at - fault.injecting_at,
        back_s=None if gone_at is None else time.monotonic() - gone_at,
    )


def _heal(run: Run, fault: Timed, parameters: dict[str, Any]) -> float | None:
    """Seconds to see it healed. The ledger still knows of the fault; its injection heals again, which is harmless."""
    healing_at = time.monotonic()
    fault.heal(run.target, fault.undo)
    seen, _ = poll(
        lambda: fault.effective(run.target, parameters, fault.undo),
        lambda look: not look.accepted,
        Deadline.after(run.timeline.clock, EFFECT_LIMIT_S),
        _LOOK_EVERY_S,
    )
    return None if seen.accepted else fault.look_began - healing_at


def figures(fault: str, case: Case, repeats: Sequence[Repeat]) -> Iterator[Figure]:
    """The lines of one fault."""
    yield figure(fault, "ledger entry written", [repeat.ledger_s for repeat in repeats])
    if not case.acts:
        return
    yield figure(fault, "inject → effective", [repeat.effective_s for repeat in repeats], case.aim_s)
    yield figure(fault, "inject → effect proven", [repeat.proven_s for repeat in repeats])
    if case.kills:
        yield figure(fault, "inject → process gone", [repeat.gone_s for repeat in repeats])
        yield figure(fault, "process gone → proven", [repeat.noticed_s for repeat in repeats], GONE_S)
        yield figure(fault, "process gone → pipeline whole", [repeat.back_s for repeat in repeats])
    if case.heals:
        yield figure(fault, "heal → healed", [repeat.healed_s for repeat in repeats], case.aim_s)
