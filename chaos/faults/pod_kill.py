"""The pods of `workload` (builder, rabbitmq or prometheus) are killed without any grace.

It acts once the processes are gone, not the pods: the API server forgets a pod some 2 s before its process ends.
There is nothing to take back, for the workload's controller makes new pods by itself. That they come up in time is a
scenario's claim.
"""

from __future__ import annotations

from typing import Any

from chaos.effects import other_parser_readable
from harness.faults.fault import Parameters
from harness.probe import Observation
from harness.target import Target


class PodKill:
    name = "pod-kill"

    def available(self, _target: Target) -> str | None:
        return None

    def prepare(self, target: Target, parameters: Parameters) -> dict[str, Any]:
        return {"processes": target.workloads.watch(parameters["workload"])}

    def inject(self, target: Target, _parameters: Parameters, undo: Parameters) -> None:
        target.workloads.kill(undo["processes"])

    def effective(self, target: Target, _parameters: Parameters, undo: Parameters) -> Observation:
        alive = target.workloads.alive(undo["processes"])
        detail = f"{', '.join(alive)} still runs" if alive else f"{len(undo['processes'])} killed and gone"
        return Observation(value=len(alive), accepted=not alive, detail=detail)

    def control(self, target: Target) -> Observation:
        return other_parser_readable(target)

    def heal(self, target: Target, undo: Parameters) -> None:
        target.workloads.forget(undo["processes"])


FAULT = PodKill()
