"""Promtool tests made of a saved run: what a scenario's rules were given, and what they made of it.

The series come from the fact `rule-inputs`, the states of alerts from `alert-history`, both Prometheus' own. A test
looks at an alert at several moments of each of its states, and as near to a change as the times are sure.

promtool scrapes and evaluates at whole multiples from nought on, so a sample stands at the evaluation that saw it
first. Alerts are looked at as the series ALERTS, so that labels are exact. Annotations that tell the value are left
out: it is another one at each evaluation.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Container, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

import msgspec
import yaml

from harness.facts.alert_history import AlertHistory
from harness.facts.history import Fact, History
from harness.facts.rule_inputs import InputSeries, RuleInputs, values_of, written
from harness.judging.judged import RunReport
from harness.judging.verdict import Verdict
from harness.rules.durations import duration
from harness.rules.lint.expression import uses
from harness.rules.lint.model import Rule
from harness.rules.mutation.killers import RecordedTest
from harness.rules.mutation.model import Place
from harness.rules.mutation.source import Source
from harness.rules.proof import deviations

_VARIES = re.compile(r"\$value|\.Value|\bquery\b|\bwith\b")
_LOOKS = 5

Labels = tuple[tuple[str, str], ...]


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """What a run kept of one scenario. `annotations`: of each alert and label set that fired."""

    scenario: str
    inputs: RuleInputs
    history: AlertHistory
    annotations: Mapping[Labels, Mapping[str, str]]


class Steps(msgspec.Struct, frozen=True):
    """Instants as whole numbers: `origin` is an evaluation, seconds since the epoch, and step `step_s` long."""

    origin: float
    step_s: float

    def at_or_after(self, at: float) -> int:
        return math.ceil((at - self.origin) / self.step_s - 1e-3)

    def nearest(self, at: float) -> int:
        return round((at - self.origin) / self.step_s)


def scenarios(facts: History) -> list[History]:
    """The facts of each scenario: from its start to that of the next one."""
    starts = [fact.seq for fact in facts.of("scenario") if fact.data["event"] == "started"]
    return [facts[start:stop] for start, stop in pairwise([*starts, len(facts)])]


def kept_of(facts: History, report: RunReport) -> list[Kept]:
    """Of the scenarios that passed and have what their rules saw; the others show nothing of what is right."""
    found = []
    for own, judged in zip(scenarios(facts), report.scenarios, strict=True):
        inputs, history = own.last("rule-inputs"), own.last("alert-history")
        if judged.verdict is Verdict.PASS and inputs is not None and history is not None:
            found.append(
                Kept(
                    scenario=judged.name,
                    inputs=msgspec.convert(inputs.data, RuleInputs),
                    history=msgspec.convert(history.data, AlertHistory),
                    annotations=dict(map(_annotated, (f for f in own.of("alert") if f.data["state"] == "firing"))),
                )
            )
    return found


def recorded_test(run: str, kept: Kept, source: Source) -> tuple[RecordedTest, list[str]]:
    """The test of a scenario for the alerts of a file, and why it has none for some of them."""
    deployed = yaml.safe_load(kept.inputs.rules)
    tests: dict[Place, Mapping[str, Any]] = {}
    varying: dict[Place, frozenset[str]] = {}
    notes = []
    for each in source.rules:
        if not each.rule.alert:
            continue
        own = source.groups[each.place.group]["rules"][each.place.rule]
        same = [r for g in deployed["groups"] for r in g["rules"] if r.get("alert") == each.rule.alert]
        if len(same) != 1:
            notes.append(
                f"{run}: {len(same)} alerts called {each.rule.alert} were deployed, it is not judged by this run"
            )
        elif other := deviations(yaml.safe_dump(own), yaml.safe_dump(same[0]), kept.inputs.factor):
            notes.append(f"{run}: {each.rule.alert} was another rule then ({other[0]}), it is not judged by this run")
        else:
            varying[each.place] = frozenset(
                name for name, text in each.rule.annotations.items() if _VARIES.search(text)
            )
            test = alert_test(kept, each.rule, varying[each.place])
            if test is not None:
                tests[each.place] = test
    recording = [
        {**group, "rules": [rule for rule in group["rules"] if "record" in rule]} for group in deployed["groups"]
    ]
    return (
        RecordedTest(
            name=f"{run}: {kept.scenario}",
            tests=tests,
            varying=varying,
            recording=recording,
            factor=kept.inputs.factor,
        ),
        notes,
    )


def alert_test(kept: Kept, rule: Rule, varying: Container[str]) -> dict[str, Any] | None:
    """What promtool is to see of an alert, without `rule_files` and without its annotations called `varying`; None
    when no moment is sure."""
    inputs, history, alert = kept.inputs, kept.history, rule.alert
    steps = Steps(_origin(kept), inputs.evaluation_s)
    firing = _firing(history, alert, steps)
    moments = list(_moments(firing, steps, history, inputs))
    if not moments:
        return None
    state = f'ALERTS{{alertname="{alert}",alertstate="firing"}}'
    looks = [
        {
            "expr": state,
            "eval_time": duration(round(step * steps.step_s * 1000)),
            "exp_samples": [{"labels": _alerts_series(labels), "value": 1} for labels in firing.get(step, ())],
        }
        for step in moments
    ]
    annotated = [
        {
            "eval_time": duration(round(step * steps.step_s * 1000)),
            "alertname": alert,
            "exp_alerts": [_expected(labels, kept.annotations[labels], varying) for labels in firing[step]],
        }
        for step in moments
        if firing.get(step) and all(labels in kept.annotations for labels in firing[step])
    ]
    return {
        "evaluation_interval": _span(inputs.evaluation_s),
        "tests": [
            {
                "interval": _span(inputs.scrape_s),
                "input_series": list(_series(inputs, steps.origin, _metrics(rule, inputs.rules))),
                "promql_expr_test": looks,
                "alert_rule_test": annotated,
            }
        ],
    }


def _origin(kept: Kept) -> float:
    """An evaluation before everything that was scraped; where none is known, the first scrape."""
    first = min((series.first for series in kept.inputs.series), default=kept.inputs.began)
    evaluated = min((at for series in kept.history.states for at in series.at), default=first)
    return evaluated - max(0, math.ceil((evaluated - first) / kept.inputs.evaluation_s)) * kept.inputs.evaluation_s


def _firing(history: AlertHistory, alert: str, steps: Steps) -> dict[int, list[Labels]]:
    """The label sets that fire, by step."""
    found: dict[int, list[Labels]] = {}
    for series in history.states:
        if (series.alert, series.state) == (alert, "firing"):
            for at in series.at:
                found.setdefault(steps.nearest(at), []).append(_key(series.labels))
    return {step: sorted(set(labels)) for step, labels in found.items()}


def _moments(
    firing: Mapping[int, Sequence[Labels]], steps: Steps, history: AlertHistory, inputs: RuleInputs
) -> Iterator[int]:
    """Steps at which nothing has changed, nor will, for as long as times may be off, and one evaluation more."""
    sure = math.ceil(history.error_s / steps.step_s) + 1
    first, last = steps.at_or_after(inputs.began), steps.nearest(inputs.until)
    changes = [step for step in range(first + 1, last + 1) if firing.get(step, []) != firing.get(step - 1, [])]
    for begun, ended in pairwise([first, *changes, last + 1]):
        earliest, latest = begun + sure, ended - 1 - sure
        looks = {earliest + round((latest - earliest) * share / (_LOOKS - 1)) for share in range(_LOOKS)}
        for step in sorted(looks) if latest >= earliest else ():
            if history.has(steps.origin + step * steps.step_s):
                yield step


def _metrics(rule: Rule, rules: str) -> frozenset[str] | None:
    """What the rule reads itself; None, for everything, when it reads what other rules record, or has no metric."""
    used = {use.metric for use in uses(rule.ast)}
    recorded = {other.get("record") for group in yaml.safe_load(rules)["groups"] for other in group["rules"]}
    return None if "" in used or used & recorded else frozenset(used)


def _series(inputs: RuleInputs, origin: float, metrics: frozenset[str] | None) -> Iterator[dict[str, str]]:
    """Those of these metrics, on promtool's grid.

    A series that others outlive ends with a stale marker, as Prometheus' own does; where no series has anything,
    Prometheus was away and marked nothing.
    """
    steps = Steps(origin, inputs.scrape_s)
    placed = [(series, steps.at_or_after(series.first), values_of(series)) for series in inputs.series]
    seen = {start + n for _, start, values in placed for n, value in enumerate(values) if value is not None}
    for series, start, values in placed:
        if metrics is not None and series.labels.get("__name__") not in metrics:
            continue
        row = [None] * start + values
        row += [None] * (max(seen) + 1 - len(row))
        yield {"series": _series_name(series), "values": " ".join(_with_ends(row, seen))}


def _with_ends(row: Sequence[float | None], seen: set[int]) -> Iterator[str]:
    begun = 0
    for step, (before, value) in enumerate(pairwise(row), start=1):
        if before is not None and value is None and step in seen:
            yield from (written(row[begun:step]), "stale")
            begun = step + 1
    if begun < len(row):
        yield written(row[begun:])


def _series_name(series: InputSeries) -> str:
    labels = dict(series.labels)
    return labels.pop("__name__", "") + _braces(labels)


def _alerts_series(labels: Labels) -> str:
    return "ALERTS" + _braces({**dict(labels), "alertstate": "firing"})


def _braces(labels: Mapping[str, str]) -> str:
    return "{" + ",".join(f"{name}={json.dumps(value, ensure_ascii=False)}" for name, value in labels.items()) + "}"


def _expected(labels: Labels, annotations: Mapping[str, str], varying: Container[str]) -> dict[str, Any]:
    return {
        "exp_labels": {name: value for name, value in labels if name != "alertname"},
        "exp_annotations": {name: text for name, text in annotations.items() if name not in varying},
    }


def _annotated(fact: Fact) -> tuple[Labels, Mapping[str, str]]:
    return _key({**fact.data["labels"], "alertname": fact.subject}), fact.data.get("annotations", {})


def _key(labels: Mapping[str, str]) -> Labels:
    return tuple(sorted(labels.items()))


def _span(seconds: float) -> str:
    return duration(round(seconds * 1000))
