"""What values an expression can have at all, whatever the system does; and so which comparisons decide nothing."""

from __future__ import annotations

import math
from enum import StrEnum
from typing import NamedTuple

from promql_parser import AggregateExpr, BinaryExpr, Call, Expr, MatrixSelector, SubqueryExpr, VectorSelector

from harness.rules.lint.expression import (
    COMPARISONS,
    SET_OPERATORS,
    Comparison,
    bare,
    comparison,
    metric,
    number,
    operator,
    text,
    uses,
    walk,
)

_NOT_NEGATIVE = frozenset({"abs", "changes", "count_over_time", "increase", "irate", "rate", "resets", "sqrt"})
_KEEPING = frozenset({"avg_over_time", "last_over_time", "max_over_time", "min_over_time", "sort", "sort_desc"})
_KEEPING_AGGREGATIONS = frozenset({"avg", "bottomk", "max", "min", "topk"})
_PRESENCE = frozenset({"absent", "absent_over_time", "present_over_time", "count_over_time"})


class Bounds(NamedTuple):
    """The smallest and the largest value; NaN is outside of all."""

    low: float
    high: float


class Verdict(StrEnum):
    """Whether a condition can be met, judged by what values are possible alone."""

    NEVER = "never"
    ALWAYS = "always"
    MAYBE = "maybe"


ANYTHING = Bounds(-math.inf, math.inf)
_SWITCH = Bounds(0.0, 1.0)
_ONE = Bounds(1.0, 1.0)


def verdict(node: Expr) -> Verdict:
    """NEVER: no system makes it true. ALWAYS: every system that has the series does, the healthy one also."""
    node = bare(node)
    compared = comparison(node)
    if compared is not None:
        return _of_comparison(compared)
    if not isinstance(node, BinaryExpr) or operator(node) not in SET_OPERATORS:
        return Verdict.MAYBE
    left, right = verdict(node.lhs), verdict(node.rhs)
    never = {
        "and": Verdict.NEVER in (left, right) or _exclude_one_another(node),
        "or": left is right is Verdict.NEVER,
        "unless": left is Verdict.NEVER,
    }[operator(node)]
    if never:
        return Verdict.NEVER
    always = operator(node) == "or" and (Verdict.ALWAYS in (left, right) or _leave_nothing_out(node))
    return Verdict.ALWAYS if always else Verdict.MAYBE


def bounds(node: Expr) -> Bounds:
    """Of an expression's values; ANYTHING when its form says nothing."""
    node = bare(node)
    value = number(node)
    if value is not None:
        return Bounds(value, value)
    if isinstance(node, VectorSelector):
        return _SWITCH if metric(node) == "up" else ANYTHING
    if isinstance(node, MatrixSelector | SubqueryExpr):
        return bounds(node.vector_selector if isinstance(node, MatrixSelector) else node.expr)
    return _of_compound(node)


def _of_compound(node: Expr) -> Bounds:
    if isinstance(node, Call):
        return _of_call(node)
    if isinstance(node, AggregateExpr):
        return _of_aggregation(node)
    return _of_binary(node) if isinstance(node, BinaryExpr) else ANYTHING


def _of_call(node: Call) -> Bounds:
    name = node.func.name
    if name in ("absent", "absent_over_time", "present_over_time"):
        return _ONE
    if name in _NOT_NEGATIVE:
        return Bounds(0.0, math.inf)
    return bounds(node.args[0]) if name in _KEEPING else ANYTHING


def _of_aggregation(node: AggregateExpr) -> Bounds:
    name, inner = str(node.op), bounds(node.expr)
    if name == "count":
        return Bounds(1.0, math.inf)
    if name == "group":
        return _ONE
    if name == "sum":
        return Bounds(inner.low if inner.low >= 0 else -math.inf, inner.high if inner.high <= 0 else math.inf)
    return inner if name in _KEEPING_AGGREGATIONS else ANYTHING


