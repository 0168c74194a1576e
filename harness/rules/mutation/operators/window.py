"""A range, a subquery's step or an offset is twice or half as long."""

from __future__ import annotations

from collections.abc import Iterator

from harness.rules.durations import duration, milliseconds
from harness.rules.lint.model import Rule
from harness.rules.mutation.edits import replaced
from harness.rules.mutation.model import Change
from harness.rules.mutation.tokens import tokens


def changes(rule: Rule) -> Iterator[Change]:
    for token in tokens(rule.expr):
        if token.kind == "duration":
            length = milliseconds(token.text)
            yield replaced(rule, "doubled", token, duration(2 * length))
            yield replaced(rule, "halved", token, duration(length // 2))
