"""The broker is gone for as long as the fault is there; its messages are not, for they are on the node's disk."""

from __future__ import annotations

from typing import Any

from chaos.effects import other_parser_readable
from harness.errors import FaultError
from harness.faults.fault import Parameters
from harness.probe import Observation
from harness.target import Target

_BROKER = "rabbitmq"


class QueueDown:
    name = "queue-down"

    def available(self, _target: Target) -> str | None:
        return None

    def prepare(self, target: Target, _parameters: Parameters) -> dict[str, Any]:
        replicas = target.workloads.replicas(_BROKER)
        if replicas == 0:
            raise FaultError(f"{_BROKER} is down already", todo="make heal")
        return {"replicas": replicas, "processes": target.workloads.watch(_BROKER)}

    def inject(self, target: Target, _parameters: Parameters, undo: Parameters) -> None:
        target.workloads.scale(_BROKER, 0)
        # Stopped in good order it takes its time, some 6 s, and may serve the connections it has meanwhile.
        target.workloads.kill(undo["processes"])

    def effective(self, target: Target, _parameters: Parameters, undo: Parameters) -> Observation:
        # Until its process is gone it may still serve the connections it has, while it refuses new ones.
        if target.workloads.alive(undo["processes"]):
            return Observation(value="stopping", accepted=False, detail=f"{_BROKER} still runs")
        seen = target.queue_access()
        return Observation(value=seen.value, accepted=not seen.accepted, detail=seen.detail)

    def control(self, target: Target) -> Observation:
        return other_parser_readable(target)

    def heal(self, target: Target, undo: Parameters) -> None:
        target.workloads.forget(undo["processes"])
        if target.workloads.replicas(_BROKER) == 0:
            target.workloads.scale(_BROKER, undo["replicas"])


FAULT = QueueDown()
