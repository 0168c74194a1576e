"""A number of another unit than the metric's: milliseconds held against seconds, percent against bytes."""

from __future__ import annotations

import re
from collections.abc import Iterator

from promql_parser import BinaryExpr, Expr

from harness.rules.lint.expression import Comparison, Use, bare, comparisons, uses
from harness.rules.lint.fraction import RATES, fraction
from harness.rules.lint.model import Context, Rule, Severity, Suspicion

_KEEP_THE_UNIT = frozenset(
    {
        "histogram_quantile", "rate", "irate", "sum", "max", "min", "avg", "quantile", "avg_over_time",
        "max_over_time", "min_over_time", "quantile_over_time", ">", "<", ">=", "<=", "==", "!=",
    }
)  # fmt: skip
_LATENCY = re.compile(r"(latency|duration|response_time|request_time|rtt).*_seconds(_bucket)?$")
_IN_MS = re.compile(r"_(ms|milliseconds|millis)(_bucket)?$")
_TIME_OF_MS = re.compile(r"_(ms|milliseconds|millis)(_sum|_total|_bucket)?$")
_TIME_OF_S = re.compile(r"_seconds(_sum|_total|_bucket)?$")
_SAYS_MS = re.compile(r"\d\s?(ms|milliseconds?)\b", re.I)
_SAYS_SHARE = re.compile(r"%|(\b|\d)[KMGT]i?B\b|\bpercent", re.I)
_TIME_IN_MS = re.compile(r"(time|timestamp|created|modified|updated|epoch)_(ms|milliseconds|millis)$")
_SAYS_DAYS = re.compile(r"\bdays?\b", re.I)
_SECONDS_A_DAY = 86400.0


def check(rule: Rule, _context: Context) -> Iterator[Suspicion]:
    """By the unit in the metric's name, the size of the limit, and what the texts say."""
    texts = " ".join((rule.alert, *rule.annotations.values()))
    for compared in comparisons(rule.ast):
        yield from _of_age(rule, compared, texts)
        yield from _of_text(rule, compared, texts)
        found = uses(compared.vector)
        if len(found) != 1 or not set(found[0].wrappers) <= _KEEP_THE_UNIT:
            continue
        metric, limit = found[0].metric, compared.threshold
        if _LATENCY.search(metric) and limit >= 100:
            severity = Severity.WARNING if _SAYS_MS.search(texts) else Severity.HINT
            if severity is Severity.WARNING or "histogram_quantile" in found[0].wrappers:
                mend = f"compare with {limit / 1000:g}"
                yield _suspicion(rule, f"{metric} is in seconds: {limit:g} of them were not meant?", severity, mend)
        elif _IN_MS.search(metric) and 0 < limit < 1 and not _is_time_by_time(found[0]):
            mend = f"compare with {limit * 1000:g}"
            yield _suspicion(rule, f"{metric} is in milliseconds: {limit:g} of one?", Severity.WARNING, mend)
        elif metric.endswith("_bytes") and not found[0].range_s and 1 < limit <= 1000:
            severity = Severity.WARNING if _SAYS_SHARE.search(texts) else Severity.HINT
            yield _suspicion(
                rule, f"{metric} is in bytes, and {limit:g} of them are next to nothing", severity, "the limit in bytes"
            )


def _is_time_by_time(use: Use) -> bool:
    """Milliseconds a second are a share of time."""
    return use.function in RATES and "histogram_quantile" not in use.wrappers


def _of_text(rule: Rule, compared: Comparison, texts: str) -> Iterator[Suspicion]:
    """The text has the limit with one unit, and the metric has another: a mean or a quantile of what it counts."""
    found, limit = uses(compared.vector), f"{compared.threshold:g}"
    parts = fraction(compared.vector)
    mean = parts is not None and parts.factor == 1 and len(found) == 2
    quantile = len(found) == 1 and "histogram_quantile" in found[0].wrappers and not {"*", "/"} & set(found[0].wrappers)
    name = found[0].metric if (mean or quantile) else ""
    in_ms, in_s = _TIME_OF_MS.search(name) is not None, _TIME_OF_S.search(name) is not None
    said_ms = re.search(rf"(?<![\d.]){re.escape(limit)}\s?(ms|milliseconds?)\b", texts) is not None
    said_s = re.search(rf"(?<![\d.]){re.escape(limit)}\s?(s|sec|seconds?)\b", texts) is not None
    if in_s and said_ms and not said_s:
        mend = f"compare with {compared.threshold / 1000:g}"
        yield _suspicion(rule, f"{name} is in seconds, the text says {limit} ms", Severity.WARNING, mend)
    elif in_ms and (compared.threshold < 1 or (said_s and not said_ms)) and (mean or said_s):
        mend = f"compare with {compared.threshold * 1000:g}"
        yield _suspicion(rule, f"{name} is in milliseconds: {limit} of them?", Severity.WARNING, mend)


def _of_age(rule: Rule, compared: Comparison, texts: str) -> Iterator[Suspicion]:
    node = bare(compared.vector)
    if not isinstance(node, BinaryExpr) or str(node.op) != "-":
        return
    sides = [bare(node.lhs), bare(node.rhs)]
    if not any(_is_now(side) for side in sides):
        return
    other = next((side for side in sides if not _is_now(side)), None)
    found = uses(other) if other is not None else ()
    if len(found) != 1 or set(found[0].wrappers) & {"/", "*"}:
        return
    if _TIME_IN_MS.search(found[0].metric):
        yield _suspicion(
            rule,
            f"{found[0].metric} is in milliseconds, time() in seconds: the difference means nothing",
            Severity.WARNING,
            f"{found[0].metric} / 1000",
        )
    elif 1 < abs(compared.threshold) <= 400 and _SAYS_DAYS.search(texts):
        yield _suspicion(
            rule,
            f"the difference is in seconds, and is compared with {compared.threshold:g}, where the text says days",
            Severity.WARNING,
            f"compare with {compared.threshold:g} * {_SECONDS_A_DAY:g}",
        )


def _is_now(node: Expr) -> bool:
    return node.prettify() == "time()"


def _suspicion(rule: Rule, message: str, severity: Severity, mend: str) -> Suspicion:
    return Suspicion(check="units", rule=rule, message=message, severity=severity, mend=mend)
