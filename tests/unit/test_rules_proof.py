"""The CI profile is production with every duration divided by one factor, and the proof of that sees anything else."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.ground.alertprofile import FACTORS
from harness.rules.proof import deviations, expression_deviations
from harness.rules.scale import Kind, scale

REFERENCE = Path(__file__).parents[2] / "clusters" / "reference" / "rules"
CI = FACTORS["ci"]
FILES: list[tuple[Kind, str]] = [
    ("rules", "sre-001.yaml"), ("prometheus", "prometheus.yaml"), ("alertmanager", "alertmanager.yaml"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "file"), FILES)
def test_ci_differs_in_durations_alone_all_by_the_one_factor(kind: Kind, file: str) -> None:
    production = (REFERENCE / file).read_text()
    scaled = scale(production, kind, CI)
    assert deviations(production, scaled, CI) == []
    assert deviations(production, production, CI), "nothing was scaled"
    assert deviations(production, scaled, CI + 1), "the factor is not looked at"


@pytest.mark.parametrize(
    ("file", "before", "after", "named"),
    [
        ("sre-001.yaml", "> 0.10", "> 0.9", "groups[1].rules[0].expr"),
        ("sre-001.yaml", "severity: critical", "severity: page", "groups[1].rules[0].labels.severity"),
        ("sre-001.yaml", "sum(rate(build_failures_total[30s]))", "sum(rate(build_failures_total[60s]))", "0:05:00"),
        ("sre-001.yaml", "sum(rate(build_failures_total", "max(rate(build_failures_total", "groups[0].rules[0].expr"),
        ("sre-001.yaml", "condition=\"true\"", "condition=\"[30s]\"", "groups[1].rules[3].expr"),
        ("sre-001.yaml", "summary: More than 10 %", "summary: More than 20 %", "annotations.summary"),
        ("prometheus.yaml", "evaluation_interval: 1s", "evaluation_interval: 2s", "global.evaluation_interval"),
        ("prometheus.yaml", "honor_labels: true", "honor_labels: false", "scrape_configs[3].honor_labels"),
        ("alertmanager.yaml", "group_wait: 1s", "group_wait: 10s", "route.group_wait"),
        ("alertmanager.yaml", "receiver: slack", "receiver: nobody", "route.receiver"),
        ("alertmanager.yaml", "- alertname\n  - severity", "- alertname", "route.group_by"),
    ],
)  # fmt: skip
def test_anything_else_that_differs_is_named(file: str, before: str, after: str, named: str) -> None:
    kind = next(kind for kind, name in FILES if name == file)
    production = (REFERENCE / file).read_text()
    scaled = scale(production, kind, CI)
    assert before in scaled, scaled
    found = deviations(production, scaled.replace(before, after, 1), CI)
    assert len(found) == 1, found
    assert named in found[0]


def test_a_rule_that_is_left_out_is_named() -> None:
    production = (REFERENCE / "sre-001.yaml").read_text()
    assert any("entries became" in line for line in deviations(production, "groups: []", CI))


def test_a_field_that_is_added_is_named() -> None:
    assert deviations("alert: A", "{alert: A, for: 1m}", CI) == ["for: only in what was scaled"]


@pytest.mark.parametrize(
    ("production", "scaled"),
    [
        ("max_over_time(rate(x[5m])[1h:10s] offset -10m)", "max_over_time(rate(x[30s])[6m:1s] offset -1m)"),
        ("rate(x[5m])  >  0.10", "rate(x[30s]) > 0.1"),
        ('rate(x{b=~"1|2", a="]", c!="3"}[5m])', 'rate(x{a="]", b=~"1|2", c!="3"}[30s])'),
        ('rate(x{path="[5m] offset 5m"}[5m])', 'rate(x{path="[5m] offset 5m"}[30s])'),
    ],
)
def test_every_duration_of_an_expression_is_looked_at(production: str, scaled: str) -> None:
    assert expression_deviations(production, scaled, 10) == []
    assert expression_deviations(production, production, 10)


@pytest.mark.parametrize(
    ("production", "scaled"),
    [
        ("max_over_time(rate(x[5m])[1h:10s])", "max_over_time(rate(x[30s])[6m:2s])"),
        ("x offset 10m", "x offset -1m"),
        ("x offset 10m", "x"),
        ('x{path="5m"}', 'x{path="30s"}'),
        ('x{a="1", b="2"}', 'x{a="2", b="1"}'),
        ('x{a="1"} / x{a="2"}', 'x{a="2"} / x{a="1"}'),
        ("rate(x[5m])", "irate(x[30s])"),
        ("sum by (a) (rate(x[5m]))", "sum by (b) (rate(x[30s]))"),
    ],
)
def test_what_is_no_scaling_is_seen(production: str, scaled: str) -> None:
    assert expression_deviations(production, scaled, 10)
