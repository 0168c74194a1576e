"""A label matcher is not there, is turned round, or asks for another value."""

from __future__ import annotations

from collections.abc import Iterator

from harness.rules.lint.model import Rule
from harness.rules.mutation.edits import cut, replaced
from harness.rules.mutation.model import Change
from harness.rules.mutation.tokens import Within, tokens

_TURNED = {"=": "!=", "!=": "=", "=~": "!~", "!~": "=~"}
_OTHER = "-other"


def changes(rule: Rule) -> Iterator[Change]:
    found = tokens(rule.expr)
    for index, token in enumerate(found):
        if token.text not in _TURNED or token.within is not Within.MATCHERS:
            continue
        name, value = found[index - 1], found[index + 1]
        yield _dropped(rule, index)
        yield cut(rule, f"{name.text}-turned", name.start, value.end, f"{name.text}{_TURNED[token.text]}{value.text}")
        quote = value.text[-1]
        yield replaced(rule, f"{name.text}-changed", value, f"{value.text[:-1]}{_OTHER}{quote}", shown_from=name)


def _dropped(rule: Rule, index: int) -> Change:
    """With the comma after it, or else before it."""
    found = tokens(rule.expr)
    name, before, after = found[index - 1], found[index - 2], found[index + 2]
    start = before.start if after.text != "," and before.text == "," else name.start
    end = found[index + 3].start if after.text == "," else found[index + 1].end
    return cut(rule, f"{name.text}-dropped", start, end)
