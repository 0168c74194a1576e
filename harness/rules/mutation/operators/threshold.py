"""The number that something is compared with is another one: twice or half of it, none, a whole number one beside."""

from __future__ import annotations

from collections.abc import Iterator

from harness.rules.lint.expression import COMPARISONS
from harness.rules.lint.model import Rule
from harness.rules.mutation.edits import number_of, plain, replaced
from harness.rules.mutation.model import Change
from harness.rules.mutation.tokens import Token, Within, tokens


def changes(rule: Rule) -> Iterator[Change]:
    found = tokens(rule.expr)
    for index, token in enumerate(found):
        if token.kind != "number" or token.within is not Within.EXPRESSION:
            continue
        before = found[index - 1] if index else None
        after = found[index + 1] if index + 1 < len(found) else None
        if _compares(before):
            yield from _beside(rule, token, before)
        elif _compares(after) and (before is None or before.text == "("):
            yield from _beside(rule, token, None)


def _compares(token: Token | None) -> bool:
    return token is not None and token.text in COMPARISONS | {"bool"} and token.within is Within.EXPRESSION


def _beside(rule: Rule, token: Token, shown_from: Token | None) -> Iterator[Change]:
    value = number_of(token)
    others = {"doubled": 2 * value, "halved": value / 2, "zero": 0.0} if value else {"one": 1.0, "minus-one": -1.0}
    if value and value.is_integer():
        others |= {"one-more": value + 1, "one-less": value - 1}
    told: set[float] = set()
    for variant, other in others.items():
        if other not in told:
            yield replaced(rule, variant, token, plain(other), shown_from=shown_from)
        told.add(other)
