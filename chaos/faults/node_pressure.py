"""The node's processors are contended: one pod with two busy loops a processor, for a minute at most.

It acts once the pod has truly got processor time, and others have truly waited for theirs by the kernel's own account
(pressure stall information), since the pod began. What the pressure was before is no measure: the kernel's averages
remember ten seconds and more, and a machine may be busy with other things.
"""

from __future__ import annotations

import uuid
from typing import Any

from chaos.effects import other_parser_readable
from harness.faults.fault import Parameters
from harness.probe import Observation
from harness.target import Target

_SECONDS = 60
"""After so long it ends by itself, whatever became of the runner."""
_TAKEN = 0.1
_WAITED = 0.5


class NodePressure:
    name = "node-pressure"

    def available(self, target: Target) -> str | None:
        if not target.node.tells_of_pressure():
            return "the node's kernel does not tell of pressure (/proc/pressure/cpu)"
        return None

    def prepare(self, _target: Target, _parameters: Parameters) -> dict[str, Any]:
        return {"pod": f"{self.name}-{uuid.uuid4().hex[:8]}"}

    def inject(self, target: Target, _parameters: Parameters, undo: Parameters) -> None:
        target.node.press(undo["pod"], _SECONDS)

    def effective(self, target: Target, _parameters: Parameters, undo: Parameters) -> Observation:
        pressed = target.node.pressing(undo["pod"])
        if pressed is None:
            return Observation(value=None, accepted=False, detail=f"{undo['pod']} does not run yet")
        detail = (
            f"for {pressed.seconds:.1f} s {undo['pod']} took {pressed.taken:.0%} of the processors, and somebody "
            f"waited {pressed.waited:.0%} of the time; {_TAKEN:.0%} and {_WAITED:.0%} are pressure"
        )
        accepted = pressed.taken >= _TAKEN and pressed.waited >= _WAITED
        return Observation(value=pressed.waited, accepted=accepted, detail=detail)

    def control(self, target: Target) -> Observation:
        return other_parser_readable(target)

    def heal(self, target: Target, undo: Parameters) -> None:
        target.node.relieve(undo["pod"])


FAULT = NodePressure()
