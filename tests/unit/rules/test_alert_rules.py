"""The fixture `alert_rules`, and the claim that the rules which Prometheus evaluates are sound."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from harness.checkers import decide
from harness.clients.prometheus import Prometheus
from harness.errors import TargetError, Unavailable, UsageError
from harness.judging.claims import Finding
from harness.judging.verdict import Verdict
from harness.rules.lint import alert_rules as module
from harness.rules.lint.alert_rules import AlertRules, OwnRules
from harness.rules.lint.proof import available
from harness.rules.lint.reading import read_text
from harness.running.run import Run
from harness.running.scenario import Scenario
from harness.running.story import Story
from harness.sentences import alerts
from harness.verbs import rule_lint
from tests.unit.fakes import FakeTarget
from tests.unit.stories import claim, facts

ROOT = Path(__file__).parents[3]
_needs_promtool = pytest.mark.skipif(not available(), reason="no promtool on PATH, and none can be had from Debian")

SOUND = {"alert": "Down", "expr": "up == 0"}
BROKEN = {"alert": "Upside", "expr": "up > 1"}


def _text(*rules: dict[str, str]) -> str:
    return yaml.safe_dump({"groups": [{"name": "g", "rules": list(rules)}]})


@pytest.fixture
def project(tmp_path: Path) -> AlertRules:
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "sound.yaml").write_text(_text(SOUND))
    (tmp_path / "rules" / "broken.yaml").write_text(_text(SOUND, BROKEN))
    own = OwnRules(file=tmp_path / "rules" / "broken.yaml", scrape_s=15.0, evaluation_s=15.0)
    return AlertRules(tmp_path, lambda: own)


@_needs_promtool
def test_the_rules_of_a_project(project: AlertRules) -> None:
    assert not project("rules/sound.yaml").errors
    assert [found.rule for found in project("rules/*.yaml").errors] == ["Upside"]
    assert [found.check for found in project.lint().errors] == ["never-fires"]


@pytest.mark.parametrize("patterns", [["rules/*.yml"], ["rules/*.yaml", "missing.yaml"], []])
def test_rules_that_are_not_there_are_not_sound(project: AlertRules, patterns: list[str]) -> None:
    with pytest.raises(UsageError):
        project(*patterns)


def test_without_promtool_nothing_is_called_sound(project: AlertRules, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "available", lambda: False)
    with pytest.raises(Unavailable):
        project("rules/sound.yaml")


@_needs_promtool
def test_the_fixture_knows_the_profile_s_rules(alert_rules: AlertRules) -> None:
    linted = alert_rules.lint()
    assert linted.rules >= 3
    assert (linted.context.scrape_interval_s, linted.context.evaluation_interval_s) == (10.0, 10.0)
    assert linted.errors == ()


def _tested(project: Path) -> subprocess.CompletedProcess[str]:
    """Somebody else's project, tested with the plugin and nothing else of ours."""
    (project / "test_rules.py").write_text(
        "def test_rules(alert_rules):\n    assert not alert_rules('rules/*.yaml').errors\n"
    )
    command = [sys.executable, "-m", "pytest", "-q", "-p", "harness.plugin", "-p", "no:cacheprovider", "test_rules.py"]
    return subprocess.run(command, cwd=project, capture_output=True, text=True, check=False, timeout=120)


@_needs_promtool
def test_in_another_project(tmp_path: Path, project: AlertRules) -> None:
    failed = _tested(tmp_path)
    assert (failed.returncode, "Upside: no value can meet" in failed.stdout) == (1, True), failed.stdout
    (tmp_path / "rules" / "broken.yaml").unlink()
    assert _tested(tmp_path).returncode == 0
    assert project("rules/*.yaml").rules == 1


