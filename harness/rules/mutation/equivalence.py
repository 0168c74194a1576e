"""Mutants that certainly behave as their rule does, by the form of their expressions alone."""

from __future__ import annotations

import promql_parser
from promql_parser import AggregateExpr, BinaryExpr, Call, Expr, VectorMatchCardinality

from harness.rules.lint.expression import bare, is_scalar
from harness.rules.lint.promql import Unparsed, parse
from harness.rules.mutation.edits import EXPRESSION
from harness.rules.mutation.model import Mutant
from harness.rules.mutation.source import SourceRule

_SAME_OF_ONE = frozenset({"sum", "max", "min", "avg"})
_GROUPED = (VectorMatchCardinality.ManyToOne, VectorMatchCardinality.OneToMany)
_ONE_AT_MOST = _SAME_OF_ONE | {"count", "group", "stddev", "stdvar"}


def proof_of(of: SourceRule, mutant: Mutant) -> str:
    """Why the mutant is the rule in other words; "" when that is not certain."""
    if mutant.change.field != EXPRESSION or mutant.change.value is None:
        return ""
    tree = parse(mutant.change.value)
    if not isinstance(tree, Unparsed) and str(_summed(of.rule.ast)) == str(_summed(tree)):
        return "of one series at most, sum, max, min and avg are the same"
    return ""


def _summed(tree: Expr) -> Expr:
    """With `sum` for every aggregation that leaves the value of one series at most as it is."""
    return promql_parser.transform(tree, post_visit=_as_sum)


def _as_sum(node: Expr) -> Expr | None:
    if not isinstance(node, AggregateExpr) or str(node.op) not in _SAME_OF_ONE or not _single(node.expr):
        return None
    summed: Expr = promql_parser.parse("sum" + str(node).removeprefix(str(node.op)))
    return summed


def _single(node: Expr) -> bool:
    """Whether it has one series at most, whatever is scraped."""
    node = bare(node)
    if isinstance(node, AggregateExpr):
        return node.modifier is None and str(node.op) in _ONE_AT_MOST
    if isinstance(node, BinaryExpr):
        if node.modifier is not None and node.modifier.card in _GROUPED:
            return False
        sides = [side for side in (node.lhs, node.rhs) if not is_scalar(side)]
        return str(node.op) != "or" and bool(sides) and _single(sides[0])
    return isinstance(node, Call) and node.func.name in ("absent", "vector")
