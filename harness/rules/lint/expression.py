"""What checks ask of a PromQL expression: its selectors and what wraps them, its comparisons, the labels of its result.

All are pure functions of the tree that promql-parser gives. Nodes are compared by identity, and equal expressions by
`text`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from operator import add, mul, sub

import msgspec
from promql_parser import (
    AggModifierType,
    AggregateExpr,
    BinaryExpr,
    Call,
    Expr,
    LabelModifierType,
    MatchOp,
    MatrixSelector,
    NumberLiteral,
    ParenExpr,
    StringLiteral,
    SubqueryExpr,
    UnaryExpr,
    ValueType,
    VectorMatchCardinality,
    VectorSelector,
)

COMPARISONS = frozenset({"==", "!=", ">", "<", ">=", "<="})
MATCHING_OPERATORS = ("+", "-", "*", "/", "%", "^", "and", "unless", *COMPARISONS)
"""Those that match the series of their two sides by labels, but for `or`."""
SET_OPERATORS = frozenset({"and", "or", "unless"})
SAME_LABELS_AGGREGATIONS = frozenset({"topk", "bottomk", "limitk", "limit_ratio"})
_ARITHMETIC: dict[str, Callable[[float, float], float]] = {
    "+": add,
    "-": sub,
    "*": mul,
    "/": lambda a, b: a / b if b else math.nan,
}
_REPEATED_GROUP = re.compile(r"\)[*+{]")
_REPEATED = re.compile(r"[*+}]")
_SHORT, _LONG, _FEW = 16, 100, 3
_FLIPPED = {">": "<", "<": ">", ">=": "<=", "<=": ">=", "==": "==", "!=": "!="}


class Matcher(msgspec.Struct, frozen=True):
    """One matcher of a selector; `op` is `=`, `!=`, `=~` or `!~`."""

    name: str
    op: str
    value: str


class Use(msgspec.Struct, frozen=True, kw_only=True):
    """A selector where it stands.

    Attributes:
        selector: the node; `metric`: its name, "" when it has none.
        range_s: of the matrix selector, None for an instant one.
        wrappers: names of the functions and aggregations around it, and operators it is an operand of, innermost first.
    """

    selector: VectorSelector
    metric: str
    matchers: tuple[Matcher, ...]
    range_s: float | None
    wrappers: tuple[str, ...]

    @property
    def function(self) -> str:
        """The innermost function or aggregation or operator around the selector, "" when it is bare."""
        return self.wrappers[0] if self.wrappers else ""


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """A vector held against a number, the vector on the left whatever was written."""

    node: BinaryExpr
    vector: Expr
    op: str
    threshold: float

    @property
    def rises(self) -> bool:
        """Whether it is true of large values."""
        return self.op in (">", ">=")

    @property
    def falls(self) -> bool:
        """Whether it is true of small values."""
        return self.op in ("<", "<=")


class Labels(msgspec.Struct, frozen=True, kw_only=True):
    """Which labels a result can have.

    Attributes:
        only: all it can have, None when nothing in the expression limits them.
        never: those it cannot have, where `only` is None.
        scraped: whether a selector gives them unaggregated, so that `job` and `instance` are there in all likelihood.
        asked: those that an aggregation names, or a matcher wants: whoever wrote it believes that they exist.
    """

    only: frozenset[str] | None = None
    never: frozenset[str] = frozenset()
    scraped: bool = False
    asked: frozenset[str] = frozenset()

    def may_have(self, label: str) -> bool:
        """Whether the result can have `label`."""
        return label not in self.never and (self.only is None or label in self.only)

    def likely(self) -> frozenset[str]:
        """Labels that the result has in all likelihood."""
        found = self.asked | (frozenset({"instance", "job"}) if self.scraped else frozenset())
        return frozenset(label for label in found if self.may_have(label))


_NONE = Labels(only=frozenset())


def bare(node: Expr) -> Expr:
    """Without the parentheses around it."""
    while isinstance(node, ParenExpr):
        node = node.expr
    return node


def children(node: Expr) -> tuple[Expr, ...]:
    """The expressions right below."""
    if isinstance(node, BinaryExpr):
        return (node.lhs, node.rhs)
    if isinstance(node, Call):
        return tuple(node.args)
    if isinstance(node, AggregateExpr):
        return (node.expr,) if node.param is None else (node.expr, node.param)
    if isinstance(node, MatrixSelector):
        return (node.vector_selector,)
    if isinstance(node, ParenExpr | UnaryExpr | SubqueryExpr):
        return (node.expr,)
    return ()


@lru_cache(maxsize=512)
def walk(node: Expr) -> tuple[Expr, ...]:
    """The expression and all below it, from the top."""
    return (node, *(below for child in children(node) for below in walk(child)))


def text(node: Expr) -> str:
    """As PromQL, the same for equal expressions however they were spaced or put in parentheses."""
    return bare(node).prettify()


def operator(node: Expr) -> str:
    """Of a binary expression, "" of any other."""
    return str(node.op) if isinstance(node, BinaryExpr) else ""


def number(node: Expr) -> float | None:
    """The value of an expression of literals alone (`1024 * 1024`, `-1`), None for any other."""
    node = bare(node)
    if isinstance(node, NumberLiteral):
        return node.val
    if isinstance(node, UnaryExpr):
        value = number(node.expr)
        return None if value is None else -value
    if isinstance(node, BinaryExpr) and str(node.op) in _ARITHMETIC:
        left, right = number(node.lhs), number(node.rhs)
        return None if left is None or right is None else _ARITHMETIC[str(node.op)](left, right)
    return None


@lru_cache(maxsize=512)
def is_scalar(node: Expr) -> bool:
    """Whether it is one number without labels, rather than a vector."""
    node = bare(node)
    if isinstance(node, NumberLiteral):
        return True
    if isinstance(node, Call):
        return bool(node.func.return_type == ValueType.Scalar)
    if isinstance(node, UnaryExpr):
        return is_scalar(node.expr)
    # The right side first: a chain of operators is deep on the left.
    return isinstance(node, BinaryExpr) and is_scalar(node.rhs) and is_scalar(node.lhs)


def metric(selector: VectorSelector) -> str:
    """The metric's name, also when it was given as `{__name__="x"}`; "" when it has none."""
    if selector.name:
        return selector.name
    named = [each.value for each in matchers(selector) if each.name == "__name__" and each.op == "="]
    return named[0] if named else ""


