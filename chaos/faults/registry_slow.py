"""Every request to the registry waits `delay_ms` before it goes on."""

from __future__ import annotations

from typing import Any

from chaos.by_proxy import ProxyFault
from chaos.effects import other_parser_readable
from harness.faults.fault import Parameters
from harness.probe import Observation
from harness.target import Target

_DELAY_MS = 500


class RegistrySlow(ProxyFault):
    name = "registry-slow"

    def rules(self, _target: Target, parameters: Parameters) -> list[dict[str, Any]]:
        delay = int(parameters.get("delay_ms", _DELAY_MS))
        return [{"match": {"service": "registry"}, "fault": {"kind": "latency", "ms": delay}}]

    def effective(self, target: Target, parameters: Parameters, _undo: Parameters) -> Observation:
        delay = int(parameters.get("delay_ms", _DELAY_MS))
        seen = target.registry_access()
        slow = seen.value is not None and seen.value >= delay
        return Observation(value=seen.value, accepted=slow, detail=seen.detail)

    def control(self, target: Target) -> Observation:
        return other_parser_readable(target)


FAULT = RegistrySlow()
