"""A text that names another limit, another duration or another unit than the rule has."""

from __future__ import annotations

import re
from collections.abc import Iterator

from harness.rules.lint.expression import Comparison, comparisons, text, uses
from harness.rules.lint.fraction import fraction
from harness.rules.lint.model import Context, Rule, Severity, Suspicion
from harness.rules.lint.statements import Limit, durations_s, held_s, limits, within_s

_PERCENT = re.compile(r"percent|ratio|utili[sz]ation|usage", re.I)
_EXPIRES = re.compile(r"expir|not_?after|valid_until", re.I)
_ACTION = re.compile(r"\{\{[^{}]*\}\}")
_AS_IT_IS = frozenset({"sum", "max", "min", "avg", ">", ">=", "<", "<=", "=="})
_SCALES = (
    *(10.0**power for power in range(-9, 13)), *(1024.0**power for power in range(-4, 5)),
    60.0, 3600.0, 86400.0, 604800.0, 1 / 60, 1 / 3600, 1 / 86400,
)  # fmt: skip
_TIMELY = re.compile(r"second|_ms$|millis|lag|age|time|delay|duration|behind|latency", re.I)
_NEAR = 0.015


def check(rule: Rule, _context: Context) -> Iterator[Suspicion]:
    """Only what is said in so many figures: a percentage, a time until something ends, how long it lasts. Texts with
    several figures may speak of something else, and are right if any of them fits."""
    found = comparisons(rule.ast)
    texts = " ".join(_ACTION.sub(" ", each) for each in rule.annotations.values())
    if not rule.alert or len(found) != 1 or not texts:
        return
    compared = found[0]
    shares = sorted({each.number for each in limits(texts) if each.unit in ("%", "percent")})
    if shares and _is_share(compared) and not any(_same_share(compared, said) for said in shares):
        yield _suspicion(rule, f"the text says {shares[0]:g} %, the limit is {compared.threshold:g}")
    elif _is_plain(compared) and not _is_said(compared, plain := _of_values(compared, texts)):
        said = next(each for each in plain if each.rises == compared.rises)
        yield _suspicion(rule, f"the text says {said.number:g}, the limit is {compared.threshold:g}")
    elif _is_time_left(compared) and not _fits(compared.threshold, durations_s(texts)):
        yield _suspicion(rule, f"the text says {durations_s(texts)[0]:g} s, the limit is {compared.threshold:g} s")
    yield from _of_duration(rule, texts)


def _is_plain(compared: Comparison) -> bool:
    """A value as it is scraped, or the sum or the largest of such."""
    every = uses(compared.vector)
    return len(every) == 1 and not every[0].range_s and set(every[0].wrappers) <= _AS_IT_IS and compared.threshold != 0


def _of_values(compared: Comparison, texts: str) -> list[Limit]:
    """Without the times in a text on what is no time."""
    timely = _TIMELY.search(uses(compared.vector)[0].metric) is not None
    return [each for each in limits(texts) if timely or not durations_s(f"{each.number:g}{each.unit}")]


def _is_said(compared: Comparison, said: list[Limit]) -> bool:
    """Whether some figure in the text is the limit, on whatever scale; so it is when there is none."""
    same = [each for each in said if each.rises == compared.rises]
    if not same or len(same) < len(said):
        return True
    return any(
        abs(each.number * scale - compared.threshold) <= _NEAR * compared.threshold
        for each in same
        for scale in _SCALES
    )


def _is_share(compared: Comparison) -> bool:
    if fraction(compared.vector) is not None:
        return True
    every = uses(compared.vector)
    return len(every) == 1 and not every[0].range_s and _PERCENT.search(every[0].metric) is not None


def _same_share(compared: Comparison, said: float) -> bool:
    """By what the fraction was multiplied with; a metric that is a share by its name may be on either scale."""
    found = fraction(compared.vector)
    scales = (1.0, 100.0) if found is None or found.factor not in (1, 100) else (100 / found.factor,)
    shares = [scale * compared.threshold for scale in scales]
    return any(abs(each - said) <= _NEAR * max(said, 1.0) for share in shares for each in (share, 100 - share))


def _is_time_left(compared: Comparison) -> bool:
    every = uses(compared.vector)
    return (
        compared.falls
        and compared.threshold > 0
        and len(every) == 1
        and _EXPIRES.search(every[0].metric) is not None
        and text(compared.vector) in (f"{text(every[0].selector)} - time()",)
    )


def _fits(seconds: float, said: list[float]) -> bool:
    return not said or any(abs(each - seconds) <= _NEAR * each for each in said)


def _of_duration(rule: Rule, texts: str) -> Iterator[Suspicion]:
    """How long it lasts: by `for`, or by the windows within."""
    said = held_s(texts)
    ranges = [use.range_s for use in uses(rule.ast) if use.range_s]
    if not said or not rule.for_s or ranges or _fits(rule.for_s, [*said, *within_s(texts)]):
        return
    if any(_fits(compared.threshold, said) for compared in comparisons(rule.ast) if compared.threshold):
        return
    yield _suspicion(rule, f"the text says for {said[0]:g} s, the rule has for {rule.for_s:g} s", Severity.HINT)


def _suspicion(rule: Rule, message: str, severity: Severity = Severity.WARNING) -> Suspicion:
    return Suspicion(
        check="text-and-limit", rule=rule, message=message, severity=severity, mend="mend the text, or the rule"
    )
