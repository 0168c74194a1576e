"""What checks ask of an expression: labels of the result, comparisons, selectors, fractions, series for proofs."""

from __future__ import annotations

import promql_parser
import pytest

from harness.rules.lint.expression import (
    Matcher,
    comparison,
    comparisons,
    labels,
    matches,
    number,
    uses,
    without_scaling,
)
from harness.rules.lint.fraction import fraction, is_share, is_subset
from harness.rules.lint.samples import plain, series_of


@pytest.mark.parametrize(
    ("expr", "has", "has_not"),
    [
        ("x", "job", ""),
        ('x{job=""}', "pod", "job"),
        ("sum(x)", "", "job"),
        ("sum by (job) (x)", "job", "pod"),
        ("sum without (pod) (x)", "job", "pod"),
        ("sum by (job) (sum by (pod) (x))", "", "job"),
        ("topk by (job) (3, x)", "pod", ""),
        ('count_values("version", x)', "version", "job"),
        ('label_replace(sum(x), "team", "a", "", "")', "team", "job"),
        ("histogram_quantile(0.9, sum by (le, job) (rate(x[5m])))", "job", "le"),
        ('absent(x{job="a", pod=~"b"})', "job", "pod"),
        ("absent(sum(x))", "", "job"),
        ("vector(1)", "", "job"),
        ("x * on (job) y", "job", "pod"),
        ("x * on (job) group_left (node) y", "pod node", ""),
        ("x * on (job) group_left (node) sum by (job) (y)", "pod", "node"),
        ("sum by (job) (x) * on (job) group_right () y", "pod", ""),
        ("x / ignoring (pod) y", "job", "pod"),
        ("x / sum by (job) (y)", "job", "pod"),
        ("sum by (pod) (x) and on (job) y", "pod", "job"),
        ("sum by (pod) (x) or sum by (job) (y)", "pod job", "node"),
        ("-(sum by (pod) (x)) > 5", "pod", "job"),
        ("5 < sum by (pod) (x)", "pod", "job"),
        ("max_over_time(sum by (pod) (x)[5m:1m])", "pod", "job"),
        ("clamp_max(sum by (pod) (x), 5)", "pod", "job"),
    ],
)
def test_labels_of_the_result(expr: str, has: str, has_not: str) -> None:
    found = labels(promql_parser.parse(expr))
    assert [label for label in has.split() if not found.may_have(label)] == []
    assert [label for label in has_not.split() if found.may_have(label)] == []


@pytest.mark.parametrize(
    ("expr", "op", "threshold"),
    [("x > 5", ">", 5), ("5 > x", "<", 5), ("(x) <= -2 * 1024", "<=", -2048), ("(2 / 4) == x", "==", 0.5)],
)
def test_a_comparison_has_its_vector_on_the_left(expr: str, op: str, threshold: float) -> None:
    found = comparison(promql_parser.parse(expr))
    assert found is not None
    assert (found.op, found.threshold, found.vector.prettify()) == (op, threshold, "x")


@pytest.mark.parametrize("expr", ["x", "x > y", "x > bool 5", "x + 5", "1 == bool 2", "x > 1 / 0"])
def test_what_is_no_comparison_with_a_number(expr: str) -> None:
    found = comparison(promql_parser.parse(expr))
    assert found is None or found.threshold != found.threshold


def test_comparisons_of_all_branches() -> None:
    node = promql_parser.parse("(x > 1 and y) or (z < 2 unless a == 3)")
    assert [found.op for found in comparisons(node)] == [">", "<", "=="]


def test_uses_say_what_wraps_a_selector_from_the_inside() -> None:
    [first, second] = uses(promql_parser.parse('sum(rate({__name__="a",b!~"c"}[5m])) > max(d)'))
    assert (first.metric, first.range_s, first.wrappers) == ("a", 300.0, ("rate", "sum", ">"))
    assert [(each.name, each.op, each.value) for each in first.matchers][1] == ("b", "!~", "c")
    assert (second.metric, second.range_s, second.wrappers) == ("d", None, ("max", ">"))


def test_numbers_and_scaling() -> None:
    assert number(promql_parser.parse("-(2 * 3) + 10 / 4")) == -3.5
    assert number(promql_parser.parse("x")) is None
    node, factor = without_scaling(promql_parser.parse("100 * (x / 4)"))
    assert (node.prettify(), factor) == ("x", 25)


@pytest.mark.parametrize(
    ("expr", "factor", "complement", "share"),
    [
        ('rate(a{b="c"}[5m]) / rate(a[5m])', 1, False, True),
        ('100 * sum(rate(a{b="c"}[5m])) / sum(rate(a[5m]))', 100, False, True),
        ("1 - free_bytes / size_bytes", 1, True, False),
        ("100 - (disk_free_bytes / disk_size_bytes * 100)", 100, True, True),
        ("(1 - disk_free / disk_total) * 100", 100, True, True),
        ("a / b", 1, False, False),
        ('rate(a{b="c"}[5m]) / rate(a[1h])', 1, False, False),
        ('rate(a{b="c"}[5m]) / rate(a{d="e"}[5m])', 1, False, False),
        ('avg(a{b="c"}) / avg(a)', 1, False, False),
    ],
)
def test_fractions(expr: str, factor: float, complement: bool, share: bool) -> None:
    found = fraction(promql_parser.parse(expr))
    assert found is not None
    assert (found.factor, found.complement, is_share(found)) == (factor, complement, share)
    assert not is_subset(found) or share


@pytest.mark.parametrize("expr", ["a", "a * b", "1 / a", "1 - a", "2 - a / b", "a / 5"])
def test_what_is_no_fraction(expr: str) -> None:
    assert fraction(promql_parser.parse(expr)) is None


@pytest.mark.parametrize(
    ("selector", "series"),
    [
        ("x", 'x{instance="a",job="a"}'),
        ('x{job="b"}', 'x{instance="a",job="b"}'),
        ('x{job=~"one|two"}', 'x{instance="a",job="one"}'),
        ('x{job=~"5.."}', 'x{instance="a",job="500"}'),
        ('x{job!="a"}', 'x{instance="a",job="another"}'),
        ('x{job=""}', 'x{instance="a"}'),
    ],
)
def test_a_series_that_a_selector_finds(selector: str, series: str) -> None:
    [use] = uses(promql_parser.parse(selector))
    assert series_of(use) == series


@pytest.mark.parametrize("selector", ['{job="a"}', 'x{job="a",job="b"}', 'x{job=~"[[:alpha:]]{30}"}'])
def test_where_no_series_can_be_made_there_is_none(selector: str) -> None:
    [use] = uses(promql_parser.parse(selector))
    assert series_of(use) is None


def test_numbers_of_series_have_no_exponent() -> None:
    assert [plain(value) for value in (1e6, 0.25, 1e-7, 3.0)] == ["1000000", "0.25", "0.0000001", "3"]


@pytest.mark.parametrize(
    ("pattern", "value"),
    [("(a+)+b", "a" * 60), ("(a|a)*b", "a" * 60), ("a.*a.*a.*a.*a.*b", "a" * 900), ("(a{1,9}){9}b", "a" * 60)],
)
def test_a_pattern_that_may_take_for_ever_is_not_tried(pattern: str, value: str) -> None:
    assert matches(Matcher("label", "=~", pattern), value) is None
    assert matches(Matcher("label", "=~", "a+b?"), "aaab") is True
