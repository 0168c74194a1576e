"""Series are put together in another way: `max` for `sum`, `without` for `by`, a label of the grouping forgotten."""

from __future__ import annotations

from collections.abc import Iterator

from harness.rules.lint.model import Rule
from harness.rules.mutation.edits import cut, replaced
from harness.rules.mutation.model import Change
from harness.rules.mutation.tokens import Token, Within, span_of_group, tokens

_OTHERS = {
    "sum": ("max", "min", "avg"),
    "avg": ("sum", "max", "min"),
    "max": ("min", "avg", "sum"),
    "min": ("max", "avg", "sum"),
    "count": ("sum", "max"),
    "topk": ("bottomk",),
    "bottomk": ("topk",),
}
_TURNED = {"by": "without", "without": "by", "on": "ignoring", "ignoring": "on"}


def changes(rule: Rule) -> Iterator[Change]:
    found = tokens(rule.expr)
    for index, token in enumerate(found[:-1]):
        if token.kind != "word" or token.within is not Within.EXPRESSION:
            continue
        follows = found[index + 1].text.lower()
        if token.text in _OTHERS and follows in ("(", "by", "without"):
            for other in _OTHERS[token.text]:
                yield replaced(rule, f"{token.text}-to-{other}", token, other)
        elif token.text.lower() in _TURNED and follows == "(":
            yield from _of_grouping(rule, found, index)


def _of_grouping(rule: Rule, found: tuple[Token, ...], index: int) -> Iterator[Change]:
    word = found[index]
    closed = span_of_group(found, index + 1)
    turned = _TURNED[word.text.lower()]
    rest = rule.expr[word.end : found[closed].end]
    yield cut(rule, f"{word.text}-to-{turned}", word.start, found[closed].end, turned + rest)
    yield cut(rule, f"{word.text}-dropped", word.start, found[closed].end)
    labels = [token for token in found[index + 2 : closed] if token.kind == "word"]
    for label in labels if len(labels) > 1 else ():
        others = ", ".join(other.text for other in labels if other is not label)
        yield cut(rule, f"{label.text}-forgotten", word.start, found[closed].end, f"{word.text} ({others})")
