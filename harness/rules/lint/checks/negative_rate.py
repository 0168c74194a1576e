"""A counter said to fall: rate() and increase() are never below zero, for they take a fall for a restart."""

from __future__ import annotations

from collections.abc import Iterator

from promql_parser import AggregateExpr, Call, Expr

from harness.rules.lint.expression import bare, comparisons, is_topmost, uses
from harness.rules.lint.fraction import RATES
from harness.rules.lint.model import Context, Expected, Proof, Rule, Suspicion
from harness.rules.lint.samples import Line, sampled_each_s, steady_proof

_NEVER_NEGATIVE = RATES | {"changes", "resets", "count_over_time"}
_KEEP_THE_SIGN = frozenset({"sum", "avg", "min", "max", "topk", "bottomk"})
_HIGH = 1_000_000.0


def check(rule: Rule, _context: Context) -> Iterator[Suspicion]:
    """`rate(x[5m]) < 0` and `<= -1`, also summed."""
    for compared in comparisons(rule.ast):
        below_zero = (compared.op == "<" and compared.threshold <= 0) or (
            compared.op in ("<=", "==") and compared.threshold < 0
        )
        if below_zero and _is_never_negative(compared.vector):
            yield Suspicion(
                check="negative-rate",
                rule=rule,
                message=f"this is never below zero, so `{compared.op} {compared.threshold:g}` is never true",
                mend="delta(...) or deriv(...) of a gauge; of a counter, resets(...) > 0",
                proof=_proof(rule) if is_topmost(compared.node, rule.ast) else None,
            )


def _is_never_negative(node: Expr) -> bool:
    node = bare(node)
    if isinstance(node, AggregateExpr) and str(node.op) in _KEEP_THE_SIGN:
        return _is_never_negative(node.expr)
    return isinstance(node, Call) and node.func.name in _NEVER_NEGATIVE


def _proof(rule: Rule) -> Proof | None:
    step = -sampled_each_s(rule.ast)
    return steady_proof(
        rule, "the value falls all the time", [Line(use, _HIGH, step) for use in uses(rule.ast)], Expected.FIRES
    )