def test_in_another_project_without_promtool(
    tmp_path: Path, project: AlertRules, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    told = _tested(tmp_path)
    assert (told.returncode, "1 skipped" in told.stdout) == (0, True), told.stdout
    with pytest.raises(UsageError):
        project("nothing.yaml")


def test_what_was_linted_before_the_claim_says_nothing_of_it() -> None:
    row = (-1.0, "rules-linted", "prometheus", {"rules": 3, "proven": True, "findings": []})
    old, new = facts(row), facts((1.0, *row[1:]))
    verdicts = [decide(claim("rules-sound"), each, closed=True) for each in (old, new)]
    assert [each.verdict for each in verdicts if each] == [Verdict.INCONCLUSIVE, Verdict.PASS]
    assert decide(claim("rules-sound"), new, closed=False) is None


@pytest.fixture
def story(running: Run) -> Story:
    told = Story(Scenario(running, "a scenario", "a.feature"))
    told.scenario.__enter__()
    return told


@_needs_promtool
def test_sound_rules_are_claimed_to_be_so(story: Story) -> None:
    finding = alerts.rules_are_sound(story)
    assert (finding.verdict, finding.reason[:22]) == (Verdict.PASS, "1 rules without an err")


@_needs_promtool
def test_a_sabotaged_rule_fails_for_its_reason(story: Story, target: FakeTarget) -> None:
    target.rules = _text(SOUND, BROKEN)
    finding = alerts.rules_are_sound(story)
    assert finding.verdict is Verdict.FAIL
    assert finding.reason == "Upside: no value can meet the condition: up is from 0 to 1, never > 1 [never-fires]"


def _claimed(story: Story) -> Finding:
    finding = alerts.rules_are_sound(story)
    assert finding.verdict is Verdict.INCONCLUSIVE
    return finding


def test_a_prometheus_without_rules_shows_nothing(story: Story, target: FakeTarget) -> None:
    target.rules = "groups: []"
    assert "no rule at all" in _claimed(story).reason


def test_without_promtool_nothing_is_decided(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rule_lint, "available", lambda: False)
    assert "promtool" in _claimed(story).reason


def test_a_prometheus_that_is_not_there_is_named(
    story: Story, target: FakeTarget, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse() -> None:
        raise TargetError("Prometheus did not answer")

    monkeypatch.setattr(target, "loaded_rules", refuse)
    assert _claimed(story).reason == "no alert rule was looked at: Prometheus did not answer"


LOADED: dict[str, Any] = {
    "groups": [
        {
            "name": "builds", "file": "/rules/a.yaml", "interval": 10,
            "rules": [
                {
                    "type": "alerting", "name": "Failing", "query": "rate(failed_total[5m]) > 1", "duration": 0.5,
                    "keepFiringFor": 120, "labels": {"severity": "critical"}, "annotations": {"summary": "it: fails"},
                },
                {"type": "recording", "name": "job:x:sum", "query": "sum by (job) (x)"},
            ],
        },
        {
            "name": "builds", "file": "/rules/b.yaml", "interval": 10,
            "rules": [{"type": "alerting", "name": "B", "query": "x", "duration": 0, "labels": {}, "annotations": {}}],
        },
    ]
}  # fmt: skip


def test_loaded_rules_are_read_as_they_were_written(monkeypatch: pytest.MonkeyPatch) -> None:
    prometheus = Prometheus("http://127.0.0.1:1")
    monkeypatch.setattr(prometheus, "_get", lambda *_: json.loads(json.dumps(LOADED)))

    reading = read_text("loaded", prometheus.rule_file())

    failing, record, other = reading.rules
    assert (failing.name, failing.expr, failing.interval_s) == ("Failing", "rate(failed_total[5m]) > 1", 10.0)
    assert (failing.for_s, failing.keep_firing_for_s) == (0.5, 120.0)
    assert (failing.labels, failing.annotations) == ({"severity": "critical"}, {"summary": "it: fails"})
    assert (record.record, other.for_s) == ("job:x:sum", 0.0)
    assert (reading.findings, reading.doubts) == ([], [])
