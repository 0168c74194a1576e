"""What the alert rules saw, read from Prometheus when a scenario is over."""

from __future__ import annotations

from collections.abc import Sequence

from harness.clients.prometheus import Prometheus
from harness.facts.rule_inputs import RuleInputs, as_inputs
from harness.rules.inputs import input_selectors, longest_window_s
from harness.rules.timing import AlertTiming

_MARGIN_SCRAPES = 10
"""So much more than the widest window is read, that the first evaluation of a scenario has all it had then."""


def read_rule_inputs(
    prometheus: Prometheus, seconds: float, *, rules: str, timings: Sequence[AlertTiming], factor: int
) -> RuleInputs:
    """The series behind `rules` of the last `seconds` and of as long before as the rules look back.

    `timings`: of every alert in `rules`; `factor`: by what all durations are divided. Raises TargetError.
    """
    scrape_s = max(timing.scrape_s for timing in timings)
    until = prometheus.time().earliest
    reach_s = longest_window_s(rules) + max(timing.held_s for timing in timings) + _MARGIN_SCRAPES * scrape_s
    raw = [found for name in input_selectors(rules) for found in prometheus.raw(name, seconds + reach_s)]
    return RuleInputs(
        rules=rules,
        factor=factor,
        scrape_s=scrape_s,
        evaluation_s=max(timing.evaluation_s for timing in timings),
        began=until - seconds,
        until=until,
        series=as_inputs([(series.labels, series.samples) for series in raw], scrape_s),
    )
