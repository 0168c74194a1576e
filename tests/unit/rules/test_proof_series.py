"""Series made from an expression do to the rule what they were made for; the engine decides."""

from __future__ import annotations

from pathlib import Path

import promql_parser
import pytest

from harness.rules.lint.model import Context, Proof, Rule, Severity, Suspicion
from harness.rules.lint.proof import available, prove
from harness.rules.lint.proof.series import firing, healthy, should_fire, should_resolve, should_stay_quiet
from tests.unit.rules.checking import rule, rules_of

pytestmark = pytest.mark.skipif(not available(), reason="no promtool on PATH, and none can be had from Debian")

# Of the well-kept rules: those whose series could be made when this was written. More is better, fewer is a loss.
_MODELLED = 150


def test_well_kept_rules_fire_stay_quiet_and_resolve_on_series_made_for_it() -> None:
    rules = rules_of((Path(__file__).parent / "sound.yaml").read_text())
    made = [
        _suspicion(each, proof)
        for each in rules
        if each.alert
        for make in (should_fire, should_stay_quiet, should_resolve)
        if (proof := make(each, make.__name__)) is not None
    ]

    answers = prove(made, Context(rules=tuple(rules)))

    disagreed = [
        (suspicion.rule.name, suspicion.proof.story)
        for suspicion, wrong in zip(made, answers, strict=True)
        if wrong is not False and suspicion.proof is not None
    ]
    assert disagreed == []
    assert len(made) >= _MODELLED


@pytest.mark.parametrize(
    "expr",
    [
        "time() - last_success_timestamp_seconds > 3600",
        "expiry_timestamp_seconds - time() < 86400",
        "histogram_quantile(0.99, sum by (le, job) (rate(seconds_bucket[5m]))) > 0.5",
        'sum(rate(http_total{code=~"5.."}[5m])) / sum(rate(http_total[5m])) > 0.05',
        "memory_used / on (instance) group_left () memory_total > 0.9",
        'absent(up{job="api"})',
        "up == 0",
        "1 - free_bytes / size_bytes > 0.9",
        "avg_over_time(ready[10m]) < 0.5 unless on (job) silenced == 1",
        "increase(restarts_total[10m]) > 2 and on (pod) up == 1",
    ],
)
def test_each_form_fires_and_resolves(expr: str) -> None:
    of = rule(expr, for_s=120.0)
    proofs = [make(of, "") for make in (should_fire, should_stay_quiet, should_resolve)]

    assert None not in proofs
    assert prove([_suspicion(of, proof) for proof in proofs if proof], Context(rules=(of,))) == [False] * 3


@pytest.mark.parametrize(
    "expr",
    [
        "requests < 0.5 * requests offset 1d",
        "hour() > 17",
        "depth > 10 and depth < 5",
        "stddev_over_time(depth[5m]) > 3",
        'rate(http_total{code="500"}[5m]) / rate(http_total[5m]) > 3 and http_total > 1',
        "vector(1)",
    ],
)
def test_what_cannot_be_followed_gives_no_series(expr: str) -> None:
    assert firing(promql_parser.parse(expr)) is None


def test_a_part_is_never_larger_than_its_whole() -> None:
    impossible = rule('sum(rate(http_total{code="500"}[5m])) / sum(rate(http_total[5m])) > 10')

    assert should_fire(impossible, "") is None
    assert healthy(impossible.ast) is not None


def test_a_window_of_a_week_is_not_played() -> None:
    assert should_fire(rule("increase(jobs_failed_total[7d]) > 3"), "") is None


def _suspicion(of: Rule, proof: Proof) -> Suspicion:
    return Suspicion(check="proof", rule=of, message="", severity=Severity.HINT, proof=proof)
