"""Series for proofs: they satisfy the rule's own selectors and have every label that its aggregations name."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable

import msgspec
from promql_parser import AggregateExpr, BinaryExpr, Expr, SubqueryExpr, VectorSelector

from harness.rules.lint.expression import Matcher, Use, matches, uses, walk
from harness.rules.lint.model import Expected, Proof, Rule, Sample

_VALUE = "a"
_OTHER = "another"
_LONGEST_S = 24 * 3600.0
_SETTLED_S = 300.0
_ALTERNATIVES = re.compile(r"[^|()\\.\[\]*+?{}^$]+")
_LABEL = re.compile(r'([A-Za-z_][A-Za-z0-9_]*)="([^"]*)"')


class Line(msgspec.Struct, frozen=True):
    """What the series of a selector do: `start`, and `step` more at each sample."""

    use: Use
    start: float
    step: float = 0.0


def steady_proof(rule: Rule, story: str, lines: Iterable[Line], expected: Expected) -> Proof | None:
    """Series that go on in the same way, looked at when all windows and `for` have passed twice over.

    None when no series satisfies a selector, or when the rule looks further back than a day.
    """
    lines = list(lines)
    back_s = looks_back_s(rule.ast)
    settled_s = 2 * back_s + 2 * rule.for_s + _SETTLED_S
    if settled_s > _LONGEST_S:
        return None
    interval_s = sampled_each_s(rule.ast)
    count = math.ceil(settled_s / interval_s) + 10
    common = named_labels(rule.ast)
    samples: dict[str, str] = {}
    for line in lines:
        series = series_of(line.use, common)
        if series is None:
            return None
        samples.setdefault(
            series, f"{plain(line.start)}{'+' if line.step >= 0 else '-'}{plain(abs(line.step))}x{count}"
        )
    end_s = (count - 1) * interval_s
    return Proof(
        story=story,
        interval_s=interval_s,
        samples=tuple(Sample(series, values) for series, values in samples.items()),
        at_s=tuple(math.floor(at) for at in (settled_s, (settled_s + end_s) / 2, end_s)),
        expected=expected,
    )


def sampled_each_s(node: Expr) -> float:
    """Often enough for the shortest range to have four samples: a minute at most, a second at least."""
    ranges = [use.range_s for use in uses(node) if use.range_s]
    return float(max(1, min(60, math.floor(min(ranges, default=240.0) / 4))))


def plain(value: float) -> str:
    """A number without an exponent, as promtool's notation wants it."""
    return f"{value:.9f}".rstrip("0").rstrip(".")


def series_of(use: Use, common: frozenset[str] = frozenset()) -> str | None:
    """A series that the selector finds, with the `common` labels also; None when there is no name or none is found."""
    if not use.metric:
        return None
    values = dict.fromkeys(common | {"instance", "job"}, _VALUE)
    for name in {each.name for each in use.matchers} - {"__name__"}:
        found = _satisfying([each for each in use.matchers if each.name == name])
        if found is None:
            return None
        values[name] = found
    inside = ",".join(f'{name}="{value}"' for name, value in sorted(values.items()) if value)
    return f"{use.metric}{{{inside}}}"


def _satisfying(wanted: list[Matcher]) -> str | None:
    candidates = [_VALUE, *(each.value for each in wanted if each.op == "=")]
    for each in wanted:
        if each.op == "=~":
            candidates += _ALTERNATIVES.findall(each.value)
            candidates += [re.sub(r"\\?\.[*+]?|\[[^\]]*\][*+]?|\\d[*+]?", "0", each.value)]
    candidates += [_OTHER, ""]
    return next(
        (value for value in candidates if '"' not in value and all(matches(each, value) for each in wanted)), None
    )


def named_labels(node: Expr) -> frozenset[str]:
    """Labels that aggregations and matchings name."""
    named: set[str] = set()
    for each in walk(node):
        if isinstance(each, AggregateExpr) and each.modifier is not None:
            named.update(each.modifier.labels)
        elif isinstance(each, BinaryExpr) and each.modifier is not None and each.modifier.matching is not None:
            named.update(each.modifier.matching.labels)
    return frozenset(named) - {"le"}


def looks_back_s(node: Expr) -> float:
    """The longest range, with all offsets and subqueries on top."""
    longest_s = max((use.range_s or 0.0 for use in uses(node)), default=0.0)
    offsets = [each.offset for each in walk(node) if isinstance(each, VectorSelector | SubqueryExpr)]
    subqueries = [each.range for each in walk(node) if isinstance(each, SubqueryExpr)]
    return longest_s + sum(abs(span.total_seconds()) for span in (*offsets, *subqueries) if span is not None)


def selects(use: Use, series: str) -> bool:
    """Whether the selector finds the series, written as `series_of` writes it."""
    name, _, inside = series.partition("{")
    labels = dict(_LABEL.findall(inside))
    return name == use.metric and all(
        matches(each, labels.get(each.name, "")) for each in use.matchers if each.name != "__name__"
    )
