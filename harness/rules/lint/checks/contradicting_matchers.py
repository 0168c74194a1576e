"""A selector that wants two values of one label at once, which no series has."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from harness.rules.lint.expression import Use, text, uses
from harness.rules.lint.model import Context, Expected, Proof, Rule, Sample, Severity, Suspicion
from harness.rules.lint.proof.series import firing, steady, with_part_replaced


def check(rule: Rule, _context: Context) -> Iterator[Suspicion]:
    """`errors{code="500",code="502"}`: either was meant."""
    for use in uses(rule.ast) if rule.alert else ():
        name = _twice_wanted(use)
        if name:
            yield Suspicion(
                check="contradicting-matchers",
                rule=rule,
                message=f"no series has both values of {name}: {text(use.selector)} finds nothing",
                mend=f'{name}=~"one|other", or one matcher less',
                proof=_proof(rule, use, name),
                unproven=Severity.WARNING,
            )


def _twice_wanted(use: Use) -> str:
    """The label that is to have two values at once, "" when there is none."""
    wanted: dict[str, str] = {}
    for matcher in use.matchers:
        if matcher.op == "=" and wanted.setdefault(matcher.name, matcher.value) != matcher.value:
            return matcher.name
    return ""


def _proof(rule: Rule, use: Use, name: str) -> Proof | None:
    """A series for each of the values, all past the limit."""
    if use.selector.offset is not None or use.selector.at is not None:
        return None
    values = [each.value for each in use.matchers if each.name == name and each.op == "="]
    others = [f"{m.name}{m.op}{json.dumps(m.value)}" for m in use.matchers if m.name not in (name, "__name__")]
    either = f"{name}=~{json.dumps('|'.join(map(re.escape, values)))}"
    sound = with_part_replaced(rule, use.selector, f"{use.metric}{{{','.join([either, *others])}}}")
    if sound is None:
        return None
    one = steady(rule, "a series with each of the values, past the limit", firing(sound.ast), Expected.FIRES)
    if one is None:
        return None
    each_of = tuple(
        Sample(sample.series.replace(f'{name}="{values[0]}"', f'{name}="{value}"'), sample.values)
        for sample in one.samples
        for value in values
    )
    return Proof(story=one.story, interval_s=one.interval_s, samples=each_of, at_s=one.at_s, expected=one.expected)
