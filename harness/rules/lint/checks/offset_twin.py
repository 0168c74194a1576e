"""A counter less itself a while ago: a restart between the two makes it negative, a new series is missed."""

from __future__ import annotations

from collections.abc import Iterator

from promql_parser import VectorSelector

from harness.rules.lint.expression import bare, binaries, matchers, metric
from harness.rules.lint.model import Context, Rule, Severity, Suspicion
from harness.rules.lint.naming import may_be_counter


def check(rule: Rule, context: Context) -> Iterator[Suspicion]:
    """`x - x offset 5m`, of counters; a hint, for beside a limit above zero a restart does no harm."""
    for node in binaries(rule.ast, "-"):
        now, then = bare(node.lhs), bare(node.rhs)
        if not isinstance(now, VectorSelector) or not isinstance(then, VectorSelector):
            continue
        if metric(now) != metric(then) or matchers(now) != matchers(then) or now.offset == then.offset:
            continue
        if may_be_counter(metric(now), context):
            yield Suspicion(
                check="offset-twin",
                rule=rule,
                message=f"{metric(now)} less itself a while ago is negative after a restart, nothing for a new series",
                severity=Severity.HINT,
                mend=f"increase({metric(now)}[...])",
            )
