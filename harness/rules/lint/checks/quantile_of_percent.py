"""A quantile asked for as a percentage: `histogram_quantile(95, ...)` is infinite, whatever was observed."""

from __future__ import annotations

from collections.abc import Iterator

from promql_parser import AggregateExpr, Call, Expr

from harness.rules.lint.expression import number, walk
from harness.rules.lint.model import Context, Rule, Severity, Suspicion
from harness.rules.lint.proof.series import should_stay_quiet, with_part_replaced

_CALLS = frozenset({"histogram_quantile", "quantile_over_time"})


def check(rule: Rule, _context: Context) -> Iterator[Suspicion]:
    """Of anything above 1; `histogram_quantile(1, ...)` is the largest bucket, and sound."""
    for node in walk(rule.ast):
        asked = _asked(node)
        if asked is None or asked <= 1:
            continue
        written, meant = f"({asked:g}, ", f"({asked / 100:g}, "
        sound = with_part_replaced(rule, node, str(node).replace(written, meant, 1))
        yield Suspicion(
            check="quantile-of-percent",
            rule=rule,
            message=f"the quantile {asked:g} is beyond 1, so the result is infinite whatever the values are",
            mend=f"{asked / 100:g}",
            proof=should_stay_quiet(rule, "everything is within the limit", sound=sound) if sound is not None else None,
            unproven=Severity.WARNING,
        )


def _asked(node: Expr) -> float | None:
    if isinstance(node, Call) and node.func.name in _CALLS:
        return number(node.args[0])
    if isinstance(node, AggregateExpr) and str(node.op) == "quantile" and node.param is not None:
        return number(node.param)
    return None
