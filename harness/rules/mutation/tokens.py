"""PromQL as tokens that know where they stand, so that a mutant differs from its rule in a few characters only.

The tree of promql-parser does not say where its nodes are in the text. What a token is part of shows from the brackets
around it; whether a change is still PromQL, and a change at all, is for the parser to say.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import StrEnum

import msgspec

_TOKEN = re.compile(
    r"""(?P<skipped>\s+|\#[^\n]*)
    |(?P<string>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|`[^`]*`)
    |(?P<duration>(?:[0-9]+(?:ms|[ywdhms]))+(?![\w.]))
    |(?P<number>0[xX][0-9a-fA-F]+|(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)
    |(?P<word>[A-Za-z_][\w:]*)
    |(?P<sign>=~|!~|==|!=|>=|<=|[-+*/%^<>=(){}\[\],:@])
    """,
    re.VERBOSE,
)
_GROUPING = frozenset({"by", "without", "on", "ignoring", "group_left", "group_right"})
_CLOSES = {")": "(", "]": "[", "}": "{"}


class Within(StrEnum):
    """What the innermost bracket is about."""

    EXPRESSION = "expression"
    MATCHERS = "matchers"
    RANGE = "range"
    LABELS = "labels"


class Token(msgspec.Struct, frozen=True):
    """`kind`: string, duration, number, word or sign. `start`, `end`: offsets in the text."""

    kind: str
    text: str
    start: int
    end: int
    within: Within


def tokens(expression: str) -> tuple[Token, ...]:
    """All tokens; () of what is no PromQL at all."""
    found: list[Token] = []
    open_brackets: list[Within] = []
    position = 0
    while position < len(expression):
        match = _TOKEN.match(expression, position)
        if match is None:
            return ()
        kind, text = str(match.lastgroup), match[0]
        position = match.end()
        if kind == "skipped":
            continue
        if text in _CLOSES and open_brackets:
            open_brackets.pop()
        within = open_brackets[-1] if open_brackets else Within.EXPRESSION
        found.append(Token(kind, text, match.start(), match.end(), within))
        if text in _CLOSES.values():
            open_brackets.append(_opened(text, found))
    return tuple(found)


def span_of_group(all_tokens: Sequence[Token], opened: int) -> int:
    """The index of the bracket that closes the one at index `opened`."""
    depth = 0
    for index in range(opened, len(all_tokens)):
        depth += (all_tokens[index].text in _CLOSES.values()) - (all_tokens[index].text in _CLOSES)
        if not depth:
            return index
    return len(all_tokens) - 1


def _opened(bracket: str, found: Sequence[Token]) -> Within:
    if bracket == "{":
        return Within.MATCHERS
    if bracket == "[":
        return Within.RANGE
    before = found[-2].text.lower() if len(found) > 1 else ""
    return Within.LABELS if before in _GROUPING else Within.EXPRESSION
