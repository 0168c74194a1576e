"""A mutant's text: what is changed is the field that was meant, however it is written, and nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from harness.errors import UsageError
from harness.rules.mutation.generate import mutants
from harness.rules.mutation.source import changed, edit_of, source_of

REFERENCE = Path(__file__).parents[4] / "clusters" / "reference" / "rules" / "sre-001.yaml"
STYLES = """\
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
spec:
  groups:
  - name: one
    rules:
    - for: 5m
      alert: Folded
      expr: >-
        sum by (pod) (
          rate(x_total{job="a", code=~"5.."}[5m])  # of this job
        ) > 0.5
      labels: {severity: page}
    - {alert: Flow, expr: 'x{job="a"} > 1', labels: {severity: page, team: a}, annotations: {summary: "it's"}}
    - alert: Quoted
      expr: "x{job=\\"a\\"} > 1"
      labels:
        severity: page
      annotations:
        summary: |
          two
          lines
    - record: last
      expr: |
        x
          / y
"""


def _plain(rule: dict[str, Any]) -> dict[str, Any]:
    expression = "".join(rule["expr"].split("# of this job")).split()
    return {**{key: value for key, value in rule.items() if value}, "expr": expression}


@pytest.mark.parametrize("text", [REFERENCE.read_text(), STYLES], ids=["reference", "styles"])
def test_the_text_of_every_mutant_says_what_the_mutant_is(text: str) -> None:
    source = source_of("rules.yaml", text)
    rules = {each.place: each for each in source.rules}
    made = mutants(source)
    assert len({each.rule for each in made}) == len(source.rules)
    for mutant in made:
        assert mutant.place is not None
        written = yaml.safe_load(edit_of(source, rules[mutant.place], mutant.change).applied(text))
        groups = written["spec"]["groups"] if "spec" in written else written["groups"]
        meant = [list(group["rules"]) for group in source.groups]
        meant[mutant.place.group][mutant.place.rule] = changed(
            meant[mutant.place.group][mutant.place.rule], mutant.change
        )
        found = [[_plain(rule) for rule in group["rules"]] for group in groups]
        assert found == [[_plain(rule) for rule in rules] for rules in meant], mutant.diff


def test_no_two_mutants_of_a_rule_are_the_same() -> None:
    source = source_of("rules.yaml", STYLES)
    made = [(each.place, each.change.field, each.change.value) for each in mutants(source)]
    assert len(made) == len(set(made))


def test_the_diff_shows_the_changed_line_alone() -> None:
    source = source_of("rules.yaml", STYLES)
    (halved,) = [each for each in mutants(source) if (each.rule, each.name) == ("Folded", "threshold/halved")]
    assert halved.diff.splitlines()[2:] == ["@@ -12,1 +12,1 @@", "-        ) > 0.5", "+        ) > 0.25"]


def test_a_removed_field_goes_with_its_line_and_leaves_the_dash() -> None:
    source = source_of("rules.yaml", STYLES)
    (removed,) = [each for each in mutants(source) if (each.rule, each.name) == ("Folded", "hold/removed")]
    assert removed.diff.splitlines()[3:] == ["-    - for: 5m", "-      alert: Folded", "+    - alert: Folded"]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("a: [", "is no YAML"),
        ("", "has no rules"),
        ("groups:\n- name: a\n  rules:\n  - {alert: A, expr: x >}\n", "PromQL"),
    ],
)
def test_what_has_no_rules_is_refused_with_its_reason(text: str, why: str) -> None:
    with pytest.raises(UsageError, match=why):
        source_of("rules.yaml", text)
