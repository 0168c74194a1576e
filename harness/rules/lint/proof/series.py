"""Series made from an alert's own expression: those that should fire it, that should resolve it, a healthy system.

The expression is walked from its comparisons down: to be above the threshold a ratio needs its numerator at so much,
the numerator is a sum of rates, so the counter grows by so much a second. What cannot be followed in this way (a metric
asked for two values at once, an offset, the hour of the day) gives no series at all rather than a guess.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

import msgspec
import promql_parser
from promql_parser import (
    AggModifierType,
    AggregateExpr,
    BinaryExpr,
    Call,
    Expr,
    MatrixSelector,
    SubqueryExpr,
    UnaryExpr,
    VectorSelector,
)

from harness.rules.lint.expression import (
    COMPARISONS,
    Use,
    bare,
    is_scalar,
    number,
    operator,
    uses,
    walk,
)
from harness.rules.lint.model import Expected, Proof, Rule, Sample
from harness.rules.lint.samples import looks_back_s, plain, sampled_each_s, selects, series_of

_LONGEST_S = 24 * 3600.0
_SETTLED_S = 300.0
_DENOMINATOR = 100.0
_STEADY = re.compile(r"(-?[0-9.]+)([+-])([0-9.]+)x([0-9]+)")
_SAME_VALUE = frozenset(
    {"abs", "ceil", "clamp", "clamp_max", "clamp_min", "floor", "label_join", "label_replace", "round", "scalar"}
    | {"sort", "sort_desc", "vector"}
)
_OVER_TIME = frozenset({"avg_over_time", "last_over_time", "max_over_time", "min_over_time", "predict_linear"})
_SAME_VALUE_AGGREGATIONS = frozenset({"avg", "bottomk", "max", "min", "quantile", "sum", "topk"})


class Driven(msgspec.Struct, frozen=True, kw_only=True):
    """What the series of one selector do.

    Attributes:
        start: the first value; `per_s`: by how much it grows each second.
        bucket: of a histogram, the value that all its observations have; `per_s` are observations each second.
        clock: the values are instants, `start` seconds from now, and so move with the clock.
        missing: there is no such series.
    """

    use: Use
    start: float = 0.0
    per_s: float = 0.0
    bucket: float | None = None
    clock: bool = False
    missing: bool = False


_LabelsOf = Callable[[Use], frozenset[str]]


class _Line(NamedTuple):
    """A series' first value and its growth a second; a counter goes on from where it was in the phase before."""

    start: float
    per_s: float
    goes_on: bool = True


class _CannotModel(Exception):
    """The expression asks for what these series cannot be."""


def firing(expression: Expr) -> tuple[Driven, ...] | None:
    """Series on which the expression, if it is sound, gives a result all the time; None when it cannot be modelled."""
    return _driven(_fire, expression)


def healthy(expression: Expr) -> tuple[Driven, ...] | None:
    """Series of a system in which nothing is past the expression's own thresholds; None if it cannot be modelled."""
    return _driven(_stay_quiet, expression)


def should_fire(rule: Rule, story: str, *, sound: Rule | None = None) -> Proof | None:
    """Series that are past every threshold of `sound` (the rule itself when not given) from the start."""
    return steady(rule, story, firing((sound or rule).ast), Expected.FIRES, mended=sound)


def should_stay_quiet(rule: Rule, story: str, *, sound: Rule | None = None) -> Proof | None:
    """Series that are on the good side of every threshold."""
    return steady(rule, story, healthy((sound or rule).ast), Expected.STAYS_QUIET, mended=sound)


def should_resolve(rule: Rule, story: str) -> Proof | None:
    """Series that are past every threshold and then, for as long again, on its good side; looked at near the end."""
    bad, good = firing(rule.ast), healthy(rule.ast)
    if bad is None or good is None:
        return None
    return _proof(rule, story, (bad, good), Expected.STAYS_QUIET, mended=None)


