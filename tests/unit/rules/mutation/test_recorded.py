"""Promtool tests made of what a run saw: of a real run that is kept as a bundle, and of made-up facts."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
import yaml

from harness.facts.alert_history import AlertHistory, StateSeries
from harness.facts.history import Fact, History
from harness.facts.rule_inputs import InputSeries, RuleInputs
from harness.judging.judge import judge
from harness.judging.verdict import Verdict
from harness.rules.mutation.generate import mutants
from harness.rules.mutation.judge import Asked, ask, sound_record
from harness.rules.mutation.recorded import Kept, kept_of, recorded_test
from harness.rules.mutation.run import read_run
from harness.rules.mutation.source import changed, read_source, source_of
from harness.rules.promtool import promtool
from tests.unit.rules.mutation.writing import needs_promtool

ROOT = Path(__file__).parents[4]
BUNDLE = ROOT / "tests" / "bundles" / "pass-s3-access-denied"
PRODUCTION = """
groups:
- name: builds
  rules:
  - alert: A
    expr: x > 10
    for: 20s
    labels: {severity: page}
    annotations: {summary: much, value: 'it is {{ $value }}'}
"""
DEPLOYED = PRODUCTION.replace("20s", "2s")
LABELS = {"alertname": "A", "pod": "p", "severity": "page"}
KEY = tuple(sorted(LABELS.items()))


def kept(rules: str = DEPLOYED, first: float = 1000.4, values: str = "1x29 50x29 1x29") -> Kept:
    """A minute and a half at one scrape a second, evaluated at the full second: x is high from 1030.4 to 1059.4, so the
    alert fires from 1033 to 1060."""
    firing = [float(second) for second in range(1033, 1061)]
    return Kept(
        scenario="much",
        inputs=RuleInputs(
            rules=rules,
            factor=10,
            scrape_s=1.0,
            evaluation_s=1.0,
            began=1005.0,
            until=1089.0,
            series=[InputSeries({"__name__": "x", "pod": "p"}, first, values)],
        ),
        history=AlertHistory(
            states=[StateSeries("A", "firing", LABELS, firing)],
            active_since=[],
            kept=[(1000.0, 1090.0)],
            evaluation_s=1.0,
            error_s=2.0,
        ),
        annotations={KEY: {"summary": "much", "value": "it is 50"}},
    )


@needs_promtool
@pytest.mark.parametrize(
    ("name", "passed"),
    [
        ("threshold/doubled", True),
        ("threshold/zero", False),
        ("comparison/gt-to-lt", False),
        ("hold/removed", True),
        ("hold/doubled", True),
        ("severity/to-warning", False),
        ("annotation/summary-changed", False),
        ("annotation/value-changed", True),
        ("metric/renamed", False),
    ],
)
def test_a_run_kills_what_it_would_have_seen_and_no_more(name: str, passed: bool) -> None:
    """Two seconds more or less of waiting are within the error of its times, and 50 is above 20 as well."""
    program = promtool()
    assert program is not None
    source = source_of("rules.yaml", PRODUCTION)
    made, notes = recorded_test("run", kept(), source)
    record, wrong = sound_record(program, source, made)
    assert (notes, wrong, len(record.tests)) == ([], [], 1)
    (mutant,) = [each for each in mutants(source) if each.name == name]
    rule = changed(source.groups[0]["rules"][0], mutant.change)
    (answer,) = ask(program, [Asked(record, source.rules[0].place, rule)])
    assert answer is not None
    assert answer.passed is passed


@needs_promtool
def test_what_the_rules_do_not_do_again_is_left_out_and_told() -> None:
    program = promtool()
    assert program is not None
    source = source_of("rules.yaml", PRODUCTION)
    made, _ = recorded_test("run", kept(values="1x89"), source)
    record, notes = sound_record(program, source, made)
    assert record.tests == {}
    assert notes == ["run: much: A does not do again what it did then"]


def test_moments_are_as_far_from_changes_as_times_are_sure() -> None:
    made, _ = recorded_test("run", kept(), source_of("rules.yaml", PRODUCTION))
    (test,) = made.tests.values()
    looks = test["tests"][0]["promql_expr_test"]
    # The first evaluation before the first scrape is nought: 1000. Two seconds of error and one evaluation.
    quiet = [look["eval_time"] for look in looks if not look["exp_samples"]]
    firing = [look["eval_time"] for look in looks if look["exp_samples"]]
    assert (quiet[0], firing[0], firing[-1], quiet[-1]) == ("8s", "36s", "57s", "1m26s")


def test_another_rule_than_the_run_had_is_not_judged_by_it() -> None:
    made, notes = recorded_test("run", kept(DEPLOYED.replace("> 10", "> 11")), source_of("rules.yaml", PRODUCTION))
    assert made.tests == {}
    assert "A was another rule then" in notes[0]


@pytest.mark.parametrize(
    ("values", "others", "expected"),
    [
        ("1x9", "", "1x9"),
        ("1x4", "2x9", "1x4 stale _x4"),
        ("1x2 _x3 1x3", "2x9", "1x2 stale _x2 1x3"),
        ("1x2 _x3 1x3", "2x2 _x3 2x3", "1x2 _x3 1x3"),
    ],
)
def test_a_series_that_others_outlive_goes_stale(values: str, others: str, expected: str) -> None:
    """And one that is missing while nothing at all was scraped does not: Prometheus was away."""
    found = kept(values=values)
    more = [InputSeries({"__name__": "x", "pod": "q"}, 1000.4, others)] if others else []
    inputs = msgspec.structs.replace(found.inputs, series=[*found.inputs.series, *more])
    made, _ = recorded_test("run", msgspec.structs.replace(found, inputs=inputs), source_of("rules.yaml", PRODUCTION))
    (test,) = made.tests.values()
    # Scraped 0.4 s after the first evaluation: seen at the second one.
    assert test["tests"][0]["input_series"][0] == {"series": 'x{pod="p"}', "values": f"_ {expected}"}


def test_a_scenario_that_did_not_pass_shows_nothing_of_what_is_right() -> None:
    run = read_run(str(BUNDLE))
    (one,) = run.report.scenarios
    assert [each.scenario for each in kept_of(run.facts, run.report)] == [one.name]
    failed = msgspec.structs.replace(run.report, scenarios=[msgspec.structs.replace(one, verdict=Verdict.FAIL)])
    assert kept_of(run.facts, failed) == []


def test_a_run_without_what_its_rules_saw_has_no_test() -> None:
    facts = [fact for fact in read_run(str(BUNDLE)).facts if fact.kind != "rule-inputs"]
    renumbered: list[Fact] = [msgspec.structs.replace(fact, seq=seq) for seq, fact in enumerate(facts)]
    assert kept_of(History.over(renumbered), judge(renumbered, "run")) == []


@needs_promtool
def test_the_rules_do_again_what_they_did_in_a_real_run() -> None:
    program = promtool()
    assert program is not None
    source = read_source(str(ROOT / "clusters" / "reference" / "rules" / "sre-001.yaml"))
    run = read_run(str(BUNDLE))
    (scenario,) = kept_of(run.facts, run.report)
    made, notes = recorded_test(run.name, scenario, source)
    record, wrong = sound_record(program, source, made)
    assert (notes, wrong) == ([], [])
    assert len(record.tests) == len([each for each in source.rules if each.rule.alert])
    looks = yaml.safe_dump(list(record.tests.values()))
    assert "BuildFailureRateHigh" in looks
