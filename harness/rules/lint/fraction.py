"""Fractions in an expression: what is divided by what, how it was scaled, and whether it is a share of a whole."""

from __future__ import annotations

import re

import msgspec
from promql_parser import AggregateExpr, BinaryExpr, Call, Expr, MatrixSelector, VectorSelector

from harness.rules.lint.expression import bare, metric, number, uses, without_scaling
from harness.rules.lint.model import Expected, Proof, Rule
from harness.rules.lint.samples import Line, sampled_each_s, steady_proof

RATES = frozenset({"rate", "irate", "increase"})
_PART = re.compile(
    r"(^|_)(free|memfree|memavailable|swapfree|used|avail|available|usage|fail|failed|failures?|errors?|dropped|drops|rejected|timeouts?)(_|$)",
    re.I,
)
# Of what there is a limit to; more than was requested may be in use.
_IN_USE = re.compile(r"(^|_)(active|connected|in_use|inuse|open|running|usage|used|working_set)(_|$)", re.I)
_ASKED_FOR = re.compile(r"(^|_)requests?(_|$)", re.I)
_LIMITED = re.compile(r"(^|_)(max|limit|limits)(_|$)", re.I)
_WHOLE = re.compile(
    r"(^|_)(total|memtotal|swaptotal|size|max|limit|limits|capacity|allocatable|requests?|quota|hard)(_|$)", re.I
)


class Fraction(msgspec.Struct, frozen=True, kw_only=True):
    """`numerator / denominator * factor`, or what is left of the whole when `complement`.

    Attributes:
        factor: 1 for a ratio, 100 for a percentage; what else was multiplied in counts too.
    """

    numerator: Expr
    denominator: Expr
    factor: float
    complement: bool = False


def fraction(node: Expr) -> Fraction | None:
    """The fraction that the whole expression is, None when it is none."""
    node, factor = without_scaling(node)
    if not isinstance(node, BinaryExpr):
        return None
    if str(node.op) == "-":
        whole = number(node.lhs)
        inner = fraction(node.rhs) if whole else None
        if inner is None or inner.complement or whole != inner.factor:
            return None
        return Fraction(
            numerator=inner.numerator, denominator=inner.denominator, factor=inner.factor * factor, complement=True
        )
    if str(node.op) != "/" or number(node.lhs) is not None:
        return None
    above, more = without_scaling(node.lhs)
    below, less = without_scaling(node.rhs)
    return Fraction(numerator=above, denominator=below, factor=factor * more / less)


def is_subset(found: Fraction) -> bool:
    """Whether the numerator counts a part of what the denominator counts, so that it cannot be larger: the same metric
    in the same functions, with more matchers."""
    above, below = _skeleton(found.numerator), _skeleton(found.denominator)
    if above is None or above != below:
        return False
    part, whole = uses(found.numerator)[0], uses(found.denominator)[0]
    return set(whole.matchers) < set(part.matchers)


def is_share(found: Fraction) -> bool:
    """Whether the names say so too: `..._failures_total` of `..._total`, `..._avail_bytes` of `..._size_bytes`."""
    if is_subset(found):
        return True
    above, below = uses(found.numerator), uses(found.denominator)
    if len(above) != 1 or len(below) != 1 or above[0].function != below[0].function:
        return False
    part, whole = above[0].metric, below[0].metric
    stem = part.split("_")[0] == whole.split("_")[0]
    if _IN_USE.search(part) and _ASKED_FOR.search(whole):
        return False
    counted = _PART.search(part) and _WHOLE.search(whole)
    return part != whole and stem and bool(counted or (_IN_USE.search(part) and _LIMITED.search(whole)))


def all_of_it_proof(rule: Rule, found: Fraction, expected: Expected, story: str, per_s: float = 1.0) -> Proof | None:
    """A proof in which the numerator is all of the denominator: events `per_s`, or equal gauges.

    None when a side has more than one selector.
    """
    above, below = uses(found.numerator), uses(found.denominator)
    if len(above) != 1 or len(below) != 1:
        return None
    step = per_s * sampled_each_s(rule.ast)
    lines = [
        Line(use, 0.0, step) if RATES & set(use.wrappers) else Line(use, 1000.0 * per_s) for use in (above[0], below[0])
    ]
    return steady_proof(rule, story, lines, expected)


def _skeleton(node: Expr) -> str | None:
    """The expression with the matchers taken off its only selector; None where there are more selectors, or more than
    one way to read it."""
    node = bare(node)
    if isinstance(node, VectorSelector):
        return f"{metric(node)}@{node.offset}"
    if isinstance(node, MatrixSelector):
        inner = _skeleton(node.vector_selector)
        return f"{inner}[{node.range}]"
    if isinstance(node, Call) and node.func.name in RATES and len(node.args) == 1:
        inner = _skeleton(node.args[0])
        return None if inner is None else f"{node.func.name}({inner})"
    if isinstance(node, AggregateExpr) and str(node.op) in ("sum", "count") and node.param is None:
        inner = _skeleton(node.expr)
        by = "" if node.modifier is None else f"{node.modifier.type}{sorted(node.modifier.labels)}"
        return None if inner is None else f"{node.op} {by} ({inner})"
    return None
