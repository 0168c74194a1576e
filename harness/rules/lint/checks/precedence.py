"""Operators that bind otherwise than the expression reads."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
from promql_parser import AggregateExpr, BinaryExpr, Expr

from harness.rules.lint.expression import COMPARISONS, bare, binaries, comparison, is_scalar, text, uses, walk
from harness.rules.lint.model import Context, Expected, Proof, Rule, Severity, Suspicion
from harness.rules.lint.proof.series import mended_rule, should_stay_quiet, with_part_replaced
from harness.rules.lint.samples import Line, steady_proof

_WHOLE = 1000.0
_DECIDES = ("absent", "absent_over_time", "vector")


def check(rule: Rule, _context: Context) -> Iterator[Suspicion]:
    """`total - free / total`, `x or vector(0) > 5`, and `and` beside `or` without parentheses."""
    for node in binaries(rule.ast, "-"):
        divisor = _divisor(node.rhs)
        if divisor is not None and not is_scalar(node.lhs) and text(node.lhs) == text(divisor):
            yield Suspicion(
                check="precedence",
                rule=rule,
                message=f"`/` binds tighter than `-`: this is {text(node.lhs)} less a fraction of about 1",
                mend="put the subtraction in parentheses",
                proof=_proof_of_subtraction(rule, node),
                unproven=Severity.WARNING,
            )
    for node in binaries(rule.ast, "or"):
        if rule.alert and _compares_last_only(node) and bare(rule.ast) is node:
            yield Suspicion(
                check="precedence",
                rule=rule,
                message=f"the comparison binds tighter than `or`: {text(node.lhs)} is returned whatever its value",
                mend="put the `or` in parentheses, and compare the whole",
                proof=_proof_of_or(rule, node),
                unproven=Severity.WARNING,
            )
        elif any(_is_and(side) for side in (node.lhs, node.rhs)):
            yield Suspicion(
                check="precedence",
                rule=rule,
                message="`and` and `unless` bind tighter than `or`; without parentheses it is easily read otherwise",
                severity=Severity.HINT,
                mend="put parentheses around what belongs together",
            )


def _proof_of_subtraction(rule: Rule, node: BinaryExpr) -> Proof | None:
    """All of the whole is free, so that nothing of it is used."""
    first = node.rhs
    while isinstance(first, BinaryExpr):
        first = first.lhs
    compared, parts = comparison(rule.ast), uses(node)
    if compared is None or not compared.rises or compared.threshold <= 0 or any(use.range_s for use in parts):
        return None
    rest = str(node.rhs).removeprefix(str(first))
    sound = with_part_replaced(rule, node, f"({node.lhs} - {first}){rest}")
    base = steady_proof(rule, "nothing is used", [Line(use, _WHOLE) for use in parts], Expected.STAYS_QUIET)
    return None if base is None else msgspec.structs.replace(base, mended=sound)


def _proof_of_or(rule: Rule, node: BinaryExpr) -> Proof | None:
    """What is looked at is there, within its limit."""
    right = node.rhs
    if not isinstance(right, BinaryExpr):
        return None
    sound = mended_rule(rule, f"({node.lhs} or {right.lhs}) {right.op} {right.rhs}")
    return should_stay_quiet(rule, "the series is there, within the limit", sound=sound)


def _divisor(node: Expr) -> Expr | None:
    """What the unparenthesised product divides by."""
    while isinstance(node, BinaryExpr) and str(node.op) in ("*", "/"):
        if str(node.op) == "/":
            return node.rhs
        node = node.lhs
    return None


def _compares_last_only(node: BinaryExpr) -> bool:
    right = node.rhs
    return (
        isinstance(right, BinaryExpr)
        and str(right.op) in COMPARISONS
        and text(right.lhs).startswith("vector(")
        and (_is_count(node.lhs) or not any(_decides(below) for below in walk(node.lhs)))
    )


def _is_count(node: Expr) -> bool:
    """`count(up == 1)` is there as soon as one is."""
    node = bare(node)
    return isinstance(node, AggregateExpr) and str(node.op) == "count"


def _decides(node: Expr) -> bool:
    func = getattr(node, "func", None)
    if func is not None:
        return str(func.name) in _DECIDES
    return isinstance(node, BinaryExpr) and (str(node.op) in COMPARISONS or str(node.op) == "unless")


def _is_and(node: Expr) -> bool:
    return isinstance(node, BinaryExpr) and str(node.op) in ("and", "unless")
