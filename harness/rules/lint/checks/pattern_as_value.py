"""A matcher that takes a pattern for a value, or a shell's pattern for a regular expression."""

from __future__ import annotations

import re
from collections.abc import Iterator

from harness.rules.lint.expression import Matcher, uses
from harness.rules.lint.model import Context, Rule, Suspicion

_PATTERN = re.compile(r"\.[*+]|^[1-5]\.\.$|\[\d-\d\]|^\^|^\(.*\|.*\)$|^[\w-]+(\|[\w-]+)+$|[\w-]\*$")
# Envoy has such names.
_NO_PATTERN = re.compile(r"^(in|out)bound\|")
# `api-*` is any number of dashes; `\d*`, `.*` and `[^-]*` are what they look like.
_GLOB = re.compile(r"(?:^|(?<![\\])[\w-])\*")


def check(rule: Rule, _context: Context) -> Iterator[Suspicion]:
    """`code="5.."` and `pod=~"api-*"`: both are valid and find nothing."""
    for use in uses(rule.ast):
        for matcher in use.matchers:
            wrong = _wrong(matcher)
            if wrong is not None:
                yield Suspicion(check="pattern-as-value", rule=rule, message=wrong[0], mend=wrong[1])


def _wrong(matcher: Matcher) -> tuple[str, str] | None:
    name, op, value = matcher.name, matcher.op, matcher.value
    if op in ("=", "!=") and _PATTERN.search(value) and not _NO_PATTERN.search(value):
        return (
            f"{name}{op}{value!r} compares with this very text, which looks like a pattern",
            f'{name}{"=~" if op == "=" else "!~"}"{value}"',
        )
    if op in ("=~", "!~") and _GLOB.search(value):
        return (
            f"in {name}{op}{value!r} the * repeats the character before it, and stands for nothing else",
            "`.*` for any text",
        )
    return None
