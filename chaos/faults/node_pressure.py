"""The node's processors are contended: one pod with two busy loops a processor, for a minute at most.

Seen by the kernel's own account of it, pressure stall information. It acts once at least half of what the machine had
to spare before is gone.
"""

from __future__ import annotations

import uuid
from typing import Any

from chaos.effects import other_parser_readable
from harness.errors import FaultError
from harness.faults.fault import Parameters
from harness.probe import Observation
from harness.target import Target

_SECONDS = 60
"""After so long it ends by itself, whatever became of the runner."""


class NodePressure:
    name = "node-pressure"

    def available(self, target: Target) -> str | None:
        if target.node.pressure() is None:
            return "the node's kernel does not tell of pressure (/proc/pressure/cpu)"
        return None

    def prepare(self, target: Target, _parameters: Parameters) -> dict[str, Any]:
        before = target.node.pressure()
        if before is None:
            raise FaultError("the node's kernel does not tell of pressure", todo="boot it with psi=1")
        return {"pod": f"{self.name}-{uuid.uuid4().hex[:8]}", "before": before}

    def inject(self, target: Target, _parameters: Parameters, undo: Parameters) -> None:
        target.node.press(undo["pod"], _SECONDS)

    def effective(self, target: Target, _parameters: Parameters, undo: Parameters) -> Observation:
        if not target.node.pressing(undo["pod"]):
            return Observation(value=None, accepted=False, detail=f"{undo['pod']} does not run")
        before = float(undo["before"])
        wanted = before + (100 - before) / 2
        now = target.node.pressure()
        detail = f"processors waited for {now} % of 10 s, {before:g} % before; {wanted:g} % is pressure"
        return Observation(value=now, accepted=now is not None and now >= wanted, detail=detail)

    def control(self, target: Target) -> Observation:
        return other_parser_readable(target)

    def heal(self, target: Target, undo: Parameters) -> None:
        target.node.relieve(undo["pod"])


FAULT = NodePressure()
