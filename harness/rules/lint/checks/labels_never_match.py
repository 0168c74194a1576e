"""Two sides of an operator whose labels can never be the same, so that the result is always empty."""

from __future__ import annotations

from collections.abc import Iterator

from promql_parser import BinaryExpr, LabelModifierType

from harness.rules.lint.expression import (
    MATCHING_OPERATORS,
    binaries,
    is_scalar,
    labels,
)
from harness.rules.lint.fixed_labels import apart
from harness.rules.lint.model import Context, Expected, Proof, Rule, Severity, Suspicion
from harness.rules.lint.proof.series import firing, should_fire, steady, with_part_replaced


def check(rule: Rule, _context: Context) -> Iterator[Suspicion]:
    """From aggregations, matchers and matchings alone: a label that one side has and the other has dropped, or that has
    another value there."""
    for node in binaries(rule.ast, *MATCHING_OPERATORS):
        if is_scalar(node.lhs) or is_scalar(node.rhs):
            continue
        two = apart(node)
        if two is not None:
            label, one, other = two
            yield Suspicion(
                check="labels-never-match",
                rule=rule,
                message=f"`{node.op}` matches on {label}, which is {one!r} on the left and {other!r} on the right"
                + _outcome(node),
                mend=f"ignoring ({label}), or the same value on both sides",
                proof=_proof(rule, node),
                unproven=Severity.WARNING,
            )
            continue
        missing = _missing(node)
        if missing is None:
            continue
        label, side, by_on = missing
        yield Suspicion(
            check="labels-never-match",
            rule=rule,
            message=f"`{node.op}` matches on {label}, which the {side} side does not have" + _outcome(node),
            mend=f"keep {label} in the aggregation of the {side} side"
            if by_on
            else f"aggregate both sides by the same labels, or say on(...) which ones they share, without {label}",
            proof=_proof(rule, node),
            unproven=Severity.WARNING,
        )


def _outcome(node: BinaryExpr) -> str:
    return ": nothing is ever excluded" if str(node.op) == "unless" else ": the result is always empty"


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
    """One series of each, with the same labels all over, so that it is plain which meets which: `on ()` is the mended
    rule. Beside `unless` what excludes is there, beside all else every limit is passed."""
    if not rule.alert:
        return None
    op = str(node.op)
    sound = with_part_replaced(rule, node, f"(({node.lhs}) {op} on () ({node.rhs}))")
    if sound is None:
        return None
    if op != "unless":
        return should_fire(rule, "one series of each, all past their limits", sound=sound)
    both = with_part_replaced(rule, node, f"(({node.lhs}) and on () ({node.rhs}))")
    if both is None:
        return None
    story = "one series of each, past their limits on both sides of `unless`"
    return steady(rule, story, firing(both.ast), Expected.STAYS_QUIET, mended=sound)