def steady(
    rule: Rule, story: str, driven: Sequence[Driven] | None, expected: Expected, *, mended: Rule | None = None
) -> Proof | None:
    """A proof of series that go on in the same way; None when there are none, or too long ones would be needed."""
    return None if driven is None else _proof(rule, story, (driven,), expected, mended=mended)


def _proof(
    rule: Rule, story: str, phases: Sequence[Sequence[Driven]], expected: Expected, *, mended: Rule | None
) -> Proof | None:
    both = [rule] if mended is None else [rule, mended]
    looked_back_s = max(looks_back_s(each.ast) + each.for_s + each.keep_firing_for_s for each in both)
    phase_s = 2 * looked_back_s + _SETTLED_S
    if phase_s * len(phases) > _LONGEST_S:
        return None
    interval_s = min(sampled_each_s(each.ast) for each in both)
    count = math.ceil(phase_s / interval_s) + 5
    labels = _labels_by_use([each.ast for each in both])
    try:
        lines = [
            _lines(_apart(phase, labels), labels, began_s=number * count * interval_s)
            for number, phase in enumerate(phases)
        ]
    except _CannotModel:
        return None
    samples = tuple(
        Sample(series, _values([phase.get(series) for phase in lines], count, interval_s))
        for series in sorted({series for phase in lines for series in phase})
    )
    end_s = (count * len(phases) - 1) * interval_s
    looked_at = sorted({math.floor(end_s - share * phase_s / 4) for share in (0, 1, 2)})
    return Proof(
        story=story,
        interval_s=interval_s,
        samples=samples,
        at_s=tuple(float(at) for at in looked_at),
        expected=expected,
        mended=mended,
    )


def _values(phases: Iterable[_Line | None], count: int, interval_s: float) -> str:
    """promtool's notation, `count` samples for each phase."""
    words, last = [], None
    for phase in phases:
        if phase is None:
            words.append(f"_x{count}")
            continue
        step = phase.per_s * interval_s
        start = last + step if last is not None and step and phase.goes_on else phase.start
        words.append(f"{plain(start)}{'-' if step < 0 else '+'}{plain(abs(step))}x{count - 1}")
        last = start + step * (count - 1)
    return " ".join(words)


def _lines(driven: Iterable[Driven], labels: _LabelsOf, *, began_s: float) -> dict[str, _Line]:
    """What each series does in a phase that begins at `began_s`."""
    lines: dict[str, _Line] = {}
    for each in driven:
        if each.missing:
            continue
        series = _series(each.use, labels)
        start, per_s = (each.start + began_s, 1.0) if each.clock else (each.start, each.per_s)
        own = [(series, _Line(start, per_s, goes_on=not each.clock))]
        for name, line in own if each.bucket is None else _of_buckets(series, each):
            if lines.setdefault(name, line) != line:
                raise _CannotModel
    return lines


def _of_buckets(series: str, driven: Driven) -> list[tuple[str, _Line]]:
    value = driven.bucket or 0.0
    edges = [(plain(value * 0.9), 0.0), (plain(value * 1.1), driven.per_s), ("+Inf", driven.per_s)]
    return [(_with_label(series, "le", edge), _Line(0.0, per_s)) for edge, per_s in edges]


def _with_label(series: str, label: str, value: str) -> str:
    return f'{series[:-1]},{label}="{value}"}}'


def _labels_by_use(expressions: Iterable[Expr]) -> _LabelsOf:
    """The labels that a selector's series have beside those it asks for itself: all that `by`, `on` and the like name
    or that are not to be empty somewhere, and those that a `without` around the selector takes away."""
    common: set[str] = set()
    taken: dict[tuple[str, object], set[str]] = {}
    for expression in expressions:
        common |= {each.name for use in uses(expression) for each in use.matchers if each.op in ("!=", "!~")}
        for node in walk(expression):
            if isinstance(node, BinaryExpr) and node.modifier is not None and node.modifier.matching is not None:
                common.update(node.modifier.matching.labels)
            elif isinstance(node, AggregateExpr) and node.modifier is not None:
                if node.modifier.type == AggModifierType.By:
                    common.update(node.modifier.labels)
                    continue
                for use in uses(node.expr):
                    taken.setdefault(_key(use), set()).update(node.modifier.labels)
    return lambda use: frozenset(common | taken.get(_key(use), set())) - {"__name__", "le"}


