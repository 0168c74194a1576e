"""A metric that nobody exports: misspelt, renamed, or of an exporter that is not there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import get_close_matches

from harness.rules.lint.expression import uses
from harness.rules.lint.model import Context, Rule, Severity, Suspicion
from harness.rules.lint.run_index import once_a_run

_OF_PROMETHEUS = re.compile(r"^(up|ALERTS|ALERTS_FOR_STATE|scrape_[a-z_]+)$")
_ABSENCE = frozenset({"absent", "absent_over_time"})


def check(rule: Rule, context: Context) -> Iterator[Suspicion]:
    """Nothing without a list of what is scraped; `absent` is made for metrics that are not there."""
    if context.metrics is None:
        return
    recorded = _recorded(context.rules)
    for name in dict.fromkeys(use.metric for use in uses(rule.ast) if not _ABSENCE & set(use.wrappers)):
        if not name or name in context.metrics or name in recorded or _OF_PROMETHEUS.match(name):
            continue
        near = get_close_matches(name, [*context.metrics, *recorded], n=1, cutoff=0.8)
        yield Suspicion(
            check="unknown-metric",
            rule=rule,
            message=f"{name} is neither scraped nor recorded, so this part of the expression is always empty",
            severity=Severity.HINT if ":" in name and not near else Severity.WARNING,
            mend=f"{near[0]} is there: was that meant?" if near else "",
        )


@once_a_run
def _recorded(rules: tuple[Rule, ...]) -> frozenset[str]:
    return frozenset(rule.record for rule in rules if rule.record)
