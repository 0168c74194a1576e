"""A developer uploads a parser that cannot be built (SRE-001, Scenario 3). `form` says how it is invalid."""

from __future__ import annotations

from typing import Any

from chaos.effects import other_parser_readable
from chaos.invalid_parsers import FORMS, invalid_parser
from harness.errors import UsageError
from harness.faults.fault import Parameters
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
        return {"parser": parser, "version": target.parsers.version(parser)}

    def inject(self, target: Target, parameters: Parameters, undo: Parameters) -> None:
        form = parameters.get("form", "syntax error")
        target.parsers.put(undo["parser"], invalid_parser(form, target.parser_room))

    def effective(self, target: Target, parameters: Parameters, _undo: Parameters) -> Observation:
        problem = parser_problem(target.parsers.get(parameters["parser"]), target.parser_room)
        return Observation(value=problem, accepted=bool(problem), detail=problem or "the stored parser is valid")

    def control(self, target: Target) -> Observation:
        return other_parser_readable(target)

    def heal(self, target: Target, undo: Parameters) -> None:
        parser = undo["parser"]
        # A parser that its developer has mended meanwhile is left as it is.
        if not target.parsers.exists(parser) or parser_problem(target.parsers.get(parser), target.parser_room):
            target.parsers.revert(parser, undo["version"])


FAULT = ParserInvalid()
