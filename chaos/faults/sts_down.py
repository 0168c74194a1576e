"""STS does not answer: no build can take its role."""

from __future__ import annotations

from typing import Any

from chaos.by_proxy import ProxyFault
from chaos.effects import access_refused, registry_answers
from harness.faults.fault import Parameters
from harness.probe import Observation
from harness.target import Target
from harness.verbs.gate import CANARY


class StsDown(ProxyFault):
    name = "sts-down"

    def rules(self, _target: Target, _parameters: Parameters) -> list[dict[str, Any]]:
        return [{"match": {"service": "sts"}, "fault": {"kind": "error", "status": 503, "style": "aws-xml-query"}}]

    def effective(self, target: Target, parameters: Parameters, _undo: Parameters) -> Observation:
        return access_refused(target, parameters.get("parser", CANARY))

    def control(self, target: Target) -> Observation:
        return registry_answers(target)


FAULT = StsDown()
