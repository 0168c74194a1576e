"""A condition that no system can meet, because no value is ever so."""

from __future__ import annotations

import math
from collections.abc import Iterator

from harness.rules.lint.bounds import Verdict, bounds, verdict
from harness.rules.lint.expression import COMPARISONS, Use, binaries, comparison, comparisons, is_scalar, text, uses
from harness.rules.lint.model import Context, Expected, Proof, Rule, Sample, Severity, Suspicion
from harness.rules.lint.samples import looks_back_s, named_labels, plain, sampled_each_s, series_of

# Samples in a phase of the proof.
_SHORTEST, _LONGEST = 30, 700


def check(rule: Rule, _context: Context) -> Iterator[Suspicion]:
    """By the form of the expression alone; the engine then sees every value from far below to far above each limit."""
    if not rule.alert or is_scalar(rule.ast):
        return
    if verdict(rule.ast) is Verdict.NEVER:
        yield Suspicion(
            check="never-fires",
            rule=rule,
            message=f"no value can meet the condition{_why(rule)}",
            mend="look at the comparison: its direction, its limit, or what is on its left",
            proof=_proof(rule),
            unproven=Severity.WARNING,
        )


def _why(rule: Rule) -> str:
    for compared in comparisons(rule.ast):
        low, high = bounds(compared.vector)
        if verdict(compared.node) is Verdict.NEVER:
            return f": {text(compared.vector)} is from {low:g} to {high:g}, never {compared.op} {compared.threshold:g}"
    return ": its parts exclude one another"


def _proof(rule: Rule) -> Proof | None:
    interval_s = sampled_each_s(rule.ast)
    lasting = max(_SHORTEST, math.ceil(2 * (looks_back_s(rule.ast) + rule.for_s) / interval_s))
    if lasting > _LONGEST:
        return None
    held = [comparison(each) for each in binaries(rule.ast, *COMPARISONS)]
    limits = [abs(compared.threshold) for compared in held if compared is not None]
    top = 2 * max(limits, default=1.0) + 1
    samples = {}
    for use in uses(rule.ast):
        series = series_of(use, named_labels(rule.ast))
        if series is None:
            return None
        samples[series] = _all_values(use, top, lasting)
    return Proof(
        story="every value from far below the limits to far above them, up and down, standing still and starting anew",
        interval_s=interval_s,
        samples=tuple(Sample(series, values) for series, values in samples.items()),
        at_s=tuple(interval_s * number for number in range(0, 4 * lasting, max(1, lasting // _SHORTEST))),
        expected=Expected.FIRES,
    )


def _all_values(use: Use, top: float, lasting: int) -> str:
    """Four phases, each as long as `for` and all windows twice over."""
    last = lasting - 1
    if use.metric == "up":
        return f"1x{last} 0x{last} 1x{last} 0x{last}"
    if use.range_s:
        step = plain(top / lasting)
        return f"0+{step}x{last} {plain(top)}x{last} 0+{step}x{last} {plain(top)}-{step}x{last}"
    step = plain(2 * top / lasting)
    return f"{plain(-top)}+{step}x{last} {plain(top)}x{last} 0+{step}x{last} {plain(top)}-{step}x{last}"
