"""Scaling touches durations alone, all of them, by the one factor."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import promql_parser
import pytest
import yaml

from harness.errors import UsageError
from harness.rules.durations import duration, milliseconds
from harness.rules.scale import Kind, scale, scale_expression
from harness.rules.timing import alert_names, alert_timing

REFERENCE = Path(__file__).parents[2] / "clusters" / "reference" / "rules"
FACTOR = 10
DURATION_FIELDS = {
    "for", "keep_firing_for", "interval", "scrape_interval", "scrape_timeout", "evaluation_interval",
    "group_wait", "group_interval", "repeat_interval", "resolve_timeout",
}  # fmt: skip


@pytest.mark.parametrize(
    ("text", "total"), [("5m", 300_000), ("1h30m", 5_400_000), ("250ms", 250), ("0s", 0), ("1d2h", 93_600_000)]
)
def test_durations_are_read(text: str, total: int) -> None:
    assert milliseconds(text) == total


@pytest.mark.parametrize("text", ["", "5", "m", "5 m", "-5m", "five"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        milliseconds(text)


@pytest.mark.parametrize("text", ["30s", "1m30s", "1h1m1s1ms", "0s"])
def test_durations_are_written_as_they_are_read(text: str) -> None:
    assert duration(milliseconds(text)) == text


@pytest.mark.parametrize(
    ("production", "scaled"),
    [
        ("rate(x[5m])", "rate(x[30s])"),
        ("max_over_time(rate(x[5m])[1h:10s])", "max_over_time(rate(x[30s])[6m:1s])"),
        ("x offset 10m > 5", "x offset 1m > 5"),
        ("x offset -10m", "x offset -1m"),
        ('rate(x{path="[5m] offset 5m"}[5m])', 'rate(x{path="[5m] offset 5m"}[30s])'),
        ("rate(x{a='[5m]',b=`[5m]`}[5m])", "rate(x{a='[5m]',b=`[5m]`}[30s])"),
        ("rate(x[ 5m ])", "rate(x[ 30s ])"),
    ],
)
def test_expressions(production: str, scaled: str) -> None:
    assert scale_expression(production, FACTOR) == scaled


def test_a_duration_that_does_not_divide_is_refused() -> None:
    with pytest.raises(UsageError, match="1ms divided by 10"):
        scale_expression("rate(x[1ms])", FACTOR)


@pytest.mark.parametrize("kind", ["rules", "prometheus", "alertmanager"])
def test_reference_files_differ_in_durations_alone(kind: Kind) -> None:
    file = REFERENCE / ("sre-001.yaml" if kind == "rules" else f"{kind}.yaml")
    production = yaml.safe_load(file.read_text())
    scaled = yaml.safe_load(scale(file.read_text(), kind, FACTOR))
    differences = list(differing(production, scaled, ()))
    assert differences, "nothing was scaled"
    for path, before, after in differences:
        if path[-1] == "expr":
            assert durationless(before) == durationless(after)
            assert [d / FACTOR for d in durations_of(before)] == durations_of(after)
        else:
            assert path[-1] in DURATION_FIELDS
            assert milliseconds(before) == FACTOR * milliseconds(after)


def test_every_range_in_the_reference_rules_is_scaled() -> None:
    scaled = yaml.safe_load(scale((REFERENCE / "sre-001.yaml").read_text(), "rules", FACTOR))
    expressions = [rule["expr"] for group in scaled["groups"] for rule in group["rules"]]
    assert not [expression for expression in expressions if "[5m]" in expression]
    for expression in expressions:
        promql_parser.parse(expression)


def differing(before: Any, after: Any, path: tuple[str, ...]) -> Any:
    if isinstance(before, dict):
        assert before.keys() == after.keys(), path
        for key in before:
            yield from differing(before[key], after[key], (*path, str(key)))
    elif isinstance(before, list):
        assert len(before) == len(after), path
        for number, (one, other) in enumerate(zip(before, after, strict=True)):
            yield from differing(one, other, (*path, str(number)))
    elif before != after:
        yield path, before, after


def ranges(node: Any) -> list[promql_parser.MatrixSelector]:
    if isinstance(node, promql_parser.MatrixSelector):
        return [node]
    children: list[Any] = []
    for name in ("expr", "lhs", "rhs", "args", "param"):
        child = getattr(node, name, None)
        children += child if isinstance(child, list) else [child] if child is not None else []
    return [found for child in children for found in ranges(child)]


def durations_of(expression: str) -> list[float]:
    return [selector.range.total_seconds() for selector in ranges(promql_parser.parse(expression))]


def durationless(expression: str) -> str:
    text = promql_parser.parse(expression).prettify()
    for word in ("5m", "30s"):
        text = text.replace(f"[{word}]", "[]")
    return text


def test_the_feasibility_sum() -> None:
    kinds: list[tuple[Kind, str]] = [
        ("rules", "sre-001"), ("prometheus", "prometheus"), ("alertmanager", "alertmanager"),
    ]  # fmt: skip
    texts: dict[str, str] = {
        kind: scale((REFERENCE / f"{name}.yaml").read_text(), kind, FACTOR) for kind, name in kinds
    }
    timing = alert_timing("BuildFailureRateHigh", **texts)
    assert timing.window_s == pytest.approx(30)
    assert timing.fires_within_s == pytest.approx(30 + 1 + 1)
    assert timing.delivered_within_s == pytest.approx(30 + 1 + 1 + 1)
    assert "window 30 s" in timing.sum_text()


def test_an_unknown_alert_is_named_with_those_there_are() -> None:
    text = (REFERENCE / "sre-001.yaml").read_text()
    assert "BuildFailureRateHigh" in alert_names(text)
    with pytest.raises(UsageError, match="BuildSlow"):
        alert_timing(
            "NoSuchAlert",
            rules=text,
            prometheus=(REFERENCE / "prometheus.yaml").read_text(),
            alertmanager=(REFERENCE / "alertmanager.yaml").read_text(),
        )
