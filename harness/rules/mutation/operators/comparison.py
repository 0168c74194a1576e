"""The comparison is another one, or is not there: off at the limit, the wrong way round, always true."""

from __future__ import annotations

from collections.abc import Iterator

from harness.rules.lint.expression import COMPARISONS
from harness.rules.lint.model import Rule
from harness.rules.mutation.edits import cut, replaced
from harness.rules.mutation.model import Change
from harness.rules.mutation.tokens import Within, tokens

_OTHERS = {
    ">": (">=", "<", "=="),
    ">=": (">", "<", "=="),
    "<": ("<=", ">", "=="),
    "<=": ("<", ">", "=="),
    "==": ("!=", ">", "<"),
    "!=": ("==", ">", "<"),
}
_NAMES = {">": "gt", ">=": "ge", "<": "lt", "<=": "le", "==": "eq", "!=": "ne"}


def changes(rule: Rule) -> Iterator[Change]:
    found = tokens(rule.expr)
    for index, token in enumerate(found):
        if token.text not in COMPARISONS or token.within is not Within.EXPRESSION:
            continue
        for other in _OTHERS[token.text]:
            yield replaced(rule, f"{_NAMES[token.text]}-to-{_NAMES[other]}", token, other)
        operand = found[index + 1] if index + 1 < len(found) else None
        if operand is not None and operand.kind == "number":
            yield cut(rule, "removed", token.start, operand.end)
