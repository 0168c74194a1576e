"""Two sides of an operator whose labels can never be the same, so that the result is always empty."""

from __future__ import annotations

from collections.abc import Iterator

from promql_parser import BinaryExpr, LabelModifierType

from harness.rules.lint.expression import (
    COMPARISONS,
    binaries,
    comparison,
    is_scalar,
    is_topmost,
    labels,
)
from harness.rules.lint.fraction import Fraction, all_of_it_proof, fraction
from harness.rules.lint.model import Context, Expected, Proof, Rule, Severity, Suspicion

_OPERATORS = ("+", "-", "*", "/", "%", "^", "and", "unless", *COMPARISONS)


def check(rule: Rule, _context: Context) -> Iterator[Suspicion]:
    """From aggregations, matchers and matchings alone: a label that one side has and the other has dropped."""
    for node in binaries(rule.ast, *_OPERATORS):
        if is_scalar(node.lhs) or is_scalar(node.rhs):
            continue
        missing = _missing(node)
        if missing is None:
            continue
        label, side, by_on = missing
        yield Suspicion(
            check="labels-never-match",
            rule=rule,
            message=f"`{node.op}` matches on {label}, which the {side} side does not have"
            + (": nothing is ever excluded" if str(node.op) == "unless" else ": the result is always empty"),
            severity=Severity.WARNING,
            mend=f"keep {label} in the aggregation of the {side} side"
            if by_on
            else f"aggregate both sides by the same labels, or say on(...) which ones they share, without {label}",
            proof=_proof(rule, node),
        )


def _missing(node: BinaryExpr) -> tuple[str, str, bool] | None:
    """A label that keeps the sides apart, the side without it, and whether `on` named it."""
    left, right = labels(node.lhs), labels(node.rhs)
    matching = node.modifier.matching if node.modifier is not None else None
    if matching is not None and matching.type == LabelModifierType.Include:
        for label in matching.labels:
            if left.may_have(label) != right.may_have(label):
                return label, "right" if left.may_have(label) else "left", True
        return None
    ignored = frozenset(matching.labels) if matching is not None else frozenset()
    for one, other, side in ((left, right, "right"), (right, left, "left")):
        apart = sorted(label for label in one.likely() - ignored if not other.may_have(label))
        if apart:
            return apart[0], side, False
    return None


def _proof(rule: Rule, node: BinaryExpr) -> Proof | None:
    compared = comparison(rule.ast)
    found = fraction(compared.vector) if compared is not None else None
    if compared is None or found is None or not _divides(found, node):
        return None
    if found.complement or not compared.rises or compared.threshold >= found.factor:
        return None
    return all_of_it_proof(
        rule, found, Expected.FIRES, "all of the denominator is in the numerator, with every label that is named"
    )


def _divides(found: Fraction, node: BinaryExpr) -> bool:
    return str(node.op) == "/" and is_topmost(found.denominator, node.rhs)
