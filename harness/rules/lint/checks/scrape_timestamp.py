"""timestamp() of a series: it is the last scrape's, and five minutes later the series is gone with it."""

from __future__ import annotations

from collections.abc import Iterator

from promql_parser import BinaryExpr, Call, Expr, VectorSelector

from harness.rules.lint.expression import Comparison, bare, comparisons, is_topmost, uses
from harness.rules.lint.model import Context, Expected, Proof, Rule, Sample, Suspicion
from harness.rules.lint.samples import series_of

_LOOKBACK_S = 300.0
_SEEN = 10


def check(rule: Rule, _context: Context) -> Iterator[Suspicion]:
    """`time() - timestamp(x) > 600` is never true: no series is older than the five minutes Prometheus looks back."""
    for compared in comparisons(rule.ast):
        if _beyond_lookback(compared) and _is_age_of_scrape(compared.vector):
            yield Suspicion(
                check="scrape-timestamp",
                rule=rule,
                message=f"timestamp() is that of the last scrape, and a series is gone after {_LOOKBACK_S:g} s without "
                f"one: its age is never {compared.threshold:g} s",
                mend="absent_over_time(...), or the age of a metric whose value is a time",
                proof=_proof(rule) if is_topmost(compared.node, rule.ast) else None,
            )


def _beyond_lookback(compared: Comparison) -> bool:
    """A series may be exactly as old as that."""
    if compared.op == ">=":
        return compared.threshold > _LOOKBACK_S
    return compared.op == ">" and compared.threshold >= _LOOKBACK_S


def _is_age_of_scrape(node: Expr) -> bool:
    node = bare(node)
    if not isinstance(node, BinaryExpr) or str(node.op) != "-":
        return False
    right = bare(node.rhs)
    return (
        isinstance(right, Call)
        and right.func.name == "timestamp"
        and isinstance(bare(right.args[0]), VectorSelector)
        and bare(node.lhs).prettify() == "time()"
    )


def _proof(rule: Rule) -> Proof | None:
    series = [series_of(use) for use in uses(rule.ast)]
    if len(series) != 1 or series[0] is None:
        return None
    gone = int(rule.for_s // 60) + 120
    return Proof(
        story="the series is scraped for ten minutes and never again",
        interval_s=60,
        samples=(Sample(series[0], f"1+0x{_SEEN} _x{gone}"),),
        at_s=tuple(float(60 * minute) for minute in range(_SEEN, gone)),
        expected=Expected.FIRES,
    )
