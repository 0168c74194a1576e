"""A series for each state, 1 for the one that holds and 0 for all others, taken by its being there."""

from __future__ import annotations

from collections.abc import Iterator

from promql_parser import AggregateExpr, VectorSelector

from harness.rules.lint.expression import Use, bare, branches, comparisons, uses
from harness.rules.lint.model import Context, Expected, Proof, Rule, Suspicion
from harness.rules.lint.naming import is_state_set
from harness.rules.lint.samples import Line, steady_proof


def check(rule: Rule, _context: Context) -> Iterator[Suspicion]:
    """Only the well-known families, bare or counted; a sum or a maximum of them is sound."""
    counted = [compared for compared in comparisons(rule.ast) if _is_count(compared.vector)]
    candidates = [
        *(branch for branch in branches(rule.ast) if isinstance(branch, VectorSelector)),
        *(compared.vector for compared in counted if compared.rises or compared.op in ("==", "!=")),
    ]
    for node in candidates if rule.alert else ():
        for use in uses(node):
            if is_state_set(use.metric) and (not use.wrappers or use.wrappers == ("count",)):
                yield Suspicion(
                    check="state-set",
                    rule=rule,
                    message=f"{use.metric} has a series for each state, 0 when it does not hold; taking all that "
                    "are there takes those too",
                    mend=f"{use.metric}{{...}} == 1",
                    proof=_proof(rule, use),
                )


def _is_count(node: object) -> bool:
    return isinstance(node, AggregateExpr) and str(node.op) == "count" and isinstance(bare(node.expr), VectorSelector)


def _proof(rule: Rule, use: Use) -> Proof | None:
    if len(uses(rule.ast)) != 1:
        return None
    return steady_proof(
        rule, "the state is known and does not hold: its series is 0", [Line(use, 0.0)], Expected.STAYS_QUIET
    )
