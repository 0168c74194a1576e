"""A label under a name that its exporter has dropped."""

from __future__ import annotations

from collections.abc import Iterator

from promql_parser import AggModifierType, AggregateExpr, Expr

from harness.rules.lint.exporters.renamed import Renamed, renamed_label
from harness.rules.lint.expression import calls, matches, uses, walk
from harness.rules.lint.model import Context, Rule, Suspicion


def check(rule: Rule, context: Context) -> Iterator[Suspicion]:
    """In matchers that want a value, and in `by (...)` of nothing but such metrics. A label may be made by
    label_replace() or kept by relabelling, so nothing is said where the expression makes labels or where those that are
    scraped are known."""
    if context.label_values is not None or next(calls(rule.ast, "label_replace", "label_join"), None) is not None:
        return
    told: set[str] = set()
    for metric, label, found in (*_matched(rule.ast), *_grouped(rule.ast)):
        if label not in told:
            told.add(label)
            yield Suspicion(
                check="renamed-label",
                rule=rule,
                message=f"{metric} has no label {label} since {found.since}",
                mend=f"{found.now} instead of {label}",
            )


def _matched(node: Expr) -> Iterator[tuple[str, str, Renamed]]:
    for use in uses(node):
        for matcher in use.matchers:
            found = renamed_label(use.metric, matcher.name)
            # `container_name!="POD"` is true of all that have no such label, the pause containers too.
            if found is not None and (matcher.op in ("!=", "!~") or matches(matcher, "") is False):
                yield use.metric, matcher.name, found


def _grouped(node: Expr) -> Iterator[tuple[str, str, Renamed]]:
    for each in walk(node):
        if not isinstance(each, AggregateExpr) or each.modifier is None or each.modifier.type != AggModifierType.By:
            continue
        inside = uses(each.expr)
        for label in each.modifier.labels:
            found = [renamed_label(use.metric, label) for use in inside]
            if found and all(found) and found[0] is not None:
                yield inside[0].metric, label, found[0]
