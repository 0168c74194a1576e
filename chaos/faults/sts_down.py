"""STS does not answer: no build can take its role."""

from __future__ import annotations

from typing import Any

from chaos.by_proxy import ProxyFault
from chaos.effects import access_refused
from harness.fault import Parameters
from harness.probe import Observation
from harness.target import Target


class StsDown(ProxyFault):
    name = "sts-down"

    def rules(self, _target: Target, _parameters: Parameters) -> list[dict[str, Any]]:
        return [{"match": {"service": "sts"}, "fault": {"kind": "error", "status": 503, "style": "aws-xml-query"}}]

    def effective(self, target: Target, parameters: Parameters) -> Observation:
        return access_refused(target, parameters["parser"])


FAULT = StsDown()
