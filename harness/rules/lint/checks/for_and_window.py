"""`for` as long as the window of an increase: a single event is out of the window when the alert would fire."""

from __future__ import annotations

from collections.abc import Iterator

from harness.rules.lint.expression import comparisons, uses
from harness.rules.lint.model import Context, Rule, Severity, Suspicion

_COUNT_EVENTS = frozenset({"increase", "changes", "resets"})


def check(rule: Rule, _context: Context) -> Iterator[Suspicion]:
    """A hint: for what goes on for long it is sound."""
    for compared in comparisons(rule.ast) if rule.for_s else ():
        for use in uses(compared.vector):
            if use.function in _COUNT_EVENTS and compared.rises and use.range_s and rule.for_s >= use.range_s:
                yield Suspicion(
                    check="for-and-window",
                    rule=rule,
                    message=f"`for` is {rule.for_s:g} s and the window of {use.function}() {use.range_s:g} s: "
                    "one event is out of the window before the alert fires, only what goes on is told",
                    severity=Severity.HINT,
                    mend="a shorter `for`, or none: the window holds the alert already",
                )
                return
