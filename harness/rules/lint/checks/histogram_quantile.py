"""histogram_quantile of what has no buckets."""

from __future__ import annotations

from collections.abc import Iterator

from promql_parser import Call

from harness.rules.lint.expression import Use, calls, comparison, is_topmost, labels, uses
from harness.rules.lint.fraction import RATES
from harness.rules.lint.model import Context, Expected, Proof, Rule, Sample, Severity, Suspicion
from harness.rules.lint.naming import declared_type
from harness.rules.lint.proof.series import Driven, firing, steady, with_part_replaced
from harness.rules.lint.samples import plain, sampled_each_s, series_of, steady_proof


def check(rule: Rule, context: Context) -> Iterator[Suspicion]:
    """Without `le` it is always empty; of `_sum` or `_count` too; of buckets without a rate it is since the start. A
    metric without a suffix may be a native histogram, which needs no `le`."""
    for call in calls(rule.ast, "histogram_quantile"):
        for use in uses(call.args[1]):
            found = _of_use(rule, context, call, use)
            if found is not None:
                yield found


def _of_use(rule: Rule, context: Context, call: Call, use: Use) -> Suspicion | None:
    is_classic = use.metric.endswith("_bucket")
    if is_classic and not labels(call.args[1]).may_have("le"):
        return Suspicion(
            check="histogram-quantile",
            rule=rule,
            message="the aggregation drops `le`, without which there are no buckets: the result is always empty",
            mend="add le to the by(...) of the aggregation",
            proof=_proof(rule, call, use),
            unproven=Severity.WARNING,
        )
    if use.metric.endswith(("_sum", "_count")):
        return Suspicion(
            check="histogram-quantile",
            rule=rule,
            message=f"{use.metric} has no buckets: the result is always empty",
            mend=_buckets_of(use),
            proof=_proof_of_no_buckets(rule, use),
            unproven=Severity.WARNING,
        )
    if declared_type(use.metric, context) == "summary":
        return Suspicion(
            check="histogram-quantile",
            rule=rule,
            message=f"{use.metric} is a summary, with quantiles and without buckets: the result is always empty",
            mend=f'{use.metric}{{quantile="0.99"}}',
        )
    if is_classic and use.range_s is None:
        return Suspicion(
            check="histogram-quantile",
            rule=rule,
            message="of buckets without a rate it is the quantile since the start: an incident makes no difference",
            mend="rate(...[5m]) around the buckets",
        )
    return None


def _buckets_of(use: Use) -> str:
    return use.metric.rpartition("_")[0] + "_bucket"


def _proof_of_no_buckets(rule: Rule, use: Use) -> Proof | None:
    """All observations are past the limit; their sum and count are there too."""
    buckets = str(use.selector).replace(use.metric, _buckets_of(use), 1)
    sound = with_part_replaced(rule, use.selector, buckets)
    driven = firing(sound.ast) if sound is not None else None
    if driven is None:
        return None
    grows = Driven(use=use, per_s=max(each.per_s for each in driven))
    return steady(rule, "every observation is past the limit", (*driven, grows), Expected.FIRES, mended=sound)


def _proof(rule: Rule, call: Call, use: Use) -> Proof | None:
    """All observations in a bucket that lies far above the limit."""
    compared = comparison(rule.ast)
    if compared is None or not compared.rises or not is_topmost(call, compared.vector) or compared.threshold <= 0:
        return None
    if len(uses(call)) != 1 or use.function not in RATES:
        return None
    base = steady_proof(rule, "every observation is far above the limit", (), Expected.FIRES)
    series = series_of(use)
    if base is None or series is None:
        return None
    each_s = sampled_each_s(rule.ast)
    count = int(base.at_s[-1] / each_s) + 1
    buckets = ((plain(2 * compared.threshold), 0.0), (plain(4 * compared.threshold), each_s), ("+Inf", each_s))
    samples = tuple(Sample(f'{series[:-1]},le="{le}"}}', f"0+{plain(step)}x{count}") for le, step in buckets)
    return Proof(story=base.story, interval_s=base.interval_s, samples=samples, at_s=base.at_s, expected=base.expected)
