"""Whatever a file holds: its rules with their lines, and findings instead of errors."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from harness.rules.lint.model import Severity
from harness.rules.lint.promql import Unparsed, parse
from harness.rules.lint.reading import Reading, read_file, read_text
from harness.rules.lint.run import lint
from harness.rules.lint.templates import mistake, only_newer

PLAIN = """\
groups:
- name: builds
  interval: 30s
  rules:
  - alert: Failing
    expr: |

      rate(failures_total[5m])
        > 1
    for: 1m
    labels: {severity: critical}
  - record: job:x:sum
    expr: sum by (job) (x)
"""


def _told(reading: Reading) -> list[tuple[int, str]]:
    findings = [*reading.findings, *(doubt.finding for doubt in reading.doubts if doubt.certain)]
    return [(finding.line, finding.check) for finding in findings]


def _rule(*lines: str) -> str:
    return "\n".join(["groups:", "- name: g", "  rules:", *(f"  {line}" for line in lines), ""])


def test_a_plain_file() -> None:
    alert, record = read_text("a.yaml", PLAIN).rules
    assert (alert.name, alert.line, alert.expr_line, alert.for_s, alert.interval_s) == ("Failing", 5, 8, 60.0, 30.0)
    assert (record.record, record.line, record.expr_line, record.group) == ("job:x:sum", 12, 13, "builds")


def test_a_config_map_has_the_lines_of_its_file() -> None:
    text = "kind: ConfigMap\ndata:\n  rules.yaml: |\n" + "".join(f"    {line}\n" for line in PLAIN.splitlines())
    alert = read_text("a.yaml", text).rules[0]
    assert (alert.line, alert.expr_line) == (8, 11)


def test_custom_resources_in_documents_and_lists() -> None:
    spec = "  groups: [{name: g, rules: [{alert: A, expr: up == 0}]}]\n"
    one = "kind: PrometheusRule\nspec:\n" + spec
    listed = (
        "kind: List\nitems:\n- kind: PrometheusRule\n  spec: {groups: [{name: g, rules: [{alert: B, expr: up}]}]}\n"
    )
    reading = read_text("a.yaml", f"kind: Service\n---\n{one}---\n{listed}")
    assert [(rule.name, rule.line) for rule in reading.rules] == [("A", 5), ("B", 10)]
    assert _told(reading) == []


def test_merged_fields_count() -> None:
    text = "x: &d {for: 2m}\ngroups: [{name: g, rules: [{<<: *d, alert: A, expr: up == 0}]}]\n"
    assert read_text("a.yaml", text).rules[0].for_s == 120


BAD = [
    pytest.param("groups:\n\t- name: x\n", (2, "yaml"), id="broken YAML"),
    pytest.param("groups: [\n", (2, "yaml"), id="unclosed YAML"),
    pytest.param("groups: *nowhere\n", (1, "yaml"), id="undefined alias"),
    pytest.param("[" * 50_000, (1, "yaml"), id="nothing but brackets"),
    pytest.param("groups: \x07\n", (1, "yaml"), id="control character"),
    pytest.param("{{- if .Values.on }}\ngroups: []\n{{- end }}\n", (1, "yaml"), id="Helm template"),
    pytest.param("", (1, "no-rules"), id="empty"),
    pytest.param("# nothing\n", (1, "no-rules"), id="comments alone"),
    pytest.param("route: {receiver: a}\n", (1, "no-rules"), id="another file"),
    pytest.param("just text\n", (1, "no-rules"), id="text"),
    pytest.param("groups: 5\n", (1, "rule-file"), id="groups no list"),
    pytest.param("groups:\n- text\n", (2, "rule-file"), id="group no mapping"),
    pytest.param("groups:\n- rules: []\n", (2, "rule-file"), id="group without name"),
    pytest.param("groups:\n- {name: g, rules: text}\n", (2, "rule-file"), id="rules no list"),
    pytest.param("groups:\n- {name: g}\n- {name: g}\n", (3, "rule-file"), id="duplicate group"),
    pytest.param("groups:\n- {name: g, intervall: 5m}\n", (2, "unknown-field"), id="unknown field of a group"),
    pytest.param("groups:\n- {name: g, interval: x}\n", (2, "duration"), id="bad interval"),
    pytest.param("groups: []\n---\ngroups: [{name: g}]\n", (3, "rule-file"), id="second document"),
    pytest.param(_rule("- text"), (4, "rule-file"), id="rule no mapping"),
    pytest.param(_rule("- expr: up"), (4, "rule-file"), id="neither alert nor record"),
    pytest.param(_rule("- {alert: A, record: b, expr: up}"), (4, "rule-file"), id="both"),
    pytest.param(_rule("- alert: A"), (4, "rule-file"), id="no expression"),
    pytest.param(_rule("- alert: A", "  expr: up", "  expr: down"), (6, "rule-file"), id="field twice"),
    pytest.param(_rule("- alert: A", "  expr: up", "  labels: [a]"), (6, "rule-file"), id="labels no mapping"),
    pytest.param(_rule("- {record: a, expr: up, for: 1m}"), (4, "rule-file"), id="for of a record"),
    pytest.param(_rule("- alert: A", "  expr: up", "  fro: 5m"), (6, "unknown-field"), id="unknown field"),
    pytest.param(_rule("- alert: A", "  expr: up", "  for: 5x"), (4, "duration"), id="bad duration"),
    pytest.param(_rule("- alert: A", "  expr: rate(x)"), (5, "promql"), id="bad PromQL"),
    pytest.param(_rule("- alert: A", "  expr: rate(x[$__interval])"), (5, "dashboard-variable"), id="variable"),
    pytest.param(_rule("- alert: A", "  expr: x > ${limit}"), (5, "dashboard-variable"), id="braced variable"),
    pytest.param(_rule("- alert: A", "  expr: 'x > {{ .limit }}'"), (5, "template-left-in"), id="Helm in expression"),
    pytest.param(_rule("- alert: A", "  expr: median_over_time(x[5m])"), (5, "metricsql"), id="MetricsQL function"),
    pytest.param(_rule("- alert: A", "  expr: x default 0"), (5, "metricsql"), id="MetricsQL operator"),
    pytest.param(_rule("- alert: A", f"  expr: {'(' * 5000}x{')' * 5000}"), (5, "promql"), id="endless parentheses"),
    pytest.param(_rule("- alert: A", f"  expr: {'-' * 5000}x"), (5, "promql"), id="endless signs"),
    pytest.param(
        _rule("- alert: A", "  expr: up", "  annotations: {a: '{{ $value '}"), (4, "template"), id="unclosed template"
    ),
    pytest.param(
        _rule("- alert: A", "  expr: up", "  labels: {a: '{{ if $value }}x'}"), (4, "template"), id="if without end"
    ),
]


@pytest.mark.parametrize(("text", "told"), BAD)
def test_bad_input_is_told_with_its_line(text: str, told: tuple[int, str]) -> None:
    assert told in _told(read_text("a.yaml", text))


def test_one_bad_rule_leaves_the_others() -> None:
    reading = read_text("a.yaml", _rule("- {alert: A, expr: rate(x)}", "- {alert: B, expr: up == 0}"))
    assert [rule.name for rule in reading.rules] == ["B"]


@pytest.mark.parametrize(("data", "line"), [(b"a\0b", 1), (b"a: b\nc: \xff\n", 2)], ids=["binary", "another encoding"])
def test_files_that_are_no_text(tmp_path: Path, data: bytes, line: int) -> None:
    (tmp_path / "a.yaml").write_bytes(data)
    (finding,) = read_file(str(tmp_path / "a.yaml")).findings
    assert (finding.line, finding.check, finding.severity) == (line, "unreadable", Severity.ERROR)


@pytest.mark.parametrize("name", [".", "missing.yaml", "/dev/zero"])
def test_what_is_no_file_is_a_finding(tmp_path: Path, name: str) -> None:
    (finding,) = read_file(str(tmp_path / name)).findings
    assert finding.check == "unreadable"


def test_a_byte_order_mark_is_no_harm(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_bytes(b"\xef\xbb\xbf" + PLAIN.encode())
    assert len(read_file(str(tmp_path / "a.yaml")).rules) == 2


@pytest.mark.parametrize(
    "expr", ["holt_winters(x[5m], 0.1, 0.2)", "rate(x[2*5m])", "x offset (5m)", "rate(x[5m] anchored)"]
)
def test_what_prometheus_may_read_is_only_doubtful(expr: str) -> None:
    found = parse(expr)
    assert isinstance(found, Unparsed)
    assert found.doubtful


@pytest.mark.parametrize(
    "text",
    [
        '{{ $value | printf "%.2f}}" }}',
        '{{- range query "up" -}}{{ .Value }}{{ end }}',
        "{{/* a comment */}}",
        "{{ with $labels.a }}{{ . }}{{ else }}-{{ end }}",
    ],
)
def test_templates_that_parse(text: str) -> None:
    assert mistake(text) == ""


def test_functions_newer_than_the_engine_are_no_mistake() -> None:
    assert only_newer('function "toDuration" not defined')
    assert not only_newer('function "foo" not defined')


@pytest.mark.parametrize("text", ["{{" * 100_000, "{{ range " * 50_000, "{{ $value " * 50_000, "above 1" * 100_000])
def test_a_text_without_end_is_told_at_once(tmp_path: Path, text: str) -> None:
    file = tmp_path / "rules.yaml"
    rule = {"alert": "Trouble", "expr": "up == 0", "annotations": {"summary": text}}
    file.write_text(yaml.safe_dump({"groups": [{"name": "group", "rules": [rule]}]}))

    found = lint([str(file)], prove=None).findings

    assert "summary is too long to be looked at" in [each.message for each in found]
