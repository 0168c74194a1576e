"""A developer uploads a parser that cannot be built (SRE-001, Scenario 3). `form` says how it is invalid."""

from __future__ import annotations

import base64
from typing import Any

from chaos.invalid_parsers import FORMS, invalid_parser
from harness.errors import UsageError
from harness.fault import Parameters
from harness.parser_archive import parser_problem
from harness.probe import Observation
from harness.target import Target


class ParserInvalid:
    name = "parser-invalid"

    def available(self, _target: Target) -> str | None:
        return None

    def prepare(self, target: Target, parameters: Parameters) -> dict[str, Any]:
        if parameters.get("form", "syntax error") not in FORMS:
            raise UsageError(f"there is no invalid parser {parameters['form']!r}", todo=f"one of: {', '.join(FORMS)}")
        parser = parameters["parser"]
        return {"parser": parser, "archive": base64.b64encode(target.parsers.get(parser)).decode()}

    def inject(self, target: Target, parameters: Parameters, undo: Parameters) -> None:
        target.parsers.put(undo["parser"], invalid_parser(parameters.get("form", "syntax error")))

    def effective(self, target: Target, parameters: Parameters) -> Observation:
        problem = parser_problem(target.parsers.get(parameters["parser"]))
        return Observation(value=problem, accepted=bool(problem), detail=problem or "the stored parser is valid")

    def heal(self, target: Target, undo: Parameters) -> None:
        archive = base64.b64decode(undo["archive"])
        if target.parsers.get(undo["parser"]) != archive:
            target.parsers.put(undo["parser"], archive)


FAULT = ParserInvalid()
