"""The command that is shown plays that scenario and no other."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from chaos.experiments import FAULTS, SCENARIOS, experiments
from harness.report.rerun import rerun_command
from steps.lint import scenarios
from tests.unit.report.runs import scenario

ROOT = Path(__file__).parents[3]
NAMES = [found.name for found in scenarios(ROOT / "features")]
EXPERIMENTS = {path: found["title"] for folder in (FAULTS, SCENARIOS) for path, found in experiments(folder).items()}

COLLECT = """
import json, sys, pytest
class Kept:
    def pytest_collection_finish(self, session):
        self.names = [item.nodeid for item in session.items]
def selected(expression):
    kept = Kept()
    pytest.main(["--collect-only", "-qq", "--no-header", "steps", "-k", f"test_scenarios and ({expression})"], [kept])
    return kept.names
print("\\n" + json.dumps([selected(expression) for expression in json.loads(sys.argv[1])]))
"""


def test_each_scenario_of_a_feature_is_selected_alone() -> None:
    commands = [shlex.split(rerun_command(scenario(name=name, feature="a.feature"))) for name in NAMES]
    assert {tuple(command[:2]) for command in commands} == {("make", "chaos")}
    expressions = [command[2].removeprefix("SCENARIO=") for command in commands]
    script = [sys.executable, "-c", COLLECT, json.dumps(expressions)]
    done = subprocess.run(script, cwd=ROOT, capture_output=True, text=True, check=True)
    selected = json.loads(done.stdout.splitlines()[-1])
    assert [len(found) for found in selected] == [1] * len(NAMES)
    assert len({found[0] for found in selected}) == len(NAMES)


@pytest.mark.parametrize("path", EXPERIMENTS, ids=lambda path: path.stem)
def test_an_experiment_is_named_by_its_file(path: Path) -> None:
    command = rerun_command(scenario(name=EXPERIMENTS[path], feature="chaos run"))
    assert command == f".venv/bin/chaos run {path.resolve().relative_to(ROOT)}"


def test_what_a_shell_would_read_is_quoted() -> None:
    command = rerun_command(scenario(name="a; rm -rf $HOME and not `b`", feature="a.feature"))
    assert shlex.split(command) == ["make", "chaos", "SCENARIO=a and rm and rf and home and b"]
