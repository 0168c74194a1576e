"""The values that labels of a result have for certain, because matchers ask for them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from promql_parser import (
    AggModifierType,
    AggregateExpr,
    BinaryExpr,
    Call,
    Expr,
    LabelModifierType,
    MatrixSelector,
    StringLiteral,
    SubqueryExpr,
    UnaryExpr,
    VectorSelector,
)

from harness.rules.lint.expression import SAME_LABELS_AGGREGATIONS, bare, is_scalar, matchers

_MAKE_LABELS = frozenset({"label_replace", "label_join"})
_NO_LABELS_OF_THEIR_OWN = frozenset({"absent", "absent_over_time", "info", "vector", "scalar", "time"})


@lru_cache(maxsize=512)
def fixed_labels(node: Expr) -> Mapping[str, str]:
    """Label to its one value. What is not followed is left out: other calls than those that keep all labels, `or`, and
    arithmetic of two vectors, whose result is for `on` and `group_left` to decide."""
    node = _with_the_labels(bare(node))
    if isinstance(node, MatrixSelector):
        node = node.vector_selector
    if isinstance(node, VectorSelector):
        return {
            each.name: each.value
            for each in matchers(node)
            if each.op == "=" and each.value and each.name != "__name__"
        }
    if isinstance(node, UnaryExpr | SubqueryExpr):
        return fixed_labels(node.expr)
    if isinstance(node, AggregateExpr):
        return _of_aggregation(node)
    return _of_call(node) if isinstance(node, Call) else {}


def apart(node: BinaryExpr) -> tuple[str, str, str] | None:
    """A label on which the two sides are matched and that has one value on the left and another on the right."""
    left, right = fixed_labels(node.lhs), fixed_labels(node.rhs)
    matching = node.modifier.matching if node.modifier is not None else None
    named = frozenset(matching.labels) if matching is not None else frozenset()
    only = matching is not None and matching.type == LabelModifierType.Include
    for label in sorted(left.keys() & right.keys()):
        if left[label] != right[label] and (label in named) == only:
            return label, left[label], right[label]
    return None


def _of_aggregation(node: AggregateExpr) -> Mapping[str, str]:
    inner = fixed_labels(node.expr)
    if str(node.op) in SAME_LABELS_AGGREGATIONS:
        return inner
    named = frozenset(node.modifier.labels) if node.modifier is not None else frozenset()
    without = node.modifier is not None and node.modifier.type == AggModifierType.Without
    return {label: value for label, value in inner.items() if (label in named) != without}


def _of_call(node: Call) -> Mapping[str, str]:
    name = node.func.name
    if name in _NO_LABELS_OF_THEIR_OWN:
        return {}
    vector = next((arg for arg in node.args if not is_scalar(arg) and not isinstance(arg, StringLiteral)), None)
    inner = fixed_labels(vector) if vector is not None else {}
    made = {node.args[1].val} if name in _MAKE_LABELS and isinstance(node.args[1], StringLiteral) else set()
    return {label: value for label, value in inner.items() if label not in made}


def _with_the_labels(node: Expr) -> Expr:
    """The side of its operators that gives the node its labels; the node itself where it is not one side alone."""
    while isinstance(node, BinaryExpr):
        if is_scalar(node.rhs) or str(node.op) in ("and", "unless"):
            node = bare(node.lhs)
        elif is_scalar(node.lhs):
            node = bare(node.rhs)
        else:
            break
    return node
