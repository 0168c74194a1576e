"""Looking for what is not there with something that is not there either: `count() == 0`, `absent` of many."""

from __future__ import annotations

from collections.abc import Iterator

from promql_parser import AggregateExpr

from harness.rules.lint.expression import Comparison, bare, calls, comparisons, is_topmost, uses
from harness.rules.lint.model import Context, Expected, Proof, Rule, Sample, Severity, Suspicion


def check(rule: Rule, _context: Context) -> Iterator[Suspicion]:
    """`count` of nothing is nothing, not 0."""
    absences = tuple(calls(rule.ast, "absent", "absent_over_time"))
    for compared in comparisons(rule.ast):
        if _asks_for_no_count(compared):
            yield Suspicion(
                check="counts-nothing",
                rule=rule,
                message="count() of nothing is nothing, never 0: this is never true",
                mend="absent(...), or (count(...) or vector(0)) == 0",
                proof=_proof(rule, compared),
            )
        elif _sums_up_to_zero(compared) and not absences:
            yield Suspicion(
                check="counts-nothing",
                rule=rule,
                message="when the last series goes, sum() is nothing, not 0: a target that is gone raises no alert",
                severity=Severity.HINT,
                mend="add `or absent(...)`",
            )
    for call in absences:
        if any(each.op == "=~" and "|" in each.value for use in uses(call) for each in use.matchers):
            yield Suspicion(
                check="counts-nothing",
                rule=rule,
                message="absent() of several alternatives is there only when all of them are gone",
                severity=Severity.HINT,
                mend="one absent(...) for each, with `or` between them",
            )


def _asks_for_no_count(compared: Comparison) -> bool:
    below_one = compared.op == "==" and compared.threshold == 0
    below_one |= compared.op == "<" and 0 < compared.threshold <= 1
    below_one |= compared.op == "<=" and 0 <= compared.threshold < 1
    node = bare(compared.vector)
    return below_one and isinstance(node, AggregateExpr) and str(node.op) == "count"


def _sums_up_to_zero(compared: Comparison) -> bool:
    node = bare(compared.vector)
    if compared.op != "==" or compared.threshold != 0 or not isinstance(node, AggregateExpr) or str(node.op) != "sum":
        return False
    return node.modifier is None and len(uses(node)) == 1


def _proof(rule: Rule, compared: Comparison) -> Proof | None:
    if not is_topmost(compared.node, rule.ast) or not all(use.metric for use in uses(rule.ast)):
        return None
    settled = rule.for_s + 600
    count = int(settled // 60) + 20
    return Proof(
        story="nothing of what is counted is there",
        interval_s=60,
        samples=(Sample("lint_another_metric{}", f"1+0x{count}"),),
        at_s=(settled, settled + 300.0),
        expected=Expected.FIRES,
    )
