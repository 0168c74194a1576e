"""PromQL parsed, or why it is not: left-over variables, other dialects, syntax.

promql-parser ends the process on an expression nested some hundred levels deep, so those are not given to it; and it
does not know what Prometheus has dropped since (`holt_winters`) or has behind a feature flag (`anchored`, durations
that are sums).
"""

from __future__ import annotations

import re
from typing import Any

import msgspec
import promql_parser

_LONGEST, _DEEPEST, _MOST_OPERATORS = 50_000, 60, 500
_STRING = re.compile(r"\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*'|`[^`]*`")
_COMMENT = re.compile(r"#[^\n]*")
_VARIABLE = re.compile(r"\$\{[^}]*\}|\$[A-Za-z_]\w*|\[\[\s*[A-Za-z_]\w*\s*\]\]")
_TEMPLATE = re.compile(r"\{\{.*?\}\}", re.DOTALL)
_CALL = re.compile(r"\b([A-Za-z_]\w*)\s*\(")
_METRICSQL_WORDS = re.compile(r"\b(default|keep_metric_names|keep_last_value|with|ifnot|limit)\b|\bif\b", re.IGNORECASE)
_METRICSQL = re.compile(
    r"rollup\w*|\w+_over_time|aggr_over_time|range_\w+|running_\w+|label_(?:set|del|keep|map|move|copy|transform|value"
    r"|match|mismatch|uppercase|lowercase|graphite_group)|labels_equal|quantiles|median|any|union|interpolate|keep_\w+"
    r"|remove_resets|increase_pure|increase_prometheus|rate_prometheus|delta_prometheus|ideriv|lag|lifetime|integrate"
    r"|smooth_exponential|sort_by_label_numeric\w*|(?:top|bottom)k_\w+|outliers\w*|share|zscore|histogram|prometheus_"
    r"buckets|buckets_limit|limit_offset|drop_empty_series|drop_common_labels|hoeffding_bound_\w+|now|start|end|distinct"
)
_BEHIND_A_FLAG = re.compile(
    r"\b(?:anchored|smoothed)\b|\[\s*[^\]\"$]*[-+*/(]|\boffset\s*\(|\bfill(?:_left|_right)?\s*\("
)
_DROPPED = ("holt_winters",)


class Unparsed(msgspec.Struct, frozen=True):
    """Why there is no tree: the check it belongs to, a message and what to do. `doubtful`: Prometheus may have a
    feature flag or a version with which it reads the expression."""

    check: str
    message: str
    mend: str = ""
    doubtful: bool = False


def parse(expr: str) -> Any | Unparsed:
    """The tree of promql-parser, or why there is none."""
    bare = _COMMENT.sub("", _STRING.sub('""', expr))
    if (
        len(expr) > _LONGEST
        or _depth(bare) > _DEEPEST
        or len(re.findall(r"[-+*/%^]|\b(?:and|or|unless)\b", bare)) > (_MOST_OPERATORS)
    ):
        return Unparsed("promql", "the expression is too long or nested too deep to be looked at", doubtful=True)
    try:
        return promql_parser.parse(expr)
    except ValueError as error:
        return _why(bare, str(error).splitlines()[0] if str(error) else "it is no PromQL")


def _why(bare: str, error: str) -> Unparsed:
    template = _TEMPLATE.search(bare)
    if template:
        return Unparsed(
            "template-left-in",
            f"{template[0]} of a template was left in the expression",
            "render the template first (helm template), and look at what it gives",
        )
    variable = _VARIABLE.search(bare)
    if variable:
        return Unparsed(
            "dashboard-variable",
            f"{variable[0]} is a dashboard's variable: Prometheus does not replace it",
            "write the range or value itself",
        )
    called = next((name for name in _CALL.findall(bare) if _is_unknown(name, error)), "")
    if called and _METRICSQL.fullmatch(called):
        return Unparsed("metricsql", f"{called}() is MetricsQL, not PromQL: VictoriaMetrics alone has it")
    word = _METRICSQL_WORDS.search(bare) if error.startswith("invalid promql") else None
    if word:
        return Unparsed("metricsql", f"`{word[0]}` is MetricsQL, not PromQL: VictoriaMetrics alone has it")
    doubtful = bool(_BEHIND_A_FLAG.search(bare)) or called in _DROPPED
    what = "this program cannot read the expression" if doubtful else "this is no PromQL"
    return Unparsed("promql", f"{what}: {error}", doubtful=doubtful)


def _is_unknown(name: str, error: str) -> bool:
    return f"'{name}'" in error


def _depth(bare: str) -> int:
    deepest = depth = 0
    for character in bare:
        if character in "([{":
            depth += 1
            deepest = max(deepest, depth)
        elif character in ")]}":
            depth -= 1
    return deepest
