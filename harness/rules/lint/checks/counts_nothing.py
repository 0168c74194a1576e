"""Looking for what is not there with something that is not there either: `count() == 0`, `absent` of many."""

from __future__ import annotations

from collections.abc import Iterator

from promql_parser import AggregateExpr, BinaryExpr, Call, Expr

from harness.rules.lint.expression import (
    COMPARISONS,
    Comparison,
    bare,
    binaries,
    calls,
    comparisons,
    is_scalar,
    is_topmost,
    operator,
    uses,
)
from harness.rules.lint.model import Context, Expected, Proof, Rule, Sample, Severity, Suspicion
from harness.rules.lint.proof.series import healthy, steady, with_part_replaced


def check(rule: Rule, _context: Context) -> Iterator[Suspicion]:
    """`count` of nothing is nothing, not 0; neither is what has a number to fall back on ever absent."""
    absences = tuple(calls(rule.ast, "absent", "absent_over_time"))
    for compared in comparisons(rule.ast):
        if _asks_for_no_count(compared):
            yield Suspicion(
                check="counts-nothing",
                rule=rule,
                message="count() of nothing is nothing, never 0: this is never true",
                mend="absent(...), or (count(...) or vector(0)) == 0",
                proof=_proof(rule) if is_topmost(compared.node, rule.ast) else None,
            )
        elif absences:
            continue
        elif compared.falls and _counted(compared.vector) is not None:
            yield _misses_the_last(rule, compared)
        elif _sums_up_to_zero(compared):
            yield Suspicion(
                check="counts-nothing",
                rule=rule,
                message="when the last series goes, sum() is nothing, not 0: a target that is gone raises no alert",
                severity=Severity.HINT,
                mend="add `or absent(...)`",
            )
    for call in absences:
        yield from _of_absence(rule, call)


def _of_absence(rule: Rule, call: Call) -> Iterator[Suspicion]:
    if _falls_back(call.args[0]):
        yield Suspicion(
            check="counts-nothing",
            rule=rule,
            message="`or vector(...)` is always there, so that nothing is ever absent: this is never true",
            mend="leave out `or vector(...)` within absent()",
            proof=_proof(rule) if is_topmost(call, rule.ast) else None,
        )
    elif any(each.op == "=~" and "|" in each.value for use in uses(call) for each in use.matchers):
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


def _counted(node: Expr) -> BinaryExpr | None:
    """The comparison whose results are counted, None when it is another kind of count or none."""
    node = bare(node)
    if not isinstance(node, AggregateExpr) or str(node.op) != "count":
        return None
    inner = bare(node.expr)
    if not isinstance(inner, BinaryExpr) or operator(inner) not in COMPARISONS or not is_scalar(inner.rhs):
        return None
    return None if inner.modifier is not None and inner.modifier.return_bool else inner


def _misses_the_last(rule: Rule, compared: Comparison) -> Suspicion:
    """The series are all there, and none is as it is counted: fewer than the limit, if ever."""
    inner, count = _counted(compared.vector), bare(compared.vector)
    proof = None
    if inner is not None and is_topmost(compared.node, rule.ast):
        summed = str(count).replace(str(inner), f"{inner.lhs} {inner.op} bool {inner.rhs}").replace("count", "sum", 1)
        sound = with_part_replaced(rule, count, summed)
        story = "all that is counted is there, and none of it is as it should be"
        proof = steady(rule, story, healthy(inner), Expected.FIRES, mended=sound)
    return Suspicion(
        check="counts-nothing",
        rule=rule,
        message="when none is left, count() is nothing, not 0: with the last one the alert goes",
        mend="sum(... bool ...) instead of count(...), or (count(...) or vector(0))",
        proof=proof,
        unproven=Severity.HINT,
        severity=Severity.HINT,
    )


def _falls_back(node: Expr) -> bool:
    return any(_is_fallback(side) for each in binaries(node, "or") for side in (each.lhs, each.rhs))


def _is_fallback(node: Expr) -> bool:
    """`vector(...)` is there whatever is scraped."""
    node = bare(node)
    return isinstance(node, Call) and node.func.name == "vector"


def _proof(rule: Rule) -> Proof | None:
    if not all(use.metric for use in uses(rule.ast)):
        return None
    settled = rule.for_s + 600
    count = int(settled // 60) + 20
    return Proof(
        story="nothing of what is looked for is there",
        interval_s=60,
        samples=(Sample("lint_another_metric{}", f"1+0x{count}"),),
        at_s=(settled, settled + 300.0),
        expected=Expected.FIRES,
    )
