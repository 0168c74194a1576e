"""The left side of a rule's comparison over time, as the engine computes it on the series of a proof."""

from __future__ import annotations

import msgspec
import promql_parser

from harness.rules.lint.model import Proof, Rule, Suspicion
from harness.rules.lint.output.text import picture
from harness.rules.lint.proof import values_over_time
from harness.rules.lint.run import Linted

_COMPARISONS = frozenset({">", "<", ">=", "<=", "==", "!="})
_INSTANTS = 60


def pictures(linted: Linted) -> dict[int, str]:
    """By a finding's place: its picture, where the rule is a comparison and the engine gave values."""
    numbers: list[int] = []
    asked: list[tuple[str, Rule, Proof]] = []
    limits: list[tuple[str, float | None]] = []
    for number, suspicion in linted.shown.items():
        split = _split(suspicion)
        if split is not None and suspicion.proof is not None:
            expression, operator, threshold = split
            numbers.append(number)
            limits.append((operator, threshold))
            proof = msgspec.structs.replace(suspicion.proof, at_s=_instants(suspicion.proof))
            asked.append((expression, suspicion.rule, proof))
    curves = values_over_time(asked, linted.context)
    drawn = [picture(curve, *limit) for curve, limit in zip(curves, limits, strict=True)]
    return {number: text for number, text in zip(numbers, drawn, strict=True) if text}


def _split(suspicion: Suspicion) -> tuple[str, str, float | None] | None:
    node = suspicion.rule.ast
    while isinstance(node, promql_parser.ParenExpr):
        node = node.expr
    if not isinstance(node, promql_parser.BinaryExpr) or str(node.op) not in _COMPARISONS:
        return None
    threshold = node.rhs.val if isinstance(node.rhs, promql_parser.NumberLiteral) else None
    return node.lhs.prettify(), str(node.op), threshold


def _instants(proof: Proof) -> tuple[float, ...]:
    end = max(proof.at_s)
    return tuple(float(round(end * step / _INSTANTS)) for step in range(_INSTANTS + 1))