def matchers(selector: VectorSelector) -> tuple[Matcher, ...]:
    """Its matchers, in order."""
    return tuple(Matcher(each.name, _match_op(each.op), each.value) for each in selector.matchers.matchers)


def matches(matcher: Matcher, value: str) -> bool | None:
    """Whether a label with this value is matched; None for a pattern that means something else to Python than to Go, or
    that Python, which tries every way, may never be done with."""
    if matcher.op in ("=", "!="):
        return (matcher.value == value) == (matcher.op == "=")
    if "[[:" in matcher.value or _takes_for_ever(matcher.value, value):
        return None
    try:
        found = re.fullmatch(matcher.value, value) is not None
    except re.error:
        return None
    return found == (matcher.op == "=~")


def _takes_for_ever(pattern: str, value: str) -> bool:
    nested = _REPEATED_GROUP.search(pattern) is not None and len(value) > _SHORT
    return nested or (len(value) > _LONG and len(_REPEATED.findall(pattern)) > _FEW)


def _match_op(op: MatchOp) -> str:
    if op == MatchOp.Equal:
        return "="
    if op == MatchOp.NotEqual:
        return "!="
    return "=~" if op == MatchOp.Re else "!~"


@lru_cache(maxsize=512)
def uses(node: Expr) -> tuple[Use, ...]:
    """Every selector with what wraps it, from left to right."""
    return tuple(_uses(node, (), None))


