"""What the rules saw: read from Prometheus, kept short, and read again without loss."""

from __future__ import annotations

import math

import pytest

from harness.clients.prometheus import Prometheus, Series
from harness.errors import UsageError
from harness.facts.clocks import Reading
from harness.facts.rule_inputs import InputSeries, as_inputs, values_of, written
from harness.observers.rule_inputs import read_rule_inputs
from harness.rules.inputs import input_selectors, longest_window_s
from harness.rules.timing import AlertTiming

RULES = """
groups:
- name: builds
  rules:
  - record: ratio
    expr: sum(rate(failures_total{job="a"}[30s])) / sum(rate(builds_total[1m]))
  - alert: High
    expr: ratio > 0.1 and on() ALERTS{alertname="Other"}
  - alert: Gone
    expr: absent({job="b", zone=~"x.+"} offset 5m)
"""
TIMING = AlertTiming(
    window_s=60, for_s=3, scrape_s=1, evaluation_s=1, group_wait_s=1, group_interval_s=1, repeat_interval_s=60
)


class Asked(Prometheus):
    """A Prometheus that has one counter, and remembers what it was asked."""

    def __init__(self) -> None:
        super().__init__("http://prometheus.example")
        self.asked: list[tuple[str, float]] = []

    def time(self) -> Reading:
        return Reading(2000.0, 2000.001)

    def raw(self, selector: str, seconds: float) -> list[Series]:
        self.asked.append((selector, seconds))
        if selector != "failures_total":
            return []
        labels = (("__name__", "failures_total"), ("job", "z"))
        return [Series(labels=labels, samples=tuple((1900.4 + second, 7.0) for second in range(100)))]


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ([1.0], "1"),
        ([0.0, 0.0, 0.0, 2.5], "0x2 2.5"),
        ([1.0, None, 1.0, None, None, None], "1 _ 1 _x3"),
        ([math.inf, -math.inf, 1e300], "Inf -Inf 1e+300"),
    ],
)
def test_values_are_written_short_and_read_again(values: list[float | None], text: str) -> None:
    assert written(values) == text
    assert values_of(InputSeries({}, 0.0, text)) == values


def test_nan_is_kept() -> None:
    (again,) = values_of(InputSeries({}, 0.0, written([math.nan])))
    assert again is not None
    assert math.isnan(again)


def test_what_is_no_value_is_refused() -> None:
    with pytest.raises(UsageError, match="1xx"):
        values_of(InputSeries({}, 0.0, "1xx"))


def test_samples_stand_on_the_grid_of_their_scrapes() -> None:
    samples = [(10.002, 1.0), (11.0, 1.0), (13.003, 2.0), (14.0, 2.0)]
    (series,) = as_inputs([((("__name__", "up"),), samples), ((("__name__", "gone"),), [])], 1.0)
    assert (series.first, series.values) == (10.002, "1x1 _ 2x1")


def test_every_series_of_a_metric_is_an_input_but_for_what_the_rules_make_themselves() -> None:
    assert input_selectors(RULES) == ["builds_total", "failures_total", '{job="b",zone=~"x.+"}']
    assert longest_window_s(RULES) == 60


def test_they_are_read_from_before_the_scenario_on() -> None:
    prometheus = Asked()
    found = read_rule_inputs(prometheus, 80.0, rules=RULES, timings=[TIMING], factor=10)
    assert {asked for _, asked in prometheus.asked} == {80 + 60 + 3 + 10}
    assert (found.began, found.until, found.factor, found.scrape_s) == (1920.0, 2000.0, 10, 1)
    assert found.series == [InputSeries({"__name__": "failures_total", "job": "z"}, 1900.4, "7x99")]
