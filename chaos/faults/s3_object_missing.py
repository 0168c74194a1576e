"""The parser's object is gone from the bucket (SRE-001, failure mode 1: 'Parser file deleted/moved')."""

from __future__ import annotations

from typing import Any

from chaos.effects import access_refused, other_parser_readable
from harness.errors import FaultError
from harness.faults.fault import Parameters
from harness.probe import Observation
from harness.target import Target


class S3ObjectMissing:
    name = "s3-object-missing"

    def available(self, _target: Target) -> str | None:
        return None

    def prepare(self, target: Target, parameters: Parameters) -> dict[str, Any]:
        parser = parameters["parser"]
        if not target.parsers.exists(parser):
            raise FaultError(f"parser {parser} is not there to be deleted", todo="make heal")
        return {"parser": parser}

    def inject(self, target: Target, _parameters: Parameters, undo: Parameters) -> None:
        target.parsers.delete(undo["parser"])

    def effective(self, target: Target, parameters: Parameters, _undo: Parameters) -> Observation:
        return access_refused(target, parameters["parser"])

    def control(self, target: Target) -> Observation:
        return other_parser_readable(target)

    def heal(self, target: Target, undo: Parameters) -> None:
        if not target.parsers.exists(undo["parser"]):
            target.parsers.restore(undo["parser"])


FAULT = S3ObjectMissing()
