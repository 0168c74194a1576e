"""What Prometheus itself refuses, and variables of dashboards that it takes as they stand."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.rules.lint.checks import dashboard_variable
from harness.rules.lint.doubt import alert_with
from harness.rules.lint.loading import refusals
from harness.rules.lint.model import Context
from harness.rules.lint.reading import read_text
from harness.rules.lint.run import lint
from harness.rules.promtool import promtool
from tests.unit.rules.test_lint_reading import BAD

_ONLY_OURS = {"empty", "comments alone", "another file", "text", "second document", "endless parentheses"}


@pytest.fixture
def program() -> Path:
    found = promtool()
    if found is None:
        pytest.skip("no promtool can be had")
    return found


def test_each_file_has_its_own_answer(program: Path) -> None:
    sound, broken, field = refusals(program, [alert_with(), alert_with(expr="rate(x)"), alert_with(("fro", "{}"))])
    assert sound == ""
    assert broken is not None
    assert "expected type range vector" in broken
    assert field is not None
    assert "field fro not found" in field


def test_a_program_that_says_nothing_was_not_asked() -> None:
    assert refusals(Path("/bin/true"), ["a", "b"]) == [None, None]
    assert refusals(Path("/nonexistent"), ["a"]) == [None]


@pytest.mark.usefixtures("program")
@pytest.mark.parametrize(
    "text", [pytest.param(case.values[0], id=case.id) for case in BAD if case.id not in {*_ONLY_OURS, "endless signs"}]
)
def test_prometheus_refuses_what_is_told_as_an_error(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.yaml").write_text(text)
    assert lint([str(tmp_path / "a.yaml")], checks={}).exit_code == 1


@pytest.mark.parametrize(
    ("matcher", "told"), [('job="$job"', 1), ('job=~"${job:regex}"', 1), ('job=~"a|b$"', 0), ('price="$5"', 0)]
)
def test_variables_as_values(matcher: str, told: int) -> None:
    reading = read_text("a", f"groups: [{{name: g, rules: [{{alert: A, expr: 'up{{{matcher}}} == 0'}}]}}]\n")
    (rule,) = reading.rules
    assert len(list(dashboard_variable.check(rule, Context(rules=(rule,))))) == told
