"""A rate or an increase held against an exact number, which it hardly ever is."""

from __future__ import annotations

from collections.abc import Iterator

from harness.rules.lint.expression import comparisons, uses
from harness.rules.lint.fraction import RATES
from harness.rules.lint.model import Context, Rule, Suspicion

# Made whole, or a fraction of two that may be equal.
_WHOLE = frozenset({"/", "ceil", "floor", "round"})


def check(rule: Rule, _context: Context) -> Iterator[Suspicion]:
    """`increase(x[5m]) == 1`: what lies between two scrapes is extrapolated, and one event is 1.25. Zero is exact."""
    for compared in comparisons(rule.ast) if rule.alert else ():
        rates = [use for use in uses(compared.vector) if use.function in RATES]
        if compared.op != "==" or compared.threshold == 0 or not rates or _WHOLE & set(rates[0].wrappers):
            continue
        yield Suspicion(
            check="exact-rate",
            rule=rule,
            message=f"{rates[0].function}() is extrapolated, and is hardly ever {compared.threshold:g} exactly",
            mend=f"> 0, or >= {compared.threshold:g} of what is rounded",
        )
