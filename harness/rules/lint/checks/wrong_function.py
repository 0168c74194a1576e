"""Functions of counters on gauges, and functions of gauges on counters."""

from __future__ import annotations

from collections.abc import Iterator

from promql_parser import SubqueryExpr

from harness.rules.lint.expression import bare, calls, uses
from harness.rules.lint.fraction import fraction
from harness.rules.lint.model import Context, Rule, Severity, Suspicion
from harness.rules.lint.naming import is_counter, is_gauge, may_be_counter

_OF_COUNTERS = frozenset({"rate", "irate", "increase", "resets"})
_OF_GAUGES = frozenset({"delta", "idelta", "deriv", "predict_linear"})


def check(rule: Rule, context: Context) -> Iterator[Suspicion]:
    """By declared type; without one, only by names that leave no doubt. A `_total` may be an odd gauge: a hint. A
    fraction is a gauge, whatever is divided."""
    for call in calls(rule.ast, *_OF_COUNTERS):
        argument = bare(call.args[0])
        if isinstance(argument, SubqueryExpr) and fraction(argument.expr) is not None:
            yield Suspicion(
                check="wrong-function",
                rule=rule,
                message=f"{call.func.name}() takes each fall of a fraction for a restart, and adds it up",
                mend="delta(...), deriv(...) or predict_linear(...)",
            )
    for use in uses(rule.ast):
        function = use.function
        if use.range_s is None:
            continue
        if function in _OF_COUNTERS and is_gauge(use.metric, context):
            yield Suspicion(
                check="wrong-function",
                rule=rule,
                message=f"{function}() takes each fall of {use.metric}, a gauge, for a restart, and adds it up",
                mend=f"{'deriv' if function in ('rate', 'irate') else 'delta'}({use.metric}[...])",
            )
        elif function in _OF_GAUGES and may_be_counter(use.metric, context):
            yield Suspicion(
                check="wrong-function",
                rule=rule,
                message=f"{function}() of {use.metric}, a counter, is far below zero at each restart",
                severity=Severity.WARNING if is_counter(use.metric, context) else Severity.HINT,
                mend=f"{'rate' if function == 'deriv' else 'increase'}({use.metric}[...])",
            )