def _key(use: Use) -> tuple[str, object]:
    return use.metric, frozenset(use.matchers)


def _series(use: Use, labels: _LabelsOf) -> str:
    series = series_of(use, labels(use))
    if series is None:
        raise _CannotModel
    return series


def _apart(driven: Sequence[Driven], labels: _LabelsOf) -> list[Driven]:
    """Where one selector finds another one's series too (all requests, and the failed ones among them), its own series
    are the rest; nothing is left over where the part would be larger than the whole."""
    found = []
    for each in driven:
        if each.missing or each.bucket is not None:
            found.append(each)
            continue
        own = _series(each.use, labels)
        parts = {
            series: other
            for other in driven
            if not other.missing and (series := _series(other.use, labels)) != own and selects(each.use, series)
        }
        start = each.start - sum(part.start for part in parts.values())
        per_s = each.per_s - sum(part.per_s for part in parts.values())
        if parts and (start < 0 or per_s < 0 or any(selects(part.use, own) for part in parts.values())):
            raise _CannotModel
        found.append(msgspec.structs.replace(each, start=start, per_s=per_s))
    return found


def _driven(aim: Callable[[Expr, list[Driven]], None], expression: Expr) -> tuple[Driven, ...] | None:
    if any(use.selector.offset is not None or use.selector.at is not None for use in uses(expression)):
        return None
    found: list[Driven] = []
    try:
        aim(expression, found)
    except _CannotModel:
        return None
    merged: dict[tuple[str, object], Driven] = {}
    for each in found:
        same = merged.setdefault(_key(each.use), each)
        if msgspec.structs.replace(each, use=same.use) != same:
            return None
    return tuple(merged.values()) or None


def _fire(node: Expr, out: list[Driven]) -> None:
    """Have the node give a result."""
    node = bare(node)
    op = operator(node)
    if isinstance(node, BinaryExpr) and op in COMPARISONS:
        _compare(node, op, out)
    elif isinstance(node, BinaryExpr) and op in ("and", "or", "unless"):
        _fire(node.lhs, out)
        if op == "and":
            _fire(node.rhs, out)
        elif op == "unless":
            _stay_quiet(node.rhs, out)
    elif isinstance(node, Call) and node.func.name in ("absent", "absent_over_time"):
        _miss(node.args[0], out)
    else:
        _reach(node, 1.0, out)


_OPPOSITE = {">": "<=", ">=": "<", "<": ">=", "<=": ">", "==": "!=", "!=": "=="}


def _stay_quiet(node: Expr, out: list[Driven]) -> None:
    """Have the node give none."""
    node = bare(node)
    op = operator(node)
    if isinstance(node, BinaryExpr) and op in COMPARISONS:
        _compare(node, _OPPOSITE[op], out)
    elif isinstance(node, BinaryExpr) and op in ("and", "or"):
        _stay_quiet(node.lhs, out)
        _stay_quiet(node.rhs, out)
    elif isinstance(node, BinaryExpr) and op == "unless":
        _stay_quiet(node.lhs, out)
        _fire(node.rhs, out)
    elif isinstance(node, Call) and node.func.name in ("absent", "absent_over_time"):
        argument = bare(node.args[0])
        _reach(argument.vector_selector if isinstance(argument, MatrixSelector) else argument, 1.0, out)
    else:
        _miss(node, out)


