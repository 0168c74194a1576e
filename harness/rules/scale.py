"""Durations of production alerting divided by one factor, so that CI need not wait five minutes for a window.

Nothing but durations changes: thresholds, labels, expressions and routes stay as they are in production.
"""

from __future__ import annotations

import re
from typing import Any, Literal

import yaml

from harness.errors import UsageError
from harness.rules.durations import DURATION, duration, milliseconds

Kind = Literal["rules", "prometheus", "alertmanager"]

_FIELDS: dict[str, frozenset[str]] = {
    "rules": frozenset({"for", "keep_firing_for", "interval", "query_offset"}),
    "prometheus": frozenset({"scrape_interval", "scrape_timeout", "evaluation_interval"}),
    "alertmanager": frozenset({"group_wait", "group_interval", "repeat_interval", "resolve_timeout"}),
}
_STRING = re.compile(r"\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*'|`[^`]*`")
_IN_EXPRESSION = re.compile(
    rf"(?P<open>\[\s*)(?P<range>{DURATION})(?P<colon>\s*:\s*)?(?P<step>{DURATION})?(?P<close>\s*\])"
    rf"|(?P<offset>\boffset\s+-?\s*)(?P<by>{DURATION})"
)


def scale(text: str, kind: Kind, factor: int) -> str:
    """The YAML `text` of that `kind` with every duration divided by `factor`.

    Raises:
        UsageError: a duration does not divide into whole milliseconds, or is none at all.
    """
    return yaml.safe_dump(_scaled(yaml.safe_load(text), kind, factor), sort_keys=False, width=1000)


def scale_expression(expression: str, factor: int) -> str:
    """A PromQL expression with its ranges, subquery steps and offsets divided by `factor`."""
    out, position = [], 0
    for string in _STRING.finditer(expression):
        out += [_scale_part(expression[position : string.start()], factor), string.group()]
        position = string.end()
    return "".join(out) + _scale_part(expression[position:], factor)


def _scale_part(part: str, factor: int) -> str:
    def replace(match: re.Match[str]) -> str:
        if match["offset"]:
            return f"{match['offset']}{_divided(match['by'], factor)}"
        step = _divided(match["step"], factor) if match["step"] else ""
        return f"{match['open']}{_divided(match['range'], factor)}{match['colon'] or ''}{step}{match['close']}"

    return _IN_EXPRESSION.sub(replace, part)


def _divided(text: str, factor: int) -> str:
    quotient, rest = divmod(milliseconds(text), factor)
    if rest:
        raise UsageError(f"{text} divided by {factor} is no whole number of milliseconds", todo="choose another factor")
    return duration(quotient)


def _scaled(node: Any, kind: Kind, factor: int) -> Any:
    if isinstance(node, list):
        return [_scaled(item, kind, factor) for item in node]
    if not isinstance(node, dict):
        return node
    return {key: _scaled_field(key, value, kind, factor) for key, value in node.items()}


def _scaled_field(key: Any, value: Any, kind: Kind, factor: int) -> Any:
    if isinstance(value, str) and key in _FIELDS[kind]:
        return _divided(value, factor)
    if isinstance(value, str) and kind == "rules" and key == "expr":
        return scale_expression(value, factor)
    return _scaled(value, kind, factor)
