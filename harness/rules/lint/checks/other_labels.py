"""Two well-known metrics met on all their labels, of which one has others."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from promql_parser import (
    AggModifierType,
    AggregateExpr,
    BinaryExpr,
    Call,
    Expr,
    LabelModifierType,
    MatrixSelector,
    VectorSelector,
)

from harness.rules.lint.exporters.own_labels import Own, own_labels
from harness.rules.lint.expression import MATCHING_OPERATORS, bare, binaries, is_scalar, matchers, metric, operator
from harness.rules.lint.model import Context, Rule, Suspicion

_KEEP_ALL_LABELS = frozenset(
    {"rate", "irate", "increase", "delta", "idelta", "deriv", "changes", "resets", "predict_linear", "abs", "ceil"}
    | {"floor", "round", "clamp_min", "clamp_max", "min_over_time", "max_over_time", "avg_over_time", "sum_over_time"}
    | {"last_over_time", "count_over_time"}
)


def check(rule: Rule, context: Context) -> Iterator[Suspicion]:
    """`kube_pod_info * kube_pod_status_phase`, of which only one has a phase, and metrics of two exporters, which have
    no target in common. Nothing where the labels that are scraped are known."""
    if context.label_values is not None:
        return
    for node in binaries(rule.ast, *MATCHING_OPERATORS):
        left, right = _followed(node.lhs), _followed(node.rhs)
        matching = node.modifier.matching if node.modifier is not None else None
        if left is None or right is None or (matching and matching.type == LabelModifierType.Include):
            continue
        why = _apart(left, right, frozenset(matching.labels) if matching is not None else frozenset())
        if why is not None:
            yield Suspicion(
                check="other-labels",
                rule=rule,
                message=why
                + (": nothing is ever excluded" if str(node.op) == "unless" else ": the two sides never meet"),
                mend="say on (...) which labels they are to share, with group_left where one side has several",
            )


def _apart(left: tuple[str, Own], right: tuple[str, Own], ignored: frozenset[str]) -> str | None:
    (one, of_one), (other, of_other) = left, right
    if of_one.exporter != of_other.exporter:
        return None if ignored else f"{one} is of {of_one.exporter}, {other} of {of_other.exporter}"
    if of_one.labels is None or of_other.labels is None:
        return None
    for has, has_labels, lacks, lacks_labels in (
        (one, of_one.labels, other, of_other.labels),
        (other, of_other.labels, one, of_one.labels),
    ):
        more = sorted(has_labels - lacks_labels - ignored)
        if more:
            return f"{has} has a label {more[0]}, {lacks} has none"
    return None


@lru_cache(maxsize=512)
def _followed(node: Expr) -> tuple[str, Own] | None:
    """The metric whose labels the node has, and these; None where that is not plain."""
    found = None
    match bare(node):
        case MatrixSelector() as matrix:
            found = _of_selector(matrix.vector_selector)
        case VectorSelector() as selector:
            found = _of_selector(selector)
        case Call() as call if call.func.name in _KEEP_ALL_LABELS:
            vector = next((arg for arg in call.args if not is_scalar(arg)), None)
            found = None if vector is None else _followed(vector)
        case AggregateExpr() as aggregation:
            found = _of_aggregation(aggregation)
        case BinaryExpr() as binary if is_scalar(binary.lhs):
            found = _followed(binary.rhs)
        case BinaryExpr() as binary if is_scalar(binary.rhs) or operator(binary) in ("and", "unless"):
            found = _followed(binary.lhs)
        case BinaryExpr() as binary:
            found = _of_two(binary)
    return found


def _of_selector(selector: VectorSelector) -> tuple[str, Own] | None:
    """Without the labels that a matcher wants to be empty."""
    own = own_labels(metric(selector))
    if own is None or own.labels is None:
        return None if own is None else (metric(selector), own)
    empty = {each.name for each in matchers(selector) if each.op == "=" and not each.value}
    return metric(selector), Own(own.exporter, own.labels - empty)


def _of_two(node: BinaryExpr) -> tuple[str, Own] | None:
    """Two metrics of one exporter that share all labels."""
    left, right = _followed(node.lhs), _followed(node.rhs)
    if left is None or right is None or left[1] != right[1] or operator(node) == "or":
        return None
    return left if node.modifier is None or node.modifier.matching is None else None


def _of_aggregation(node: AggregateExpr) -> tuple[str, Own] | None:
    """Only `without`: what `by` leaves is for other checks to see. One that takes the target's own labels away leaves
    nothing that tells exporters apart."""
    inner = _followed(node.expr)
    if inner is None or node.modifier is None or node.modifier.type != AggModifierType.Without:
        return None
    gone = frozenset(node.modifier.labels)
    if inner[1].labels is None or gone & {"instance", "job"}:
        return None
    return inner[0], Own(inner[1].exporter, inner[1].labels - gone)
