"""A label that a matcher asks for on one side of an operator alone, where the other metric hardly has it."""

from __future__ import annotations

from collections.abc import Iterator

from promql_parser import BinaryExpr, Expr

from harness.rules.lint.expression import COMPARISONS, Use, bare, binaries, is_scalar, labels, uses
from harness.rules.lint.fixed_labels import fixed_labels
from harness.rules.lint.model import Context, Rule, Severity, Suspicion

_OPERATORS = ("+", "-", "*", "/", "%", "and", *COMPARISONS)
# Told of the thing itself and not of what happened to it, these are on all metrics of a program or of none.
_OF_THE_TARGET = frozenset(
    {"app", "cluster", "component", "container", "datacenter", "endpoint", "env", "environment", "exported_namespace"}
    | {"host", "hostname", "instance", "job", "metrics_path", "name", "namespace", "node", "pod", "prometheus"}
    | {"region", "service", "stage", "team", "tier", "zone"}
)


def check(rule: Rule, context: Context) -> Iterator[Suspicion]:
    """`increase(signups_total{kind="web"}[1h]) > 0 and increase(logins_total[1h]) == 0`: when the second has no `kind`,
    they never meet. Nothing where labels that are scraped are known, where a matching was written, or where both names
    begin alike."""
    if context.label_values is not None or not rule.alert:
        return
    for node in binaries(rule.ast, *_OPERATORS):
        if node.modifier is not None and node.modifier.matching is not None:
            continue
        if is_scalar(node.lhs) or is_scalar(node.rhs):
            continue
        found = _lonely(node)
        if found is not None:
            label, one, other = found
            yield Suspicion(
                check="asked-on-one-side",
                rule=rule,
                message=f"`{node.op}` matches on all labels, and {label} is asked of {one.metric} alone: when "
                f"{other.metric} has no {label}, the two never meet",
                severity=Severity.WARNING,
                mend=f"on (...) the labels that both have, or ignoring ({label})",
            )


def _lonely(node: BinaryExpr) -> tuple[str, Use, Use] | None:
    if _is_of_two(node.lhs) or _is_of_two(node.rhs):
        return None
    left, right = uses(node.lhs), uses(node.rhs)
    if len(left) != 1 or len(right) != 1 or not left[0].metric or not right[0].metric:
        return None
    for (one, side), (other, opposite) in (
        ((left[0], node.lhs), (right[0], node.rhs)),
        ((right[0], node.rhs), (left[0], node.lhs)),
    ):
        if one.metric.split("_")[:3] == other.metric.split("_")[:3]:
            continue
        asked = fixed_labels(side).keys() - _OF_THE_TARGET - {each.name for each in other.matchers}
        kept = sorted(label for label in asked if labels(opposite).only is None)
        if kept:
            return kept[0], one, other
    return None


def _is_of_two(node: Expr) -> bool:
    """Asked first: in a long chain of operators it is far cheaper than to look for selectors."""
    node = bare(node)
    return isinstance(node, BinaryExpr) and not is_scalar(node.lhs) and not is_scalar(node.rhs)
