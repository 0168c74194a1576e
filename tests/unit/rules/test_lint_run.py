"""From files to findings, with an engine that says what the test wants."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from xml.etree import ElementTree

import jsonschema
import pytest
from click.testing import CliRunner
from rich.console import Console

from harness.rules.commands import rules_command
from harness.rules.lint.checks import all_checks
from harness.rules.lint.model import Context, Expected, Finding, Proof, Rule, Sample, Severity, Suspicion
from harness.rules.lint.output import renderer
from harness.rules.lint.output.text import picture, show
from harness.rules.lint.overlap import BETTER_TOLD_BY
from harness.rules.lint.run import Linted, lint, settled, told_from

RULES = """\
groups:
- name: g
  rules:
  # rules-lint: ignore doubtful because it is known
  - alert: A
    expr: x > 1
  - alert: B
    expr: x > 2
    # rules-lint: ignore doubtful
  - alert: C
    expr: x > 3
    # rules-lint: ignore other because it was so once
"""
PROOF = Proof(story="it grows", interval_s=60, samples=(Sample("x", "0+1x9"),), at_s=(300,), expected=Expected.FIRES)
SARIF = {
    "required": ["version", "runs"],
    "properties": {
        "version": {"const": "2.1.0"},
        "runs": {
            "items": {
                "required": ["tool", "results"],
                "properties": {
                    "tool": {"properties": {"driver": {"required": ["name"]}}, "required": ["driver"]},
                    "results": {
                        "items": {
                            "required": ["message", "ruleId", "locations"],
                            "properties": {
                                "level": {"enum": ["none", "note", "warning", "error"]},
                                "message": {"required": ["text"]},
                                "locations": {
                                    "items": {
                                        "properties": {
                                            "physicalLocation": {
                                                "properties": {
                                                    "artifactLocation": {"properties": {"uri": {"format": "uri"}}},
                                                    "region": {"properties": {"startLine": {"minimum": 1}}},
                                                }
                                            }
                                        }
                                    }
                                },
                            },
                        }
                    },
                },
            }
        },
    },
}


class _Doubtful:
    def check(self, rule: Rule, context: Context) -> Iterator[Suspicion]:
        assert context.rules
        yield Suspicion(check="doubtful", rule=rule, message="it never fires", proof=PROOF, unproven=Severity.HINT)


class _Crashing:
    def check(self, rule: Rule, _context: Context) -> Iterator[Suspicion]:
        raise KeyError(rule.name)


@pytest.fixture
def rules(tmp_path: Path) -> str:
    path = tmp_path / "rules.yaml"
    path.write_text(RULES)
    return str(path)


def _lint(file: str, answer: bool | None) -> Linted:
    def prove(suspicions: Sequence[Suspicion], _: Context) -> list[bool | None]:
        return [answer for _ in suspicions]

    return lint([file, file], prove=prove, refuse=lambda texts: [None] * len(texts), checks={"doubtful": _Doubtful()})


def _of(linted: Linted, check: str) -> list[tuple[str, Severity]]:
    return [(finding.rule, finding.severity) for finding in linted.findings if finding.check == check]


def test_what_is_proven_is_an_error_with_its_series(rules: str) -> None:
    linted = _lint(rules, True)
    assert _of(linted, "doubtful") == [("B", Severity.ERROR), ("C", Severity.ERROR)]
    assert linted.exit_code == 1
    (number, *_) = linted.shown
    assert linted.findings[number].evidence == "it grows\nx 0+1x9"


@pytest.mark.parametrize("answer", [False, None])
def test_what_is_not_proven_is_no_error(rules: str, answer: bool | None) -> None:
    linted = _lint(rules, answer)
    assert _of(linted, "doubtful") == [("B", Severity.HINT), ("C", Severity.HINT)]
    assert linted.exit_code == 0


def test_suppressions_want_a_reason_and_something_to_suppress(rules: str) -> None:
    told = [
        (finding.line, finding.message) for finding in _lint(rules, True).findings if finding.check == "suppression"
    ]
    assert told == [(9, "nothing is suppressed without a reason"), (12, "other finds nothing here to ignore")]


def test_a_whole_file_can_be_suppressed(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text("# rules-lint: ignore-file doubtful because it is generated\n" + RULES)
    assert _of(_lint(str(path), True), "doubtful") == []


def test_a_crashing_check_is_told_and_hides_nothing(rules: str) -> None:
    linted = lint([rules], prove=None, checks={"crashing": _Crashing(), "doubtful": _Doubtful()})
    assert len(_of(linted, "crashing")) == 3
    assert len(_of(linted, "doubtful")) == 2


class _Telling:
    """Tells of every rule the same, with a proof or without."""

    def __init__(self, check: str, proof: Proof | None) -> None:
        self._check, self._proof = check, proof

    def check(self, rule: Rule, _context: Context) -> Iterator[Suspicion]:
        yield Suspicion(check=self._check, rule=rule, message=self._check, proof=self._proof, unproven=Severity.WARNING)


@pytest.mark.parametrize("proof", [None, PROOF], ids=["words alone", "a proof of its own"])
def test_one_defect_is_told_once_in_the_specific_words(rules: str, proof: Proof | None) -> None:
    linted = lint(
        [rules],
        prove=lambda suspicions, _: [each.proof is not None for each in suspicions],
        checks={
            "never-fires": _Telling("never-fires", PROOF),
            "same-on-both-sides": _Telling("same-on-both-sides", proof),
            "raw-counter": _Telling("raw-counter", None),
        },
    )
    assert _of(linted, "never-fires") == []
    assert _of(linted, "same-on-both-sides") == [(name, Severity.ERROR) for name in "ABC"]
    assert _of(linted, "raw-counter") == [(name, Severity.WARNING) for name in "ABC"], "another defect"
    told = [number for number, each in enumerate(linted.findings) if each.check == "same-on-both-sides"]
    assert [linted.findings[number].evidence for number in told] == ["it grows\nx 0+1x9"] * 3
    assert set(linted.shown) == set(told)


def test_a_general_check_is_told_where_nothing_says_it_better(rules: str) -> None:
    linted = lint([rules], prove=None, checks={"never-fires": _Telling("never-fires", PROOF)})
    assert len(_of(linted, "never-fires")) == 3


def test_every_overlap_is_of_checks_that_there_are() -> None:
    named = {*BETTER_TOLD_BY, *(name for better in BETTER_TOLD_BY.values() for name in better)}
    assert named <= all_checks().keys()


def test_an_engine_that_fails_hides_nothing_else(rules: str, tmp_path: Path) -> None:
    def prove(_suspicions: Sequence[Suspicion], _context: Context) -> list[bool | None]:
        raise OSError(28, "No space left on device")

    (tmp_path / "clean.yaml").write_text("groups: []\n")
    files = [rules, str(tmp_path / "clean.yaml"), str(tmp_path / "missing.yaml")]
    linted = lint(files, prove=prove, refuse=lambda texts: [None] * len(texts), checks={"doubtful": _Doubtful()})
    [told] = [finding for finding in linted.findings if finding.check == "proof"]
    assert (told.file, told.severity) == (rules, Severity.HINT)
    assert "No space left on device" in told.message
    assert _of(linted, "doubtful") == [("B", Severity.HINT), ("C", Severity.HINT)]
    assert _of(linted, "unreadable") == [("", Severity.ERROR)]


def test_prometheus_decides_what_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text("groups:\n- name: g\n  rules:\n  - {alert: A, expr: rate(x)}\n")

    def severities(answer: str | None) -> list[tuple[str, Severity]]:
        linted = lint([str(path)], prove=None, refuse=lambda texts: [answer] * len(texts), checks={})
        return _of(linted, "promql")

    assert severities("parse error") == [("A", Severity.ERROR)]
    assert severities(None) == [("A", Severity.WARNING)]
    assert severities("") == [("A", Severity.HINT)]
    assert list(settled([], None)) == []


def test_only_what_is_severe_enough_is_kept(rules: str) -> None:
    kept = told_from(_lint(rules, True), "error")
    assert {finding.severity for finding in kept.findings} == {Severity.ERROR}
    assert sorted(kept.shown) == [0, 1]


FINDINGS = (
    Finding(
        file="a b.yaml", rule="A", line=3, check="raw-counter", severity=Severity.ERROR, message="so [it] is\x00",
        mend="rate()", evidence="story\nx 0+1x9",
    ),
    Finding(file="c.yaml", rule="", line=1, check="yaml", severity=Severity.HINT, message="broken"),
)  # fmt: skip


def test_json_has_these_fields() -> None:
    first, second = json.loads(renderer("json")(FINDINGS))
    assert set(first) == {"file", "rule", "line", "check", "severity", "message"}
    assert (second["severity"], second["line"], second["message"]) == ("hint", 1, "broken")
    assert json.loads(renderer("json")([])) == []


def test_sarif_keeps_to_its_schema() -> None:
    log = json.loads(renderer("sarif")(FINDINGS))
    jsonschema.validate(log, SARIF)
    assert [result["level"] for result in log["runs"][0]["results"]] == ["error", "note"]
    assert log["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "a%20b.yaml"


def test_junit_fails_for_errors_alone() -> None:
    root = ElementTree.fromstring(renderer("junit")(FINDINGS).encode())
    assert (root.get("tests"), root.get("failures"), root.get("skipped")) == ("2", "1", "1")
    assert ElementTree.fromstring(renderer("junit")([]).encode()).get("failures") == "0"


def test_text_shows_mend_series_and_picture() -> None:
    console = Console(width=40, record=True)
    show(FINDINGS, console, {0: "▁█"}, files=2, rules=1)
    text = console.export_text()
    assert "a b.yaml:3: error: A: so [it] is" in text
    for part in ("mend: rate()", "shown: story", "x 0+1x9", "▁█", "1 rules in 2 files: 1 errors, 0 warnings, 1 hints"):
        assert part in text


def test_a_picture_has_the_limit_in_its_scale() -> None:
    curve = [(0.0, 0.0), (60.0, None), (120.0, 0.5)]
    assert picture(curve, ">", 1.0) == "▁ ▅  0 to 0.5 in 2 min, limit > 1"
    assert picture([(0.0, None)], ">", 1.0) == ""


def test_the_command_line(rules: str) -> None:
    run = CliRunner().invoke
    found = run(rules_command, ["lint", "--no-proof", "--format", "json", rules, "missing.yaml"])
    assert found.exit_code == 1
    assert {row["check"] for row in json.loads(found.stdout)} >= {"unreadable"}
    assert run(rules_command, ["lint", "--no-proof", "--severity", "error", rules]).exit_code == 0
    assert run(rules_command, ["lint"]).exit_code == 2
    assert run(rules_command, ["lint", "--scrape-interval", "often", rules]).exit_code == 2
    assert run(rules_command, ["lint", "--metrics", "a", "--prometheus", "b", "--no-proof", rules]).exit_code == 2
