"""Each operator: a test that kills what it breaks, and a weak one that does not notice."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from harness.rules.mutation.operators import all_operators
from tests.unit.rules.mutation.writing import Looks, fires, needs_promtool, passes, quiet

pytestmark = needs_promtool

GAUGE = "- {alert: A, expr: x > 10}"
COUNTER = "- {alert: A, expr: 'rate(c_total[10m]) * 60 > 5'}"
HELD = "- {alert: A, expr: x > 10, for: 4m}"
SUM = "- {alert: A, expr: 'sum by (pod) (x) > 10'}"
MATCHED = "- {alert: A, expr: 'x{job=\"a\"} > 10'}"
BOTH = "- {alert: A, expr: x > 10 and y > 0}"
RATIO = "- {alert: A, expr: x / y > 0.5}"
BUCKETS = "- {alert: A, expr: 'histogram_quantile(0.95, rate(h_bucket[10m])) > 8'}"
LABELLED = "- {alert: A, expr: x > 10, labels: {severity: page, team: builds}, annotations: {summary: much}}"

HIGH, LOW = {"x": "50x20"}, {"x": "1x20"}
FIRES, QUIET = [fires("5m", {})], [quiet("5m")]
TOLD = [fires("5m", {"severity": "page", "team": "builds"}, {"summary": "much"})]
OF_A, OF_B, OF_POD = {'x{job="a"}': "50x20"}, {'x{job="b"}': "50x20"}, {'x{pod="p"}': "50x20"}
TWICE = {'x{pod="p",i="1"}': "6x20", 'x{pod="p",i="2"}': "6x20"}
MOSTLY_FAST = {'h_bucket{le="4"}': "0+9x60", 'h_bucket{le="16"}': "0+10x60", 'h_bucket{le="+Inf"}': "0+10x60"}
FAST = {'h_bucket{le="4"}': "0+10x60", 'h_bucket{le="+Inf"}': "0+10x60"}


class Case(msgspec.Struct, frozen=True):
    """A mutant, the rule it is made of, and two tests that the rule passes: one that kills the mutant, a weak one."""

    mutant: str
    rule: str
    series: dict[str, str]
    looks: Looks
    weak_series: dict[str, str]
    weak_looks: Looks


CASES = [
    Case("threshold/doubled", GAUGE, {"x": "15x20"}, FIRES, HIGH, FIRES),
    Case("threshold/one-more", GAUGE, {"x": "11x20"}, FIRES, HIGH, FIRES),
    Case("threshold/zero", GAUGE, LOW, QUIET, HIGH, FIRES),
    Case("comparison/gt-to-ge", GAUGE, {"x": "10x20"}, QUIET, HIGH, FIRES),
    Case("comparison/gt-to-lt", GAUGE, HIGH, FIRES, {"x": "10x20"}, QUIET),
    Case("comparison/removed", GAUGE, LOW, QUIET, HIGH, FIRES),
    Case("window/doubled", COUNTER, {"c_total": "0x10 10+10x30"}, [fires("17m", {})],
         {"c_total": "0+10x60"}, [fires("40m", {})]),
    Case("hold/added", GAUGE, HIGH, [fires("1m", {})], HIGH, [fires("15m", {})]),
    Case("hold/removed", HELD, HIGH, [quiet("2m")], HIGH, [fires("15m", {})]),
    Case("hold/doubled", HELD, HIGH, FIRES, HIGH, [fires("15m", {})]),
    Case("matcher/job-dropped", MATCHED, OF_B, QUIET, OF_A, [fires("5m", {"job": "a"})]),
    Case("matcher/job-changed", MATCHED, OF_A, [fires("5m", {"job": "a"})], OF_B, QUIET),
    Case("matcher/job-turned", MATCHED, OF_B, QUIET, {'x{job="b"}': "1x20"}, QUIET),
    Case("metric/renamed", GAUGE, HIGH, FIRES, LOW, QUIET),
    Case("aggregation/sum-to-max", SUM, TWICE, [fires("5m", {"pod": "p"})], OF_POD, [fires("5m", {"pod": "p"})]),
    Case("aggregation/by-dropped", SUM, OF_POD, [fires("5m", {"pod": "p"})], {'x{pod="p"}': "1x20"}, QUIET),
    Case("function/rate-to-increase", COUNTER, {"c_total": "0+1x60"}, [quiet("40m")],
         {"c_total": "0+10x60"}, [fires("40m", {})]),
    Case("quantile/median", BUCKETS, MOSTLY_FAST, [fires("40m", {})], FAST, [quiet("40m")]),
    Case("arithmetic/divided-to-times", RATIO, {"x": "1x20", "y": "10x20"}, QUIET, {"x": "9x20", "y": "10x20"}, FIRES),
    Case("set-operator/and-to-or", BOTH, {"x": "50x20", "y": "0x20"}, QUIET, {"x": "50x20", "y": "1x20"}, FIRES),
    Case("severity/to-warning", LABELLED, HIGH, TOLD, LOW, QUIET),
    Case("severity/removed", LABELLED, HIGH, TOLD, LOW, QUIET),
    Case("label/team-removed", LABELLED, HIGH, TOLD, LOW, QUIET),
    Case("annotation/summary-changed", LABELLED, HIGH, TOLD, LOW, QUIET),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=[case.mutant for case in CASES])
def test_a_test_that_looks_kills_it_and_a_weak_one_does_not(tmp_path: Path, case: Case) -> None:
    assert passes(tmp_path, case.rule, case.mutant, case.series, case.looks) == (True, False)
    assert passes(tmp_path, case.rule, case.mutant, case.weak_series, case.weak_looks) == (True, True)


def test_every_operator_has_a_case() -> None:
    assert {case.mutant.partition("/")[0] for case in CASES} == set(all_operators())
