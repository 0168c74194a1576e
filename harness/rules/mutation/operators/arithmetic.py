"""Another sign of arithmetic; and every number that is neither a threshold nor a quantile, doubled."""

from __future__ import annotations

from collections.abc import Iterator

from harness.rules.lint.expression import COMPARISONS
from harness.rules.lint.model import Rule
from harness.rules.mutation.edits import number_of, plain, replaced
from harness.rules.mutation.model import Change
from harness.rules.mutation.tokens import Token, Within, tokens

_OTHERS = {"+": "-", "-": "+", "*": "/", "/": "*", "%": "/", "^": "*"}
_NAMES = {"+": "plus", "-": "minus", "*": "times", "/": "divided", "%": "modulo", "^": "power"}


def changes(rule: Rule) -> Iterator[Change]:
    found = tokens(rule.expr)
    for index, token in enumerate(found):
        if token.within is not Within.EXPRESSION:
            continue
        other = _OTHERS.get(token.text)
        if other is not None and index and _ends_operand(found[index - 1]):
            yield replaced(rule, f"{_NAMES[token.text]}-to-{_NAMES[other]}", token, other)
        if token.kind == "number" and _is_operand(found, index) and number_of(token):
            yield replaced(rule, "number-doubled", token, plain(2 * number_of(token)))


def _ends_operand(before: Token) -> bool:
    """Whether the sign after it stands between two operands, and is not the sign of a number."""
    return before.kind in ("number", "word") or before.text in (")", "]", "}")


def _is_operand(found: tuple[Token, ...], index: int) -> bool:
    neighbours = {found[at].text for at in (index - 1, index + 1) if 0 <= at < len(found)}
    before = found[index - 1].text if index else ""
    return bool(neighbours & set(_OTHERS)) and before not in COMPARISONS
