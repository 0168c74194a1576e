"""An alert's expression taken apart at its outermost comparison."""

from __future__ import annotations

from dataclasses import dataclass

import promql_parser

_COMPARISONS = {">", "<", ">=", "<=", "==", "!="}


@dataclass(frozen=True)
class Comparison:
    """`compared` (PromQL), by which operator, with which number."""

    compared: str
    operator: str
    limit: float


def comparison_in(expression: str) -> Comparison | None:
    """The outermost comparison with a number; None when there is none."""
    parsed = promql_parser.parse(expression)
    while isinstance(parsed, promql_parser.ParenExpr):
        parsed = parsed.expr
    if (
        isinstance(parsed, promql_parser.BinaryExpr)
        and str(parsed.op) in _COMPARISONS
        and isinstance(parsed.rhs, promql_parser.NumberLiteral)
    ):
        return Comparison(parsed.lhs.prettify(), str(parsed.op), float(parsed.rhs.val))
    return None