def _compare(node: BinaryExpr, op: str, out: list[Driven]) -> None:
    left, right = number(node.lhs), number(node.rhs)
    if right is not None:
        _reach(node.lhs, _beyond(op, right), out)
    elif left is not None:
        _reach(node.rhs, _beyond(_flipped(op), left), out)
    else:
        high, low = _DENOMINATOR, _DENOMINATOR / 10
        one, other = {">": (high, low), ">=": (high, low), "<": (low, high), "<=": (low, high), "!=": (low, high)}.get(
            op, (low, low)
        )
        _reach(node.lhs, one, out)
        _reach(node.rhs, other, out)


def _flipped(op: str) -> str:
    return op.translate(str.maketrans("<>", "><"))


def _beyond(op: str, threshold: float) -> float:
    """A value for which the comparison holds by a wide margin, one that a share of a whole can have if any."""
    if op == "==" or (op == "<=" and threshold == 0):
        return threshold
    if op in (">", ">=", "!="):
        if 0 < threshold < 1:
            return (threshold + 1) / 2
        return threshold * 2 if threshold >= 1 else threshold + 1
    return threshold / 2 if threshold > 0 else threshold - 1


def _miss(node: Expr, out: list[Driven]) -> None:
    out.extend(Driven(use=use, missing=True) for use in uses(node))


def _reach(node: Expr, value: float, out: list[Driven]) -> None:
    """Have the node give `value`."""
    node = bare(node)
    if isinstance(node, VectorSelector):
        out.append(Driven(use=uses(node)[0], start=value))
    elif isinstance(node, UnaryExpr):
        _reach(node.expr, -value, out)
    elif isinstance(node, AggregateExpr):
        if str(node.op) in _SAME_VALUE_AGGREGATIONS:
            _reach(node.expr, value, out)
        elif str(node.op) in ("count", "group") and value == 1:
            _fire(node.expr, out)
        else:
            raise _CannotModel
    elif isinstance(node, Call):
        _reach_call(node, value, out)
    elif isinstance(node, BinaryExpr):
        _reach_binary(node, value, out)
    else:
        raise _CannotModel


def _reach_call(node: Call, value: float, out: list[Driven]) -> None:
    name = node.func.name
    if name in _SAME_VALUE:
        _reach(node.args[0], value, out)
    elif name in ("rate", "irate", "increase", "delta", "deriv"):
        matrix = bare(node.args[0])
        if not isinstance(matrix, MatrixSelector) or (value < 0 and name in ("rate", "irate", "increase")):
            raise _CannotModel
        span_s = matrix.range.total_seconds() if name in ("increase", "delta") else 1.0
        out.append(Driven(use=uses(matrix)[0], per_s=value / span_s))
    elif name in _OVER_TIME or name == "quantile_over_time":
        argument = bare(node.args[1 if name == "quantile_over_time" else 0])
        if isinstance(argument, MatrixSelector):
            out.append(Driven(use=uses(argument)[0], start=value))
        elif isinstance(argument, SubqueryExpr):
            _reach(argument.expr, value, out)
        else:
            raise _CannotModel
    elif name == "histogram_quantile" and value > 0:
        counted: list[Driven] = []
        _reach(node.args[1], 1.0, counted)
        out.extend(msgspec.structs.replace(each, bucket=value, start=0.0) for each in counted if each.per_s)
        if not any(each.per_s for each in counted):
            raise _CannotModel
    elif name in ("absent", "absent_over_time") and value == 1:
        _miss(node.args[0], out)
    else:
        raise _CannotModel


def _reach_binary(node: BinaryExpr, value: float, out: list[Driven]) -> None:
    op = operator(node)
    left, right = number(node.lhs), number(node.rhs)
    if op in ("and", "or", "unless"):
        _reach(node.lhs, value, out)
        if op == "and":
            _fire(node.rhs, out)
        elif op == "unless":
            _stay_quiet(node.rhs, out)
    elif op in COMPARISONS:
        _reach_comparison(node, op, value, out)
    elif right is not None:
        _reach(node.lhs, _undone(op, right, value), out)
    elif left is not None:
        _reach(node.rhs, _undone_from_left(op, left, value), out)
    elif op == "-" and _is_time(node.lhs):
        _reach_instant(node.rhs, -value, out)
    elif op == "-" and _is_time(node.rhs):
        _reach_instant(node.lhs, value, out)
    elif is_scalar(node.lhs) or is_scalar(node.rhs):
        raise _CannotModel
    else:
        one, other = _split(op, value)
        _reach(node.lhs, one, out)
        _reach(node.rhs, other, out)


