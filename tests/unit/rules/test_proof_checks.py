"""Rules as they were before a mend and after it: only the first are shown by the engine to do the wrong thing."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
import yaml

from harness.rules.lint.checks import all_checks
from harness.rules.lint.model import Context, Rule, Severity
from harness.rules.lint.proof import available, prove
from harness.rules.lint.run import suspected, told
from tests.unit.rules.checking import rule, rules_of, suspicions

pytestmark = pytest.mark.skipif(not available(), reason="no promtool on PATH, and none can be had from Debian")

_CHECKS = (
    "never-fires",
    "always-fires",
    "never-stays-pending",
    "many-to-many",
    "misses-first-burst",
    "never-resolves",
)

_SHOWN = [
    ("never-fires", "up > 1", "up < 1"),
    ("never-fires", "sum by (job) (abs(drift_seconds)) < 0", "sum by (job) (abs(drift_seconds)) > 0"),
    ("never-fires", 'absent(up{job="api"}) == 0', 'absent(up{job="api"}) == 1'),
    ("never-fires", "errors / errors > 5", "errors / requests > 5"),
    ("never-fires", "sum(up == bool 0) < 0", "sum(up == bool 0) > 0"),
    ("always-fires", "up >= 0", "up == 0"),
    ("always-fires", "sum(errors) / sum(errors) > 0.5", "sum(errors) / sum(requests) > 0.5"),
]


@pytest.mark.parametrize(("check", "before", "after"), _SHOWN)
@pytest.mark.parametrize("for_s", [0.0, 600.0])
def test_the_engine_shows_what_was_wrong_before_and_finds_nothing_after(
    check: str, before: str, after: str, for_s: float
) -> None:
    assert _proven(check, rule(before, for_s=for_s)) == [True]
    assert suspicions(check, rule(after, for_s=for_s)) == []


@pytest.mark.parametrize(
    "expr",
    [
        "queue_depth > 100",
        'sum by (job) (rate(failed_total[5m])) / sum by (job) (rate(jobs_total{kind!=""}[5m])) > 0.1',
    ],
)
def test_a_label_that_shows_the_value_keeps_an_alert_from_ever_firing(expr: str) -> None:
    before = rule(expr, for_s=300.0, labels={"severity": "page", "now": "{{ $value }}"})

    assert _proven("never-stays-pending", before) == [True]
    after = msgspec.structs.replace(before, labels={"severity": "page"}, annotations={"now": "{{ $value }}"})
    assert suspicions("never-stays-pending", after) == []


def test_a_label_of_few_values_is_no_error() -> None:
    graded = rule(
        "queue_depth > 100", for_s=300.0, labels={"severity": "{{ if gt $value 1000.0 }}page{{ else }}ticket{{ end }}"}
    )

    assert _proven("never-stays-pending", graded) == [False]
    assert suspicions("never-stays-pending", graded)[0].unproven is Severity.HINT


def test_a_label_with_the_value_of_a_state_is_not_suspected() -> None:
    assert suspicions("never-stays-pending", rule("up == 0", for_s=300.0, labels={"now": "{{ $value }}"})) == []


@pytest.mark.parametrize(
    ("check", "before", "after"),
    [
        (
            "misses-first-burst",
            'increase(jobs_total{outcome="failed"}[5m]) > 0',
            "increase(jobs_failed_total[5m]) > 0",
        ),
        ("misses-first-burst", 'rate(http_total{code="500"}[5m]) > 0', 'rate(http_total{code="500"}[5m]) > 5'),
        ("never-resolves", "increase(jobs_failed_total[7d]) > 0", "increase(jobs_failed_total[1h]) > 0"),
        ("never-resolves", "max_over_time(queue_depth[3d]) > 100", "max_over_time(queue_depth[10m]) > 100"),
    ],
)
def test_what_depends_on_the_program_is_a_hint(check: str, before: str, after: str) -> None:
    (hint,) = suspicions(check, rule(before))

    assert hint.severity is Severity.HINT
    assert hint.proof is None
    assert suspicions(check, rule(after)) == []


def test_an_alert_kept_for_days_is_a_hint() -> None:
    held = msgspec.structs.replace(rule("up == 0"), keep_firing_for_s=7 * 86400.0)

    assert [found.severity for found in suspicions("never-resolves", held)] == [Severity.HINT]


@pytest.mark.parametrize(
    "expr", ["vector(1)", "count(up == 0) > 0", "absent(up) == 1", "group(failed) == 1", "count by (job) (up) >= 1"]
)
def test_being_there_at_all_may_be_the_condition(expr: str) -> None:
    assert suspicions("always-fires", rule(expr, alert="Watchdog")) == []


def test_no_well_kept_rule_is_an_error() -> None:
    rules = rules_of((Path(__file__).parent / "sound.yaml").read_text())
    context = Context(rules=tuple(rules))
    told = [found for check in _CHECKS for each in rules for found in suspicions(check, each, context)]

    assert [found.rule.expr for found, shown in zip(told, prove(told, context), strict=True) if shown] == []
    assert [found.rule.expr for found in told if found.severity is not Severity.HINT] == []


def test_what_looks_like_a_defect_is_none() -> None:
    expressions = yaml.safe_load((Path(__file__).parent / "lookalikes.yaml").read_text())
    rules = [rule(expr, alert=f"A{number}", for_s=600.0) for number, expr in enumerate(expressions)]
    context = Context(rules=tuple(rules))
    suspected_of, crashes = suspected(rules, context, all_checks())
    found = [finding for finding, _ in told(suspected_of, prove(suspected_of, context))]

    assert crashes == []
    assert [each for each in found if each.severity is not Severity.HINT] == []


def _proven(check: str, of: Rule) -> list[bool | None]:
    return prove(suspicions(check, of), Context(rules=(of,)))
