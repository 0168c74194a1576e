"""An alert's expression taken apart at its outermost comparison."""

from __future__ import annotations

import promql_parser

_COMPARISONS = {">", "<", ">=", "<=", "==", "!="}


def split_threshold(expression: str) -> tuple[str, float | None]:
    """The part that is compared and the number it is compared with; the whole and None when there is no such number."""
    parsed = promql_parser.parse(expression)
    while isinstance(parsed, promql_parser.ParenExpr):
        parsed = parsed.expr
    if (
        isinstance(parsed, promql_parser.BinaryExpr)
        and str(parsed.op) in _COMPARISONS
        and isinstance(parsed.rhs, promql_parser.NumberLiteral)
    ):
        return parsed.lhs.prettify(), float(parsed.rhs.val)
    return expression, None
