"""The whole of it: fates, declarations, suggestions, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from harness.errors import UsageError
from harness.rules.commands import rules_command
from harness.rules.mutation import judge as judging
from harness.rules.mutation.generate import mutants
from harness.rules.mutation.model import Fate, Judged, Kind
from harness.rules.mutation.output import json as as_json
from harness.rules.mutation.output import markdown
from harness.rules.mutation.run import Mutated, mutate
from harness.rules.mutation.score import score
from harness.rules.mutation.source import read_source
from harness.rules.promtool import Trial
from tests.unit.rules.mutation.writing import fires, needs_promtool, promtool_test, quiet, rule_file

pytestmark = needs_promtool

RULE = "- {alert: A, expr: max(sum(x)) > 10}"
SERIES = {'x{i="1"}': "6x20", 'x{i="2"}': "6x20"}


def by_name(mutated: Mutated) -> dict[str, Judged]:
    return {each.mutant.name: each for each in mutated.judged}


def test_a_survivor_is_told_with_a_test_that_kills_it(tmp_path: Path) -> None:
    rules = rule_file(tmp_path, "- {alert: A, expr: x > 10}")
    weak = promtool_test(tmp_path, {"x": "50x20"}, [fires("5m", {})])
    survivor = by_name(mutate([rules], tests=[weak]))["comparison/gt-to-ge"]
    assert survivor.fate is Fate.SURVIVED
    suggested = tmp_path / "suggested.yaml"
    suggested.write_text(survivor.suggestion)
    assert by_name(mutate([rules], tests=[str(suggested)]))["comparison/gt-to-ge"].fate is Fate.KILLED


def test_what_is_the_same_of_one_series_is_proven_equivalent_and_does_not_count(tmp_path: Path) -> None:
    rules = rule_file(tmp_path, RULE)
    mutated = mutate([rules], tests=[promtool_test(tmp_path, SERIES, [fires("5m", {})])])
    found = by_name(mutated)
    assert found["aggregation/max-to-min"].fate is Fate.EQUIVALENT
    assert found["aggregation/sum-to-max"].fate is Fate.KILLED
    total = score("", mutated.judged)
    assert total.killed + total.survived + total.equivalent == total.mutants
    assert total.percent == 100 * total.killed / (total.mutants - total.equivalent)
    assert total.by_kind[Kind.TESTS] == total.killed


def test_a_declaration_holds_until_a_test_kills(tmp_path: Path) -> None:
    comment = "# rules-mutate: equivalent comparison/gt-to-ge, threshold/doubled because nobody is that exact\n"
    rules = rule_file(tmp_path, comment + "- {alert: A, expr: x > 10}")
    found = by_name(mutate([rules], tests=[promtool_test(tmp_path, {"x": "15x20"}, [fires("5m", {})])]))
    assert found["comparison/gt-to-ge"].fate is Fate.EQUIVALENT
    assert found["comparison/gt-to-ge"].reason == "nobody is that exact"
    assert found["threshold/doubled"].fate is Fate.WRONGLY_DECLARED


@pytest.mark.parametrize(
    ("comment", "told"),
    [
        ("equivalent comparison/gt-to-ge", "without a reason"),
        ("ignore comparison because x", "not understood"),
        ("equivalent window because x", "no mutant window"),
    ],
)
def test_a_declaration_that_declares_nothing_is_told(tmp_path: Path, comment: str, told: str) -> None:
    rules = rule_file(tmp_path, f"# rules-mutate: {comment}\n- {{alert: A, expr: x > 10}}")
    mutated = mutate([rules], tests=[promtool_test(tmp_path, {"x": "15x20"}, [fires("5m", {})])])
    assert [note for note in mutated.notes if told in note and f"{rules}:4:" in note]


def test_tests_that_the_rules_fail_are_refused(tmp_path: Path) -> None:
    rules = rule_file(tmp_path, "- {alert: A, expr: x > 10}")
    wrong = promtool_test(tmp_path, {"x": "50x20"}, [quiet("5m")])
    ended = CliRunner().invoke(rules_command, ["mutate", rules, "--tests", wrong])
    assert ended.exit_code == 2
    assert "test.yaml fails on the rules as they are" in ended.output


def test_tests_of_other_rules_are_refused(tmp_path: Path) -> None:
    rules = rule_file(tmp_path, "- {alert: A, expr: x > 10}")
    test = promtool_test(tmp_path, {"x": "50x20"}, [fires("5m", {})])
    other = tmp_path / "other.yaml"
    other.write_text(Path(rules).read_text())
    with pytest.raises(UsageError, match="tests none of the rule files"):
        mutate([str(other)], tests=[test])


def test_what_promtool_dies_of_or_refuses_is_not_called_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = read_source(rule_file(tmp_path, "- {alert: A, expr: x > 10}"))
    made = mutants(source)[:2]
    said: list[list[str | None]] = [[None, "FAILED:\n  rules.yml: cannot parse"]]
    monkeypatch.setattr(judging, "run", lambda _program, _trials: said.pop())
    judged = judging.judge(Path("promtool"), source, made, [_Any()], [])
    assert [each.fate for each in judged] == [Fate.NOT_JUDGED, Fate.NOT_JUDGED]
    assert "refuses it" in judged[1].reason


class _Any:
    name = "a test"
    kind = Kind.TESTS

    def trial(self, number: int, place: object, rule: object) -> Trial:
        return Trial(rules=f"{number} {place} {rule}", test="")


def test_recording_rules_are_killed_by_looking_at_what_they_record(tmp_path: Path) -> None:
    rules = rule_file(tmp_path, "- {record: ratio, expr: sum(x) / sum(y)}\n- {alert: A, expr: ratio > 0.5}")
    look = {"expr": "ratio", "eval_time": "5m", "exp_samples": [{"labels": "ratio", "value": 0.25}]}
    test = promtool_test(tmp_path, {'x{i="1"}': "1x20", 'x{i="2"}': "1x20", 'y{i="1"}': "8x20"}, [look])
    found = [each for each in mutate([rules], tests=[test]).judged if each.mutant.rule == "ratio"]
    assert {each.mutant.name for each in found if each.fate is Fate.SURVIVED} == {
        "aggregation/sum-to-max#2", "aggregation/sum-to-min#2", "aggregation/sum-to-avg#2"
    }  # fmt: skip


@pytest.mark.parametrize(("at_least", "code"), [("0", 0), ("99", 1)])
def test_the_command_ends_as_its_score_says(tmp_path: Path, at_least: str, code: int) -> None:
    rules = rule_file(tmp_path, "- {alert: A, expr: x > 10}")
    test = promtool_test(tmp_path, {"x": "50x20"}, [fires("5m", {})])
    ended = CliRunner().invoke(
        rules_command, ["mutate", rules, "--tests", test, "--at-least", at_least, "--format", "json"]
    )
    assert ended.exit_code == code
    told = json.loads(ended.output)
    assert told["score"]["mutants"] == len(told["mutants"]) > told["score"]["killed"] > 0


def test_all_forms_tell_of_the_same_mutants(tmp_path: Path) -> None:
    rules = rule_file(tmp_path, RULE)
    mutated = mutate([rules], tests=[promtool_test(tmp_path, SERIES, [fires("5m", {})])])
    survived = [each.mutant.name for each in mutated.judged if each.fate is Fate.SURVIVED]
    assert survived
    table = markdown.render(mutated)
    told = json.loads(as_json.render(mutated))
    assert [each["mutant"] for each in told["mutants"] if each["fate"] == "survived"] == survived
    assert [name for name in survived if f"| {name} |" in table] == survived
    assert yaml.safe_load(next(each.suggestion for each in mutated.judged if each.suggestion))["tests"]
