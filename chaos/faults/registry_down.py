"""The registry answers every request with 503."""

from __future__ import annotations

from typing import Any

from chaos.by_proxy import ProxyFault
from chaos.effects import other_parser_readable
from harness.faults.fault import Parameters
from harness.probe import Observation
from harness.target import Target


class RegistryDown(ProxyFault):
    name = "registry-down"

    def rules(self, _target: Target, _parameters: Parameters) -> list[dict[str, Any]]:
        return [{"match": {"service": "registry"}, "fault": {"kind": "error", "status": 503, "style": "registry-bare"}}]

    def effective(self, target: Target, _parameters: Parameters, _undo: Parameters) -> Observation:
        seen = target.registry_access()
        return Observation(value=seen.value, accepted=not seen.accepted, detail=seen.detail)

    def control(self, target: Target) -> Observation:
        return other_parser_readable(target)


FAULT = RegistryDown()
