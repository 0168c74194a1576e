"""A gauge that is exported and never set: whatever happens, it stays where it began."""

from __future__ import annotations

from collections.abc import Iterator

from harness.rules.lint.expression import comparisons, uses
from harness.rules.lint.model import Context, Rule, Severity, Suspicion
from harness.rules.lint.naming import declared_type


def check(rule: Rule, context: Context) -> Iterator[Suspicion]:
    """A hint, and only where a Prometheus has said so: a system may simply have been well all day."""
    if not rule.alert:
        return
    compared = {use.metric for found in comparisons(rule.ast) for use in uses(found.vector)}
    for name in sorted(compared & context.still):
        if declared_type(name, context) == "gauge":
            yield Suspicion(
                check="never-moves",
                rule=rule,
                message=f"{name} has not moved for a day, on none of its series: is it ever set?",
                severity=Severity.HINT,
                mend="provoke what it is to show, and look at it; or take a metric that moves",
            )
