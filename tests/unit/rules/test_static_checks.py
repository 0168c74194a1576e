"""What is found in rules as they were before a mend, and not after it; and on sound rules nothing beyond hints."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.rules.lint.checks import all_checks
from harness.rules.lint.model import Context, Rule, Severity
from tests.unit.rules.checking import rule, rules_of, suspicions

_SAME = [
    ("ready unless (ready)", "ready unless drained"),
    ("sum(a) - sum( a ) > 0", "sum(a) - sum(b) > 0"),
    ("queue != (queue)", "queue != queue offset 1h"),
]


@pytest.mark.parametrize(("before", "after"), _SAME)
def test_the_same_on_both_sides(before: str, after: str) -> None:
    assert [each.severity for each in suspicions("same-on-both-sides", rule(before))] == [Severity.WARNING]
    assert suspicions("same-on-both-sides", rule(after)) == []


# check, before, after: as annotations of one rule
_TEXTS = [
    (
        "template-labels",
        ("sum by (namespace) (x) > 1", "{{ $labels.pod }} is bad"),
        ("sum by (namespace, pod) (x) > 1", "{{ $labels.pod }} is bad"),
    ),
    (
        "template-labels",
        ("absent(up)", "{{ $labels.job }} is gone"),
        ('absent(up{job="a"})', "{{ $labels.job }} is gone"),
    ),
    (
        "template-labels",
        ("sum without (pod) (x) > 1", '{{ index $labels "pod" }}'),
        ("sum without (node) (x) > 1", '{{ index $labels "pod" }}'),
    ),
    (
        "template-labels",
        ("x / on (job) y > 1", "{{ $labels.pod }}"),
        ("x / on (job) group_left () y > 1", "{{ $labels.pod }}"),
    ),
    (
        "template-labels",
        ("sum(x) > 1", "{{ $labels.a }}"),
        ("sum(x) > 1", "{{ if $labels.a }}{{ $labels.a }}{{ end }}"),
    ),
    (
        "template-scale",
        ("100 * a / b > 10", "{{ $value | humanizePercentage }}"),
        ("a / b > 0.1", "{{ $value | humanizePercentage }}"),
    ),
    ("template-scale", ("a / b > 0.1", "{{ $value }}% is used"), ("100 * a / b > 10", "{{ $value }}% is used")),
    (
        "units",
        ("http_request_duration_seconds > 500", "slower than 500 ms"),
        ("http_request_duration_seconds > 0.5", "slower than 500 ms"),
    ),
    ("text-and-direction", ("free > 5", "free is below 5"), ("free < 5", "free is below 5")),
    ("text-and-direction", ("a / b > 0.1", "only 10% left (< 10%)"), ("a / b > 0.1", "there should be < 10%")),
    (
        "template-labels",
        ("sum(x) > 1", "{{ $labels.a }}"),
        ("sum(x) > 1", '{{ range query "y" }}{{ .Labels.a }}{{ end }}'),
    ),
    ("units", ("query_latency_ms > 0.5", ""), ("query_latency_ms > 500", "")),
    ("units", ("volume_free_bytes < 10", "less than 10 GB are free"), ("volume_free_bytes < 10e9", "less than 10 GB")),
    ("units", ("cert_expires - time() < 30", "in 30 days"), ("cert_expires - time() < 30 * 86400", "in 30 days")),
    ("units", ("time() - last_run_time_ms > 60", ""), ("time() - last_run_time_ms / 1000 > 60", "")),
]


@pytest.mark.parametrize(("check", "before", "after"), _TEXTS)
def test_texts_are_held_against_the_expression(check: str, before: tuple[str, str], after: tuple[str, str]) -> None:
    for (expr, text), found in ((before, True), (after, False)):
        told = suspicions(check, rule(expr, annotations={"summary": text}))
        assert [each.severity for each in told] == [Severity.WARNING] * found


_HINTS = [
    (
        "text-and-direction",
        rule("free > 5", annotations={"summary": "free is below the limit"}),
        rule("free < 5", annotations={"summary": "free is below the limit"}),
    ),
    (
        "text-and-direction",
        rule("used < 5", annotations={"summary": "more than enough"}),
        rule("used > 5", annotations={"summary": "more than enough"}),
    ),
    ("for-and-window", rule("increase(x[5m]) > 0", for_s=300), rule("increase(x[5m]) > 0", for_s=60)),
    ("for-and-window", rule("changes(x[5m]) > 0", for_s=900), rule("rate(x[5m]) > 0", for_s=900)),
    ("counts-nothing", rule('sum(up{job="a"}) == 0'), rule('sum(up{job="a"}) == 0 or absent(up{job="a"})')),
    (
        "counts-nothing",
        rule('count(up{job="a"} == 1) < 3 and on () release == 1'),
        rule('count(up{job="a"} == 1) < 3 or absent(up{job="a"} == 1)'),
    ),
    ("counts-nothing", rule('absent(up{job=~"a|b"})'), rule('absent(up{job="a"}) or absent(up{job="b"})')),
    ("precedence", rule("a > 1 or b > 1 and c > 1"), rule("a > 1 or (b > 1 and c > 1)")),
    ("raw-counter", rule("odd_total > 5"), rule("odd_total == 0")),
    ("units", rule("free_bytes < 10"), rule("free_bytes < 1e10")),
    (
        "offset-twin",
        rule("push_errors_total - push_errors_total offset 5m > 3"),
        rule("increase(push_errors_total[5m]) > 3"),
    ),
    ("offset-twin", rule("a_requests_total offset 1h - a_requests_total > 3"), rule("queue - queue offset 5m > 3")),
    ("raw-counter", rule("a_failures_total / a_requests_total > 0.1"), rule("a_requests_total - a_failures_total > 5")),
    ("range-too-short", rule("rate(x[1m]) > 1"), rule("rate(x[2m]) > 1")),
]


@pytest.mark.parametrize(("check", "before", "after"), _HINTS)
def test_what_may_be_meant_is_a_hint(check: str, before: Rule, after: Rule) -> None:
    assert [each.severity for each in suspicions(check, before)] == [Severity.HINT]
    assert suspicions(check, after) == []


def test_a_short_range_is_a_warning_where_the_scrape_interval_is_known() -> None:
    short = rule("rate(x[30s]) > 1")
    [found] = suspicions("range-too-short", short, Context(rules=(short,), scrape_interval_s=30))
    assert found.severity is Severity.WARNING
    assert suspicions("range-too-short", short, Context(rules=(short,), scrape_interval_s=15)) == []


_SCRAPED = {"jobs_failed_total": "counter", "jobs_waiting": "gauge", "build_seconds_bucket": "histogram"}
_LABELS = {
    "jobs_failed_total": {"queue": frozenset({"builds", "tests"}), "job": frozenset({"worker"})},
    "jobs_waiting": {"pool": frozenset({"a"})},
}


@pytest.mark.parametrize(
    ("expr", "mend"),
    [
        ("rate(job_failed_total[5m]) > 1", "jobs_failed_total is there: was that meant?"),
        ("nothing_like_it > 1", ""),
        ("jobs_failed_total / nothing_like_it > 1", ""),
    ],
)
def test_a_metric_that_nobody_exports(expr: str, mend: str) -> None:
    wrong = rule(expr)
    [found] = suspicions("unknown-metric", wrong, Context(rules=(wrong,), metrics=_SCRAPED))
    assert (found.severity, found.mend) == (Severity.WARNING, mend)


@pytest.mark.parametrize(
    "expr",
    ["jobs_waiting > 1", "absent(gone)", "up == 0", "queue:waiting:sum > 1", "rate(build_seconds_bucket[5m]) > 1"],
)
def test_metrics_that_are_scraped_recorded_or_looked_for_in_vain(expr: str) -> None:
    sound = rule(expr)
    recorded = rule("sum by (queue) (jobs_waiting)", record="queue:waiting:sum")
    assert suspicions("unknown-metric", sound, Context(rules=(sound, recorded), metrics=_SCRAPED)) == []
    assert suspicions("unknown-metric", sound) == [], "without a list of what is scraped nothing is unknown"


@pytest.mark.parametrize(
    ("before", "after", "severity"),
    [
        ('jobs_failed_total{queue="build"} > 1', 'jobs_failed_total{queue="builds"} > 1', Severity.WARNING),
        ('jobs_failed_total{queues="builds"} > 1', 'jobs_failed_total{queue!="builds"} > 1', Severity.WARNING),
        ('jobs_failed_total{pool="a"} > 1', 'jobs_waiting{pool="a"} > 1', Severity.WARNING),
        ('jobs_failed_total{job="other"} > 1', 'jobs_failed_total{job=~"work.*"} > 1', Severity.WARNING),
        ('jobs_failed_total{queue=~"5.."} > 1', 'jobs_failed_total{queue!~"5.."} > 1', Severity.HINT),
    ],
)
def test_labels_and_values_that_are_not_scraped(before: str, after: str, severity: Severity) -> None:
    wrong, sound = rule(before), rule(after)
    context = Context(rules=(wrong, sound), metrics=_SCRAPED, label_values=_LABELS)
    assert [each.severity for each in suspicions("unknown-label", wrong, context)] == [severity]
    assert suspicions("unknown-label", sound, context) == []
    assert suspicions("unknown-label", wrong) == [], "without labels that were scraped nothing is unknown"


def test_a_target_label_is_no_error_where_only_pages_were_saved() -> None:
    unclear = rule('jobs_waiting{cluster="x"} > 1')
    pages = Context(rules=(unclear,), metrics=_SCRAPED, label_values=_LABELS)
    assert suspicions("unknown-label", unclear, pages) == []
    live = Context(rules=(unclear,), metrics=_SCRAPED, label_values=_LABELS, target_labels_known=True)
    assert len(suspicions("unknown-label", unclear, live)) == 1


@pytest.mark.parametrize("check", ["raw-counter", "wrong-function"])
def test_a_declared_type_goes_before_the_name(check: str) -> None:
    by_name = rule("login_failures_total > 10" if check == "raw-counter" else "rate(cache_ratio[5m]) > 1")
    types = {"login_failures_total": "gauge", "cache_ratio": "counter"}
    assert len(suspicions(check, by_name)) == 1
    assert suspicions(check, by_name, Context(rules=(by_name,), metrics=types)) == []


def test_a_function_of_gauges_on_a_declared_counter_is_a_warning() -> None:
    wrong = rule("delta(odd_total[5m]) > 3")
    declared = Context(rules=(wrong,), metrics={"odd_total": "counter"})
    assert [each.severity for each in suspicions("wrong-function", wrong, declared)] == [Severity.WARNING]
    assert [each.severity for each in suspicions("wrong-function", wrong)] == [Severity.HINT]


def test_a_critical_limit_that_comes_before_the_warning() -> None:
    def pair(warning: str, critical: str) -> tuple[Rule, Rule]:
        return (
            rule(warning, alert="Soon", line=1, labels={"severity": "warning"}),
            rule(critical, alert="Now", line=9, labels={"severity": "critical"}),
        )

    for wrong in (pair("queue > 100", "queue > 50"), pair("free < 5", "free < 10")):
        [found] = suspicions("conflicting-limits", wrong[1], Context(rules=wrong))
        assert "Soon" in found.message
        assert suspicions("conflicting-limits", wrong[0], Context(rules=wrong)) == []
    for sound in (pair("queue > 50", "queue > 100"), pair("free < 10", "free < 5"), pair("queue > 9", "other > 5")):
        assert suspicions("conflicting-limits", sound[1], Context(rules=sound)) == []


def test_an_alert_that_is_there_twice() -> None:
    first, same, other = rule("x > 1", line=1), rule("x  >  1", line=5), rule("y > 1", line=9)
    rules = Context(rules=(first, same, other))
    assert suspicions("duplicate-alert", first, rules) == []
    assert [each.severity for each in suspicions("duplicate-alert", same, rules)] == [Severity.WARNING]
    assert [each.severity for each in suspicions("duplicate-alert", other, rules)] == [Severity.HINT]
    apart = rule("x > 1", line=5, labels={"severity": "critical"})
    assert suspicions("duplicate-alert", apart, Context(rules=(first, apart))) == []


def test_texts_that_are_missing_are_hints_by_configurable_names() -> None:
    bare = rule("x > 1")
    assert [each.message.split(":")[0] for each in suspicions("missing-texts", bare)] == [
        "no severity",
        "no summary",
        "no runbook",
    ]
    other = rule("x > 1", labels={"level": "page"}, annotations={"text": "x"})
    names = Context(rules=(other,), severity_labels=("level",), summary_annotations=("text",), runbook_annotations=())
    assert suspicions("missing-texts", other, names) == []


def test_sound_rules_raise_nothing_above_a_hint() -> None:
    rules = rules_of(Path(__file__).with_name("sound.yaml").read_text())
    assert len(rules) >= 60
    context = Context(rules=tuple(rules))
    told = [
        f"{each.check}: {each.rule.name}: {each.message}"
        for check in all_checks().values()
        for one in rules
        for each in check.check(one, context)
        if each.severity is not Severity.HINT and not (each.proof and each.unproven is None)
    ]
    assert told == []