def _of_binary(node: BinaryExpr) -> Bounds:
    op, left, right = operator(node), bounds(node.lhs), bounds(node.rhs)
    if op in COMPARISONS:
        found = _SWITCH if node.modifier is not None and node.modifier.return_bool else _filtered(node, left)
    elif op in SET_OPERATORS:
        found = Bounds(min(left.low, right.low), max(left.high, right.high)) if op == "or" else left
    elif op in ("/", "-") and node.modifier is None and text(node.lhs) == text(node.rhs):
        found = _ONE if op == "/" else Bounds(0.0, 0.0)
    elif op == "+":
        found = Bounds(left.low + right.low, left.high + right.high)
    elif op == "-":
        found = Bounds(left.low - right.high, left.high - right.low)
    elif op in ("*", "/") and left.low >= 0 and right.low >= 0:
        factor = number(node.rhs)
        scale = 0.0 if not factor else factor if op == "*" else 1 / factor
        found = Bounds(left.low * scale, left.high * scale) if scale else Bounds(0.0, math.inf)
    else:
        found = ANYTHING
    return found


def _filtered(node: BinaryExpr, left: Bounds) -> Bounds:
    """What a comparison lets through; it is given as it was on the left, or beside a number on the left, as it is."""
    compared = comparison(node)
    if compared is None:
        return left
    (low, high), limit = bounds(compared.vector), compared.threshold
    if compared.op == "==":
        return Bounds(max(low, limit), min(high, limit))
    if compared.rises:
        return Bounds(max(low, limit), high)
    return Bounds(low, min(high, limit)) if compared.falls else Bounds(low, high)


def _of_comparison(compared: Comparison) -> Verdict:
    (low, high), limit = bounds(compared.vector), compared.threshold
    never, always = {
        ">": (high <= limit, low > limit),
        ">=": (high < limit, low >= limit),
        "<": (low >= limit, high < limit),
        "<=": (low > limit, high <= limit),
        "==": (limit < low or limit > high, low == high == limit),
        "!=": (low == high == limit, limit < low or limit > high),
    }[compared.op]
    if never:
        return Verdict.NEVER
    return Verdict.ALWAYS if always and not _decided_by_presence(compared.vector) else Verdict.MAYBE


def _decided_by_presence(node: Expr) -> bool:
    """`count(x == 0) > 0`, `absent(x) == 1`: what it compares always holds, and being there at all is the condition."""
    return any(
        (isinstance(each, Call) and each.func.name in _PRESENCE)
        or (isinstance(each, AggregateExpr) and str(each.op) in ("count", "group", "count_values"))
        or (isinstance(each, BinaryExpr) and operator(each) in ("and", "unless"))
        or (isinstance(each, BinaryExpr) and comparison(each) is not None)
        or (isinstance(each, BinaryExpr) and operator(each) in COMPARISONS and not each.modifier)
        for each in walk(node)
    )


def _exclude_one_another(node: BinaryExpr) -> bool:
    """`x > 10 and x < 5`, when both look at the very same series."""
    one, other = comparison(node.lhs), comparison(node.rhs)
    if one is None or other is None or not _same_series(node, one, other):
        return False
    return _no_value_for(one, other)


def _leave_nothing_out(node: BinaryExpr) -> bool:
    """`x != 1 or x != 2`, `x < 10 or x > 5`."""
    one, other = comparison(node.lhs), comparison(node.rhs)
    if one is None or other is None or not _same_series(node, one, other) or _decided_by_presence(one.vector):
        return False
    if one.op == other.op == "!=":
        return one.threshold != other.threshold
    below, above = (one, other) if one.falls else (other, one)
    if not below.falls or not above.rises:
        return False
    if below.threshold == above.threshold:
        return "=" in below.op + above.op
    return below.threshold > above.threshold


def _no_value_for(one: Comparison, other: Comparison) -> bool:
    if one.op == other.op == "==":
        return one.threshold != other.threshold
    below, above = (one, other) if one.falls else (other, one)
    if not below.falls or not above.rises:
        return False
    if below.threshold == above.threshold:
        return not (below.op == "<=" and above.op == ">=")
    return below.threshold < above.threshold


def _same_series(node: BinaryExpr, one: Comparison, other: Comparison) -> bool:
    """Without `on` and `ignoring`, each series meets itself alone."""
    matching = node.modifier.matching if node.modifier else None
    return matching is None and bool(uses(one.vector)) and text(one.vector) == text(other.vector)