def _uses(node: Expr, wrappers: tuple[str, ...], range_s: float | None) -> Iterator[Use]:
    if isinstance(node, VectorSelector):
        yield Use(selector=node, metric=metric(node), matchers=matchers(node), range_s=range_s, wrappers=wrappers)
    elif isinstance(node, MatrixSelector):
        yield from _uses(node.vector_selector, wrappers, node.range.total_seconds())
    else:
        name = _wrapper(node)
        for child in children(node):
            yield from _uses(child, (name, *wrappers) if name else wrappers, None)


def _wrapper(node: Expr) -> str:
    if isinstance(node, Call):
        return node.func.name
    if isinstance(node, AggregateExpr | BinaryExpr):
        return str(node.op)
    return ""


def calls(node: Expr, *names: str) -> Iterator[Call]:
    """The calls of these functions."""
    return (each for each in walk(node) if isinstance(each, Call) and each.func.name in names)


def binaries(node: Expr, *operators: str) -> Iterator[BinaryExpr]:
    """The binary expressions with these operators."""
    return (each for each in walk(node) if isinstance(each, BinaryExpr) and str(each.op) in operators)


def branches(node: Expr) -> tuple[Expr, ...]:
    """What `and`, `or` and `unless` at the top put together, without parentheses; the expression alone when nothing."""
    node = bare(node)
    if isinstance(node, BinaryExpr) and str(node.op) in SET_OPERATORS:
        return (*branches(node.lhs), *branches(node.rhs))
    return (node,)


def comparison(node: Expr) -> Comparison | None:
    """The node as a vector held against a number, None when it is none; `> bool` is none either."""
    node = bare(node)
    if not isinstance(node, BinaryExpr) or str(node.op) not in COMPARISONS:
        return None
    if node.modifier is not None and node.modifier.return_bool:
        return None
    right, left = number(node.rhs), number(node.lhs)
    if right is not None and left is None:
        return Comparison(node=node, vector=bare(node.lhs), op=str(node.op), threshold=right)
    if left is not None and right is None:
        return Comparison(node=node, vector=bare(node.rhs), op=_FLIPPED[str(node.op)], threshold=left)
    return None


def comparisons(node: Expr) -> tuple[Comparison, ...]:
    """Those of the branches at the top: what decides whether an alert is there."""
    return tuple(found for branch in branches(node) if (found := comparison(branch)) is not None)


def without_scaling(node: Expr) -> tuple[Expr, float]:
    """The expression with multiplications and divisions by literals taken off, and their product."""
    node, factor = bare(node), 1.0
    while isinstance(node, BinaryExpr) and str(node.op) in ("*", "/"):
        op, left, right = str(node.op), number(node.lhs), number(node.rhs)
        if right:
            node, factor = bare(node.lhs), factor * right if op == "*" else factor / right
        elif left is not None and op == "*":
            node, factor = bare(node.rhs), factor * left
        else:
            break
    return node, factor


def is_topmost(node: Expr, top: Expr) -> bool:
    """Whether `node` is all of the expression `top`."""
    return bare(top) is bare(node)


@lru_cache(maxsize=512)
def labels(node: Expr) -> Labels:
    """The labels that the result can have, from its selectors' matchers, aggregations, matchings and functions."""
    match bare(node):
        case VectorSelector() as selector:
            found = _of_selector(selector)
        case MatrixSelector() as matrix:
            found = _of_selector(matrix.vector_selector)
        case UnaryExpr() | SubqueryExpr() as around:
            found = labels(around.expr)
        case AggregateExpr() as aggregation:
            found = _of_aggregation(aggregation)
        case BinaryExpr() as binary:
            found = _of_binary(binary)
        case Call() as call:
            found = _of_call(call)
        case _:
            found = _NONE
    return found


def _of_selector(selector: VectorSelector) -> Labels:
    given = matchers(selector)
    name = metric(selector)
    return Labels(
        never=frozenset(each.name for each in given if each.op == "=" and not each.value),
        scraped=bool(name) and ":" not in name and not name.startswith("ALERTS"),
        asked=frozenset(each.name for each in given if each.op == "=" and each.value and each.name != "__name__"),
    )