def _reach_comparison(node: BinaryExpr, op: str, value: float, out: list[Driven]) -> None:
    if node.modifier is not None and node.modifier.return_bool:
        if value not in (0.0, 1.0):
            raise _CannotModel
        (_fire if value else _stay_quiet)(node, out)
        return
    threshold = number(node.rhs)
    holds = {">": float.__gt__, ">=": float.__ge__, "<": float.__lt__, "<=": float.__le__, "==": float.__eq__}
    if threshold is None or op not in holds or not holds[op](value, threshold):
        raise _CannotModel
    _reach(node.lhs, value, out)


def _reach_instant(node: Expr, from_now_s: float, out: list[Driven]) -> None:
    """Have the node give an instant; conditions beside it (`and active == 1`) keep their own values."""
    found: list[Driven] = []
    _reach(node, from_now_s, found)
    if not any(each.start == from_now_s and not each.per_s for each in found):
        raise _CannotModel
    out.extend(msgspec.structs.replace(each, clock=each.start == from_now_s) for each in found)


def _is_time(node: Expr) -> bool:
    node = bare(node)
    return isinstance(node, Call) and node.func.name == "time"


def _undone(op: str, right: float, value: float) -> float:
    """x, when `x op right` is to be `value`."""
    if op == "+":
        return value - right
    if op == "-":
        return value + right
    if op == "/" and right:
        return value * right
    if op == "*" and right:
        return value / right
    raise _CannotModel


def _undone_from_left(op: str, left: float, value: float) -> float:
    """x, when `left op x` is to be `value`."""
    if op == "+":
        return value - left
    if op == "-":
        return left - value
    if op == "*" and left:
        return value / left
    if op == "/" and value:
        return left / value
    raise _CannotModel


def _split(op: str, value: float) -> tuple[float, float]:
    """Two values that give `value`."""
    if op == "/":
        return value * _DENOMINATOR, _DENOMINATOR
    if op == "-":
        return max(value, 0.0) + _DENOMINATOR, max(-value, 0.0) + _DENOMINATOR
    if op == "+":
        return value / 2, value / 2
    if op == "*":
        return value, 1.0
    raise _CannotModel


def wavering_proof(rule: Rule, story: str, *, sound: Rule) -> Proof | None:
    """As `should_fire`, but no series stands still: each goes up and down by a twentieth, and counters grow so."""
    proof = should_fire(rule, story, sound=sound)
    if proof is None:
        return None
    samples = tuple(
        msgspec.structs.replace(each, values=_wavering(each.values, number))
        for number, each in enumerate(proof.samples)
    )
    return msgspec.structs.replace(proof, samples=samples)


def _wavering(values: str, number: int) -> str:
    """Each series to a beat of its own, so that a ratio wavers as well."""
    found = _STEADY.fullmatch(values)
    if found is None:
        return values
    start, sign, step, count = float(found[1]), found[2], float(found[3]), int(found[4])
    swing = step * 0.4 if step else start * 0.05
    growth = -step if sign == "-" else step
    beat = 3 + 2 * number
    return " ".join(plain(start + growth * at + swing * ((at * at) % beat) / beat) for at in range(count + 1))


def mended_rule(rule: Rule, expression: str) -> Rule:
    """The rule with another expression."""
    return msgspec.structs.replace(rule, expr=expression, ast=promql_parser.parse(expression))


def with_part_replaced(rule: Rule, part: Expr, expression: str) -> Rule | None:
    """The rule with another expression in place of a part of its own; None when the part cannot be found in it."""
    whole, old = str(rule.ast), str(part)
    return mended_rule(rule, whole.replace(old, expression, 1)) if old in whole else None
