"""A metric that is called almost as a well-known one is."""

from __future__ import annotations

from collections.abc import Iterator

from harness.rules.lint.exporters.known_metrics import meant_by
from harness.rules.lint.exporters.renamed import renamed_metric
from harness.rules.lint.expression import uses
from harness.rules.lint.model import Context, Rule, Suspicion
from harness.rules.lint.run_index import once_a_run

_OF_HISTOGRAMS = ("_bucket", "_sum", "_count")


def check(rule: Rule, context: Context) -> Iterator[Suspicion]:
    """`kube_pod_container_status_restarts`, which has a `_total`. Nothing where it is known what is scraped, where some
    rule records the name, or where the expression has both names."""
    if context.metrics is not None:
        return
    names = dict.fromkeys(use.metric for use in uses(rule.ast))
    for name in names:
        if name.endswith(_OF_HISTOGRAMS) or renamed_metric(name) is not None:
            continue
        meant = meant_by(name)
        if meant and meant not in names and name not in _recorded(context.rules):
            yield Suspicion(
                check="misspelt-metric",
                rule=rule,
                message=f"{name} is hardly a metric: the well-known one is {meant}",
                mend=meant,
            )


@once_a_run
def _recorded(rules: tuple[Rule, ...]) -> frozenset[str]:
    return frozenset(rule.record for rule in rules if rule.record)
