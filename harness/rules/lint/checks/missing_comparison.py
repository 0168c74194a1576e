"""An alert that is there whenever its series are, because nothing is compared, or `bool` keeps what is false."""

from __future__ import annotations

import re
from collections.abc import Iterator

from promql_parser import AggregateExpr, BinaryExpr, Call, Expr, StringLiteral, VectorSelector

from harness.rules.lint.expression import COMPARISONS, bare, calls, is_scalar, matchers, number, uses, walk
from harness.rules.lint.model import Context, Expected, Proof, Rule, Suspicion
from harness.rules.lint.naming import is_state_set
from harness.rules.lint.samples import Line, steady_proof

_PRESENCE = re.compile(r"(_info|_created|_labels|_annotations|_taint|_owner|_version)$|^ALERTS|:")
# A series with one of these is there, in many exporters, only while its state holds.
_STATE_LABELS = frozenset({"condition", "health", "phase", "reason", "state", "status"})
_DECIDING_CALLS = ("absent", "absent_over_time", "count_over_time", "present_over_time", "scalar")
_ASK_FOR_PRESENCE = ("count", "group")
_DECIDING_OPERATORS = COMPARISONS | {"and", "unless"}


def check(rule: Rule, _context: Context) -> Iterator[Suspicion]:
    """Metrics whose being there says it all (`..._info`, `ALERTS`) may stand alone, and so may `vector(1)`; those with
    a series for each state are another check's."""
    if not rule.alert:
        return
    if isinstance(bare(rule.ast), StringLiteral):
        yield Suspicion(
            check="missing-comparison",
            rule=rule,
            message="the expression is a quoted string: Prometheus reads it as text, and no alert can come of it",
            mend="take the quotes off",
        )
    elif is_scalar(rule.ast) and uses(rule.ast):
        yield Suspicion(
            check="missing-comparison",
            rule=rule,
            message="the expression is a scalar: the alert is there whatever its value, also 0",
            mend="compare vectors instead, without scalar() and bool",
        )
    elif _is_bool(rule.ast):
        yield _suspicion(
            rule,
            "`bool` returns 0 instead of nothing, and 0 is an alert too: it always fires",
            "leave out bool",
        )
    elif _is_zero(rule.ast):
        yield Suspicion(
            check="missing-comparison",
            rule=rule,
            message="this is there all the time, and 0 is an alert as well as any other value",
            mend="vector(0) > 0 for an alert that never fires",
        )
    elif not _is_decided(rule.ast):
        yield _suspicion(
            rule,
            "nothing is compared: the alert is there as long as its series are, also when they are 0",
            "compare with the value that is too much",
        )


def _is_bool(node: Expr) -> bool:
    node = bare(node)
    return (
        isinstance(node, BinaryExpr)
        and str(node.op) in COMPARISONS
        and node.modifier is not None
        and bool(node.modifier.return_bool)
    )


def _is_zero(node: Expr) -> bool:
    node = bare(node)
    return isinstance(node, Call) and node.func.name == "vector" and number(node.args[0]) == 0


def _is_decided(node: Expr) -> bool:
    if any(isinstance(each, BinaryExpr) and str(each.op) in _DECIDING_OPERATORS for each in walk(node)):
        return True
    if next(calls(node, *_DECIDING_CALLS), None) is not None:
        return True
    return not uses(node) or any(_says_it_all(use.metric) for use in uses(node))


def _asks_for_a_state(node: VectorSelector) -> bool:
    return any(each.name in _STATE_LABELS and each.op in ("=", "=~") for each in matchers(node))


def _says_it_all(metric: str) -> bool:
    return not metric or is_state_set(metric) or _PRESENCE.search(metric) is not None


def _suspicion(rule: Rule, message: str, mend: str) -> Suspicion:
    return Suspicion(
        check="missing-comparison",
        rule=rule,
        message=message,
        mend=mend,
        proof=_proof(rule),
    )


def _proof(rule: Rule) -> Proof | None:
    """All is 0; a comparison that is true of 0 anyway, or a division by 0, would prove nothing."""
    if any(isinstance(each, BinaryExpr) and str(each.op) == "/" for each in walk(rule.ast)):
        return None
    node = bare(rule.ast)
    if isinstance(node, VectorSelector) and _asks_for_a_state(node):
        return None
    if isinstance(node, AggregateExpr) and str(node.op) in _ASK_FOR_PRESENCE:
        return None
    if isinstance(node, BinaryExpr) and str(node.op) in COMPARISONS:
        right = number(node.rhs)
        if right is None or str(node.op) not in (">", ">=") or right <= 0:
            return None
    return steady_proof(
        rule,
        "all series are there, and stay 0",
        [Line(use, 0.0) for use in uses(rule.ast)],
        Expected.STAYS_QUIET,
    )
