"""A value shown on another scale than it has: a percentage made a percentage once more, or a ratio with a `%`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from harness.rules.lint.expression import Comparison, binaries, comparison, uses
from harness.rules.lint.fraction import RATES, Fraction, fraction
from harness.rules.lint.model import Context, Rule, Severity, Suspicion

_ACTION = re.compile(r"\{\{(?P<inside>[^{}]*)\}\}(?P<after>\s?%)?")
_VALUE = re.compile(r"(\$value|(?<![\w)])\.Value)\b")


def check(rule: Rule, _context: Context) -> Iterator[Suspicion]:
    """Only where the whole expression is one fraction held against a number."""
    compared = comparison(rule.ast)
    found = fraction(compared.vector) if compared is not None else None
    for name, text in rule.annotations.items():
        for action in _ACTION.finditer(text):
            if _VALUE.search(action["inside"]):
                message = _wrong(action["inside"], bool(action["after"]), found, is_rate=_is_rate(compared))
                if message:
                    yield Suspicion(
                        check="template-scale",
                        rule=rule,
                        message=f"{name} {message[0]}",
                        severity=message[1],
                        mend=message[2],
                    )


def _is_rate(compared: Comparison | None) -> bool:
    """Whether it is events by time, and no share of anything; seconds by second are one."""
    every = uses(compared.vector) if compared is not None else ()
    if compared is None or next(binaries(compared.vector, "/", "*"), None) is not None:
        return False
    return bool(every) and all(RATES & set(use.wrappers) and "_seconds" not in use.metric for use in every)


def _wrong(
    inside: str, per_cent_after: bool, found: Fraction | None, *, is_rate: bool
) -> tuple[str, Severity, str] | None:
    if "humanizePercentage" in inside:
        if is_rate:
            return "shows a number of events as a percentage", Severity.WARNING, "humanize, or divide by all events"
        if found is not None and found.factor == 100:
            return (
                "shows a percentage times 100",
                Severity.WARNING,
                "leave out humanizePercentage, or * 100",
            )
        if per_cent_after:
            return "has a second % after humanizePercentage", Severity.HINT, "leave out the %"
    elif per_cent_after and is_rate:
        return "puts a % after a number of events", Severity.WARNING, "leave out the %, or divide by all events"
    elif per_cent_after and found is not None and found.factor == 1 and "query" not in inside and "100" not in inside:
        return "puts a % after a ratio: 0.93 % for 93 %", Severity.WARNING, "{{ $value | humanizePercentage }}"
    return None
