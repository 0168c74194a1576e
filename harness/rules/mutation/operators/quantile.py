"""Another quantile is asked for: the median, or nearly the largest."""

from __future__ import annotations

from collections.abc import Iterator

from harness.rules.lint.model import Rule
from harness.rules.mutation.edits import replaced
from harness.rules.mutation.model import Change
from harness.rules.mutation.tokens import tokens

_FUNCTIONS = frozenset({"histogram_quantile", "quantile", "quantile_over_time"})
_OTHERS = {"median": "0.5", "higher": "0.99", "lower": "0.9"}


def changes(rule: Rule) -> Iterator[Change]:
    found = tokens(rule.expr)
    for function, bracket, number in zip(found, found[1:], found[2:], strict=False):
        if function.text in _FUNCTIONS and bracket.text == "(" and number.kind == "number":
            for variant, other in _OTHERS.items():
                if float(number.text) != float(other):
                    yield replaced(rule, variant, number, other)
