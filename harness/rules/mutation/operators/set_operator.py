"""`and`, `or` and `unless` in each other's place."""

from __future__ import annotations

from collections.abc import Iterator

from harness.rules.lint.model import Rule
from harness.rules.mutation.edits import replaced
from harness.rules.mutation.model import Change
from harness.rules.mutation.tokens import Within, tokens

_OTHERS = {"and": ("or", "unless"), "or": ("and", "unless"), "unless": ("and", "or")}


def changes(rule: Rule) -> Iterator[Change]:
    for token in tokens(rule.expr):
        if token.kind == "word" and token.within is Within.EXPRESSION:
            for other in _OTHERS.get(token.text.lower(), ()):
                yield replaced(rule, f"{token.text.lower()}-to-{other}", token, other)