def _of_aggregation(node: AggregateExpr) -> Labels:
    inner, op = labels(node.expr), str(node.op)
    if op in SAME_LABELS_AGGREGATIONS:
        return inner
    named = frozenset(node.modifier.labels) if node.modifier else frozenset()
    if node.modifier is not None and node.modifier.type == AggModifierType.Without:
        found = _minus(inner, named)
    else:
        kept = frozenset(label for label in named if inner.may_have(label))
        found = Labels(only=kept, asked=kept)
    if op == "count_values" and isinstance(node.param, StringLiteral):
        return _plus(found, frozenset({node.param.val}))
    return found


def _of_call(node: Call) -> Labels:
    name = node.func.name
    if node.func.return_type == ValueType.Scalar or not node.args or name == "vector":
        return _NONE
    if name in ("absent", "absent_over_time"):
        return _of_absence(bare(node.args[0]))
    if name == "info":
        return Labels()
    if name in ("label_replace", "label_join") and isinstance(node.args[1], StringLiteral):
        return _plus(labels(node.args[0]), frozenset({node.args[1].val}))
    if name.startswith("histogram_quantile"):
        return _minus(labels(node.args[1]), frozenset({"le"}))
    vector = next((arg for arg in node.args if not is_scalar(arg) and not isinstance(arg, StringLiteral)), None)
    return _NONE if vector is None else labels(vector)


def _of_absence(argument: Expr) -> Labels:
    if isinstance(argument, MatrixSelector):
        argument = argument.vector_selector
    if not isinstance(argument, VectorSelector):
        return _NONE
    equal = frozenset(each.name for each in matchers(argument) if each.op == "=" and each.name != "__name__")
    return Labels(only=equal, asked=equal)


def _of_binary(node: BinaryExpr) -> Labels:
    if is_scalar(node.lhs):
        return labels(node.rhs)
    left = labels(node.lhs)
    if is_scalar(node.rhs) or str(node.op) in ("and", "unless"):
        return left
    right = labels(node.rhs)
    if str(node.op) == "or":
        return _union(left, right)
    many_to_one = VectorMatchCardinality.ManyToOne, VectorMatchCardinality.OneToMany
    if node.modifier is not None and node.modifier.card in many_to_one:
        many, one = (left, right) if node.modifier.card == VectorMatchCardinality.ManyToOne else (right, left)
        extra = frozenset(node.modifier.group_labels or ())
        return _plus(_minus(many, extra), frozenset(label for label in extra if one.may_have(label)))
    matching = node.modifier.matching if node.modifier else None
    if matching is not None and matching.type == LabelModifierType.Include:
        on = frozenset(matching.labels)
        kept = frozenset(label for label in on if left.may_have(label) and right.may_have(label))
        return Labels(only=kept, asked=kept)
    ignored = frozenset(matching.labels) if matching is not None else frozenset()
    return _minus(_intersection(left, right), ignored)


def _minus(of: Labels, gone: frozenset[str]) -> Labels:
    return Labels(
        only=None if of.only is None else of.only - gone,
        never=of.never | gone,
        scraped=of.scraped and "instance" not in gone,
        asked=of.asked - gone,
    )


def _plus(of: Labels, more: frozenset[str]) -> Labels:
    return Labels(
        only=None if of.only is None else of.only | more,
        never=of.never - more,
        scraped=of.scraped,
        asked=of.asked,
    )


def _union(one: Labels, other: Labels) -> Labels:
    only = None if one.only is None or other.only is None else one.only | other.only
    return Labels(only=only, never=frozenset(x for x in one.never | other.never if _neither(one, other, x)))


def _neither(one: Labels, other: Labels, label: str) -> bool:
    return not one.may_have(label) and not other.may_have(label)


def _intersection(one: Labels, other: Labels) -> Labels:
    if one.only is None or other.only is None:
        only = other.only if one.only is None else one.only
    else:
        only = one.only & other.only
    return Labels(
        only=only,
        never=one.never | other.never,
        scraped=one.scraped and other.scraped,
        asked=one.asked | other.asked,
    )
