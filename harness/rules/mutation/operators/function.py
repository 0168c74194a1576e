"""A function is its neighbour: `increase` for `rate`, the highest for the mean."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from harness.rules.lint.model import Rule
from harness.rules.mutation.edits import replaced
from harness.rules.mutation.model import Change
from harness.rules.mutation.tokens import Within, tokens

_OTHERS = {
    "rate": ("increase", "delta"),
    "increase": ("rate", "delta"),
    "irate": ("rate",),
    "delta": ("increase",),
    "deriv": ("rate",),
    "avg_over_time": ("max_over_time", "min_over_time"),
    "max_over_time": ("min_over_time", "avg_over_time"),
    "min_over_time": ("max_over_time", "avg_over_time"),
    "sum_over_time": ("count_over_time",),
    "count_over_time": ("sum_over_time",),
    "ceil": ("floor",),
    "floor": ("ceil",),
}


def changes(rule: Rule) -> Iterator[Change]:
    found = tokens(rule.expr)
    for token, follows in pairwise(found):
        if token.within is Within.EXPRESSION and follows.text == "(":
            for other in _OTHERS.get(token.text, ()):
                yield replaced(rule, f"{token.text}-to-{other}", token, other)
