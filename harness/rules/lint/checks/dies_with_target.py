"""`unless` that looks for what has gone with something that goes with it."""

from __future__ import annotations

from collections.abc import Iterator

from promql_parser import BinaryExpr, VectorSelector

from harness.rules.durations import duration
from harness.rules.lint.expression import bare, binaries, is_topmost, matchers, metric, uses
from harness.rules.lint.model import Context, Expected, Proof, Rule, Sample, Severity, Suspicion
from harness.rules.lint.run_index import once_a_run
from harness.rules.lint.samples import series_of

_ABSENCE = frozenset({"absent", "absent_over_time"})
_INTERVAL_S = 60
_LONGEST_OFFSET_S = 24 * 3600.0
# Exporters that tell of others: what they say of one thing goes, what they say of another stays.
_TELLS_OF_OTHERS = frozenset({"kube", "cluster", "ALERTS", "probe", "aws"})


def check(rule: Rule, context: Context) -> Iterator[Suspicion]:
    """`x offset 1h unless x` ends after the hour, and never fires when its `for` is as long; `app_started unless
    app_heartbeat` is silent when the app is gone. The latter is nothing where some rule looks at `up`, or for the
    absence of either."""
    for node in binaries(rule.ast, "unless") if rule.alert else ():
        before, now = bare(node.lhs), bare(node.rhs)
        if not isinstance(before, VectorSelector) or not isinstance(now, VectorSelector):
            continue
        offset_s = before.offset.total_seconds() if before.offset is not None else 0.0
        if metric(before) == metric(now):
            if offset_s > 0 and matchers(before) == matchers(now) and now.offset is None:
                yield _forgets(rule, node, offset_s)
        elif _stem(before) == _stem(now) and _stem(now) not in _TELLS_OF_OTHERS:
            if {"up", metric(before), metric(now)} & _watched(context.rules):
                continue
            yield Suspicion(
                check="dies-with-target",
                rule=rule,
                message=f"{metric(before)} and {metric(now)} come from the same target in all likelihood: when it is "
                "gone both are, and nothing is told",
                severity=Severity.HINT,
                mend="an alert on `up == 0` or absent(...) beside it",
            )


def _stem(selector: VectorSelector) -> str:
    return metric(selector).partition("_")[0]


@once_a_run
def _watched(rules: tuple[Rule, ...]) -> frozenset[str]:
    """Metrics whose absence some rule looks for, and `up` when a rule has it at all."""
    every = [use for rule in rules for use in uses(rule.ast)]
    return frozenset(use.metric for use in every if use.metric == "up" or _ABSENCE & set(use.wrappers))


def _forgets(rule: Rule, node: BinaryExpr, offset_s: float) -> Suspicion:
    back = duration(round(offset_s * 1000))
    never = rule.for_s >= offset_s
    return Suspicion(
        check="dies-with-target",
        rule=rule,
        message=f"after {back} what was there is forgotten, and this ends with it"
        + (": before its `for` has passed, so it never fires" if never else " while the series is still missing"),
        severity=Severity.WARNING if never else Severity.HINT,
        mend="absent(...) of the series by its labels"
        + (f", or a `for` shorter than {back} by some evaluations" if never else ""),
        proof=_proof(rule, node, offset_s) if never else None,
        unproven=Severity.WARNING,
    )


def _proof(rule: Rule, node: BinaryExpr, offset_s: float) -> Proof | None:
    series = series_of(uses(node)[0])
    if series is None or not is_topmost(node, rule.ast) or max(offset_s, rule.for_s) > _LONGEST_OFFSET_S:
        return None
    there = int(offset_s // _INTERVAL_S) + 10
    gone = int((offset_s + rule.for_s) // _INTERVAL_S) + 30
    every = max(1, gone // 60)
    return Proof(
        story="the series is there long enough, and then gone for good",
        interval_s=_INTERVAL_S,
        samples=(Sample(series, f"1+0x{there} _x{gone}"),),
        at_s=tuple(float(_INTERVAL_S * number) for number in range(there, there + gone, every)),
        expected=Expected.FIRES,
    )
