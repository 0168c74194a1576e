"""A range in which there are not two scrapes: a rate of it has nothing to go by."""

from __future__ import annotations

from collections.abc import Iterator

from harness.rules.lint.expression import uses
from harness.rules.lint.model import Context, Rule, Severity, Suspicion

_NEED_TWO = frozenset({"rate", "irate", "increase", "delta", "idelta", "deriv", "changes", "resets", "predict_linear"})
_DEFAULT_SCRAPE_S = 60.0


def check(rule: Rule, context: Context) -> Iterator[Suspicion]:
    """A warning where the scrape interval was given; Prometheus' default alone is seldom what is in use."""
    scrape_s = context.scrape_interval_s
    short = {use.range_s: use for use in uses(rule.ast) if use.function in _NEED_TWO and use.range_s is not None}
    for range_s, use in short.items():
        if range_s >= 2 * scrape_s:
            continue
        yield Suspicion(
            check="range-too-short",
            rule=rule,
            message=f"{use.function}() over {range_s:g} s needs two scrapes in it, and they are {scrape_s:g} s apart: "
            "it is empty now and then, or always",
            severity=Severity.HINT if scrape_s == _DEFAULT_SCRAPE_S else Severity.WARNING,
            mend=f"[{4 * scrape_s:g}s], so that a scrape may fail",
        )
