"""S3 refuses a parser to the builds, though role, policy and object are as they should be."""

from __future__ import annotations

from typing import Any

from chaos.by_proxy import ProxyFault
from chaos.effects import access_refused, other_parser_readable
from harness.faults.fault import Parameters
from harness.probe import Observation
from harness.target import Target


class S3Denied(ProxyFault):
    name = "s3-denied"

    def rules(self, _target: Target, parameters: Parameters) -> list[dict[str, Any]]:
        match = {"service": "s3", "operations": ["GetObject", "HeadObject"], "key": f"*/{parameters['parser']}"}
        return [{"match": match, "fault": {"kind": "error", "status": 403, "style": "aws-xml-s3"}}]

    def effective(self, target: Target, parameters: Parameters, _undo: Parameters) -> Observation:
        return access_refused(target, parameters["parser"])

    def control(self, target: Target) -> Observation:
        return other_parser_readable(target)


FAULT = S3Denied()
