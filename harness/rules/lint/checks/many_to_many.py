"""Two sides that meet on labels which many series share: the engine gives up, and the rule raises nothing."""

from __future__ import annotations

from collections.abc import Iterator

from promql_parser import BinaryExpr, LabelModifierType, VectorMatchCardinality

from harness.rules.lint.expression import (
    COMPARISONS,
    binaries,
    is_scalar,
    labels,
    uses,
)
from harness.rules.lint.model import Context, Expected, Proof, Rule, Sample, Severity, Suspicion
from harness.rules.lint.proof.series import firing, steady, with_part_replaced

# What these name is a set of processes, seldom a single one.
_OF_MANY = frozenset({"cluster", "datacenter", "env", "environment", "job", "namespace", "region", "service"})
_OPERATORS = ("+", "-", "*", "/", "%", "^", *COMPARISONS)


def check(rule: Rule, _context: Context) -> Iterator[Suspicion]:
    """Only where both sides are series as they are scraped, met on labels of many and on none of one; whether there are
    many is for the engine to see with two, and the reader to know."""
    if not rule.alert:
        return
    for node in binaries(rule.ast, *_OPERATORS):
        met_on = _labels_of_many(node)
        if met_on:
            on = ", ".join(met_on)
            yield Suspicion(
                check="many-to-many",
                rule=rule,
                message=f"on({on}) finds several series on both sides as soon as there are two instances: "
                "the rule then ends with an error and raises nothing",
                mend=f"on({on}, instance), or an aggregation by ({on}) on both sides",
                proof=_proof(rule, node, on),
                unproven=Severity.HINT,
            )


def _labels_of_many(node: BinaryExpr) -> tuple[str, ...]:
    """The labels that two sets of processes are met on, one to one; empty when it is not so."""
    modifier = node.modifier
    if modifier is None or modifier.matching is None or modifier.matching.type != LabelModifierType.Include:
        return ()
    on = tuple(modifier.matching.labels)
    scraped = all(
        not is_scalar(side) and len(uses(side)) == 1 and labels(side).only is None and labels(side).may_have("instance")
        for side in (node.lhs, node.rhs)
    )
    return on if scraped and modifier.card == VectorMatchCardinality.OneToOne and _OF_MANY.issuperset(on) else ()


def _proof(rule: Rule, node: BinaryExpr, on: str) -> Proof | None:
    """The series that should fire it, from two instances."""
    sound = with_part_replaced(rule, node, f"(({node.lhs}) {node.op} on ({on}, instance) ({node.rhs}))")
    if sound is None:
        return None
    one = steady(rule, "two instances, both past the limit", firing(sound.ast), Expected.FIRES, mended=sound)
    if one is None:
        return None
    two = tuple(Sample(each.series.replace('instance="a"', 'instance="b"', 1), each.values) for each in one.samples)
    return Proof(
        story=one.story,
        interval_s=one.interval_s,
        samples=(*one.samples, *two),
        at_s=one.at_s,
        expected=one.expected,
        mended=one.mended,
    )
