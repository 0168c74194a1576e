"""A fault that notes when it is asked to do what, by the monotonic clock, which all processes here share."""

from __future__ import annotations

import time
from typing import Any

from chaos.bench.cases import Case
from chaos.bench.pushes import Pushes
from harness.faults.fault import Fault, Parameters
from harness.probe import Observation
from harness.target import Target


class Timed:
    """`fault` with a stopwatch, and with the pushes that `case` needs. One use each.

    Attributes:
        undo: what `prepare` answered.
        prepared_at, injecting_at: 0 until then.
        look_began, look_ended: the last look at the effect.
    """

    def __init__(self, fault: Fault, case: Case, registry: str) -> None:
        self.name = fault.name
        self.undo: dict[str, Any] = {}
        self.prepared_at = self.injecting_at = self.look_began = self.look_ended = 0.0
        self._fault = fault
        self._case = case
        self._registry = registry
        self._pushes: Pushes | None = None

    def available(self, target: Target) -> str | None:
        return self._fault.available(target)

    def prepare(self, target: Target, parameters: Parameters) -> dict[str, Any]:
        self.undo = self._fault.prepare(target, parameters)
        if self._case.pushes:
            self._pushes = Pushes(self._registry, target.repository, self._case.pushes)
        self.prepared_at = time.monotonic()
        return self.undo

    def inject(self, target: Target, parameters: Parameters, undo: Parameters) -> None:
        self.injecting_at = time.monotonic()
        self._fault.inject(target, parameters, undo)
        if self._pushes is not None:
            self._pushes.go()

    def effective(self, target: Target, parameters: Parameters, undo: Parameters) -> Observation:
        self.look_began = time.monotonic()
        seen = self._fault.effective(target, parameters, undo)
        self.look_ended = time.monotonic()
        return seen

    def control(self, target: Target) -> Observation:
        return self._fault.control(target)

    def heal(self, target: Target, undo: Parameters) -> None:
        self._fault.heal(target, undo)
