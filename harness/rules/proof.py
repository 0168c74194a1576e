"""Proof that one alerting configuration is another with its durations divided, and differs in nothing else.

It knows nothing of how the durations were divided: both sides are parsed, and whatever is not a duration must be equal.
Expressions are compared as PromQL: how they are spaced, and in which order a
selector has its matchers, is no difference.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import promql_parser
import yaml

from harness.rules.durations import milliseconds

_DURATIONS = frozenset(
    {
        "for", "keep_firing_for", "interval", "query_offset",
        "scrape_interval", "scrape_timeout", "evaluation_interval",
        "group_wait", "group_interval", "repeat_interval", "resolve_timeout",
    }
)  # fmt: skip
_EXPRESSION = "expr"
_MATCHERS = re.compile(r"^( *matchers: \[\n)((?: +.*\n)*?)(?= *\],$)", re.MULTILINE)
_MATCHER = re.compile(r"^(?= *Matcher \{$)", re.MULTILINE)
_SPAN_LINE = re.compile(r"^(\s*(?:range: )?)[\d.]+(?:ns|µs|ms|s),$", re.MULTILINE)


def deviations(production: str, scaled: str, factor: int) -> list[str]:
    """Where the YAML text `scaled` is not `production` with every duration divided by `factor`, a line each."""
    return list(_of_nodes(yaml.safe_load(production), yaml.safe_load(scaled), factor, "", ""))


def expression_deviations(production: str, scaled: str, factor: int, where: str = "expr") -> list[str]:
    """The same for two PromQL expressions."""
    before, after = promql_parser.parse(production), promql_parser.parse(scaled)
    if _shape(before) != _shape(after):
        return [f"{where}: {production!r} became {scaled!r}"]
    return [
        f"{where}: {one} divided by {factor} is not {other}"
        for one, other in zip(_spans(before), _spans(after), strict=True)
        if one != factor * other
    ]


def _of_nodes(before: Any, after: Any, factor: int, where: str, key: str) -> Iterator[str]:
    if type(before) is not type(after):
        yield f"{where}: {before!r} became {after!r}"
    elif isinstance(before, dict):
        for name in before.keys() | after.keys():
            at = f"{where}.{name}" if where else str(name)
            if name not in before or name not in after:
                yield f"{at}: only in {'production' if name in before else 'what was scaled'}"
            else:
                yield from _of_nodes(before[name], after[name], factor, at, str(name))
    elif isinstance(before, list):
        if len(before) != len(after):
            yield f"{where}: {len(before)} entries became {len(after)}"
        for number, (one, other) in enumerate(zip(before, after, strict=False)):
            yield from _of_nodes(one, other, factor, f"{where}[{number}]", key)
    elif key == _EXPRESSION:
        yield from expression_deviations(str(before), str(after), factor, where)
    elif key in _DURATIONS:
        if milliseconds(str(before)) != factor * milliseconds(str(after)):
            yield f"{where}: {before} divided by {factor} is not {after}"
    elif before != after:
        yield f"{where}: {before!r} became {after!r}"


def _spans(expression: promql_parser.Expr) -> list[timedelta]:
    """Ranges, subquery steps and offsets, in the order in which they stand."""
    found: list[timedelta] = []

    def visit(node: promql_parser.Expr) -> None:
        spans = [getattr(node, name, None) for name in ("range", "step", "offset")]
        found.extend(span for span in spans if span is not None)

    promql_parser.walk(expression, visit)
    return found


def _shape(expression: promql_parser.Expr) -> str:
    """The whole syntax tree as text, with every duration replaced by the same word, and the matchers of a selector in
    alphabetical order. Texts stand in quotes there, on one line, and are never taken for a part of the tree."""
    return _MATCHERS.sub(_sorted_matchers, _SPAN_LINE.sub(r"\1_,", repr(expression)))


def _sorted_matchers(found: re.Match[str]) -> str:
    return found[1] + "".join(sorted(_MATCHER.split(found[2])))
