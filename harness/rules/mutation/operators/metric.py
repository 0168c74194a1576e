"""A metric has another name: it was renamed where it is made, and nobody told the rule."""

from __future__ import annotations

from collections.abc import Iterator

from harness.rules.lint.expression import uses
from harness.rules.lint.model import Rule
from harness.rules.mutation.edits import replaced
from harness.rules.mutation.model import Change
from harness.rules.mutation.tokens import Within, tokens


def changes(rule: Rule) -> Iterator[Change]:
    names = {use.metric for use in uses(rule.ast)}
    for token in tokens(rule.expr):
        if token.kind == "word" and token.text in names and token.within is Within.EXPRESSION:
            yield replaced(rule, "renamed", token, f"{token.text}_renamed")
