"""A metric under a name that its exporter has dropped."""

from __future__ import annotations

from collections.abc import Iterator

from harness.rules.lint.exporters.renamed import renamed_metric
from harness.rules.lint.expression import uses
from harness.rules.lint.model import Context, Rule, Suspicion
from harness.rules.lint.run_index import once_a_run


def check(rule: Rule, context: Context) -> Iterator[Suspicion]:
    """Nothing where it is known what is scraped, where a rule records the old name, or where the expression has the new
    one beside it, for either release."""
    if context.metrics is not None:
        return
    names = dict.fromkeys(use.metric for use in uses(rule.ast))
    for name in names:
        found = renamed_metric(name)
        if found is None or found.now.partition("{")[0] in names or name in _recorded(context.rules):
            continue
        yield Suspicion(
            check="renamed-metric",
            rule=rule,
            message=f"{name} is gone since {found.since}: with that or anything newer this finds nothing",
            mend=f"{found.now}",
        )


@once_a_run
def _recorded(rules: tuple[Rule, ...]) -> frozenset[str]:
    return frozenset(rule.record for rule in rules if rule.record)
