"""A label that a well-known metric does not have, and another one of the same exporter does."""

from __future__ import annotations

from collections.abc import Iterator

from promql_parser import AggModifierType, AggregateExpr, Expr

from harness.rules.lint.exporters.own_labels import given_to_some, own_labels
from harness.rules.lint.expression import Use, binaries, calls, matches, uses, walk
from harness.rules.lint.model import Context, Rule, Suspicion


def check(rule: Rule, context: Context) -> Iterator[Suspicion]:
    """`kube_pod_status_phase{status="Pending"}`, `sum by (deployment) (kube_pod_status_ready)`. A label that no metric
    of the exporter has may come from relabelling, and is not told; nor is anything where labels are made or those that
    are scraped are known."""
    if context.label_values is not None or next(calls(rule.ast, "label_replace", "label_join"), None) is not None:
        return
    told: set[tuple[str, str]] = set()
    for use, label in (*_matched(rule.ast), *_grouped(rule.ast)):
        own = own_labels(use.metric)
        if own is None or not _lacks(use, label) or (use.metric, label) in told:
            continue
        told.add((use.metric, label))
        yield Suspicion(
            check="no-such-label",
            rule=rule,
            message=f"{use.metric} has no label {label}; {own.exporter} gives it {', '.join(sorted(own.labels or ()))}",
            mend="one of these, or a metric that has it",
        )


def _lacks(use: Use, label: str) -> bool:
    own = own_labels(use.metric)
    if own is None or own.labels is None or label in own.labels:
        return False
    return label in given_to_some(own.exporter)


def _matched(node: Expr) -> Iterator[tuple[Use, str]]:
    for use in uses(node):
        for matcher in use.matchers:
            if matches(matcher, "") is False and matcher.op in ("=", "=~"):
                yield use, matcher.name


def _grouped(node: Expr) -> Iterator[tuple[Use, str]]:
    """Only of one metric: beside another one it may be given the label."""
    for each in walk(node):
        if not isinstance(each, AggregateExpr) or each.modifier is None or each.modifier.type != AggModifierType.By:
            continue
        inside = uses(each.expr)
        if len(inside) == 1 and next(binaries(each.expr, "*"), None) is None:
            yield from ((inside[0], label) for label in each.modifier.labels)
