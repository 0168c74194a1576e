"""A condition that every system meets, the healthy one as well as the failing one."""

from __future__ import annotations

import math
from collections.abc import Iterator

from harness.rules.lint.bounds import Verdict, verdict
from harness.rules.lint.expression import binaries, uses
from harness.rules.lint.model import Context, Expected, Proof, Rule, Sample, Severity, Suspicion
from harness.rules.lint.samples import looks_back_s, named_labels, sampled_each_s, series_of

_MOST_SAMPLES = 2_000
_SETTLED = 10


def check(rule: Rule, _context: Context) -> Iterator[Suspicion]:
    """A heartbeat (`vector(1)`) looks at no series, and is none of these."""
    if rule.alert and uses(rule.ast) and verdict(rule.ast) is Verdict.ALWAYS:
        yield Suspicion(
            check="always-fires",
            rule=rule,
            message="every value there can be meets the condition: this fires for as long as its series are there",
            mend="look at the comparison: its direction, its limit, or what is on its left",
            proof=_proof(rule),
            unproven=Severity.WARNING,
        )


def _proof(rule: Rule) -> Proof | None:
    """Targets are up, nothing is counted, all else stands at one; beside a division counters grow by one at each
    sample, for of nothing there is no share."""
    interval_s = sampled_each_s(rule.ast)
    count = math.ceil(2 * (looks_back_s(rule.ast) + rule.for_s) / interval_s) + 2 * _SETTLED
    if count > _MOST_SAMPLES:
        return None
    grows = 1 if next(binaries(rule.ast, "/"), None) is not None else 0
    samples = {}
    for use in uses(rule.ast):
        series = series_of(use, named_labels(rule.ast))
        if series is None:
            return None
        samples[series] = f"1+{grows}x{count}" if use.range_s else f"1x{count}"
    return Proof(
        story="a system in which nothing goes wrong: targets are up" + (", work is steady" if grows else ""),
        interval_s=interval_s,
        samples=tuple(Sample(series, values) for series, values in samples.items()),
        at_s=tuple(interval_s * number for number in (count - _SETTLED, count)),
        expected=Expected.STAYS_QUIET,
    )
