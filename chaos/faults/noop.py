"""Changes nothing: the reference for all others. It is never effective, so no scenario can pass on it."""

from __future__ import annotations

from typing import Any

from harness.faults.fault import Parameters
from harness.probe import Observation
from harness.target import Target


class Noop:
    name = "noop"

    def available(self, _target: Target) -> str | None:
        return None

    def prepare(self, _target: Target, _parameters: Parameters) -> dict[str, Any]:
        return {}

    def inject(self, _target: Target, _parameters: Parameters, _undo: Parameters) -> None:
        return

    def effective(self, _target: Target, _parameters: Parameters, _undo: Parameters) -> Observation:
        return Observation(value=None, accepted=False, detail="noop breaks nothing")

    def control(self, _target: Target) -> Observation:
        return Observation(value=None, accepted=True, detail="nothing is outside of nothing")

    def heal(self, _target: Target, _undo: Parameters) -> None:
        return


FAULT = Noop()
