"""A condition that no system can meet: no value is ever so, or no series can have these labels."""

from __future__ import annotations

import math
from collections.abc import Iterator

from harness.rules.lint.bounds import Verdict, bounds, verdict
from harness.rules.lint.checks import counts_nothing, negative_rate
from harness.rules.lint.expression import Use, comparisons, is_scalar, text, uses
from harness.rules.lint.model import Context, Expected, Proof, Rule, Sample, Severity, Suspicion
from harness.rules.lint.samples import looks_back_s, named_labels, plain, sampled_each_s, series_of

_TELL_IT_BETTER = (counts_nothing.check, negative_rate.check)
# Samples in a phase of the proof.
_SHORTEST, _LONGEST = 30, 700


def check(rule: Rule, context: Context) -> Iterator[Suspicion]:
    """By the form of the expression alone; the engine then sees every value from far below to far above each limit."""
    if not rule.alert or is_scalar(rule.ast):
        return
    told = any(found.proof is not None for tells in _TELL_IT_BETTER for found in tells(rule, context))
    if verdict(rule.ast) is Verdict.NEVER and not told:
        yield Suspicion(
            check="never-fires",
            rule=rule,
            message=f"no value can meet the condition{_why(rule)}",
            mend="look at the comparison: its direction, its limit, or what is on its left",
            proof=_proof(rule),
            unproven=Severity.WARNING,
        )
    for use in uses(rule.ast):
        twice = _contradiction(use)
        if twice:
            yield Suspicion(
                check="never-fires",
                rule=rule,
                message=f"no series has both values of {twice}: {text(use.selector)} finds nothing",
                mend=f'{twice}=~"one|other", or one matcher less',
            )


def _why(rule: Rule) -> str:
    for compared in comparisons(rule.ast):
        low, high = bounds(compared.vector)
        if verdict(compared.node) is Verdict.NEVER:
            return f": {text(compared.vector)} is from {low:g} to {high:g}, never {compared.op} {compared.threshold:g}"
    return ": its parts exclude one another"


def _contradiction(use: Use) -> str:
    """The label that is to have two values at once, "" when there is none."""
    wanted: dict[str, str] = {}
    for matcher in use.matchers:
        if matcher.op == "=" and wanted.setdefault(matcher.name, matcher.value) != matcher.value:
            return matcher.name
    return ""


def _proof(rule: Rule) -> Proof | None:
    interval_s = sampled_each_s(rule.ast)
    lasting = max(_SHORTEST, math.ceil(2 * (looks_back_s(rule.ast) + rule.for_s) / interval_s))
    if lasting > _LONGEST:
        return None
    limits = [abs(compared.threshold) for compared in comparisons(rule.ast)]
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
