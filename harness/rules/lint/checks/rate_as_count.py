"""A rate, which is a number a second, held against a number of events in a window."""

from __future__ import annotations

from collections.abc import Iterator

from harness.rules.lint.expression import Use, comparisons, uses
from harness.rules.lint.model import Context, Rule, Suspicion
from harness.rules.lint.statements import within_s

_KEEP_THE_UNIT = frozenset({"rate", "irate", "sum", "max", "min", "avg", "topk", ">", ">="})


def check(rule: Rule, _context: Context) -> Iterator[Suspicion]:
    """`rate(errors_total[5m]) > 5` under "more than 5 errors in 5 minutes", and restarts of a container by the
    second."""
    texts = " ".join(rule.annotations.values())
    for compared in comparisons(rule.ast) if rule.alert else ():
        found = uses(compared.vector)
        if len(found) != 1 or not compared.rises or compared.threshold < 1:
            continue
        use = found[0]
        if not use.range_s or use.function not in ("rate", "irate") or not set(use.wrappers) <= _KEEP_THE_UNIT:
            continue
        if _is_slow(use) or (use.range_s in within_s(texts) and "per second" not in texts and "/s" not in texts):
            yield Suspicion(
                check="rate-as-count",
                rule=rule,
                message=f"{use.function}() is a number a second: {compared.threshold:g} of them are "
                f"{compared.threshold * use.range_s:g} in the window",
                mend=f"increase({use.metric}[...]) {compared.op} {compared.threshold:g}",
            )


def _is_slow(use: Use) -> bool:
    return use.metric.endswith("restarts_total")
