"""The pytest plugin: gives steps their `scenario`, turns claims into test outcomes and verdicts into the exit status.

The only module that imports pytest. It learns of scenarios through pytest-bdd's hooks by their names alone.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Generator
from pathlib import Path
from typing import IO, Any

import pytest

from harness.errors import HarnessError, Unavailable
from harness.judging.verdict import Verdict
from harness.progress import console_on
from harness.rules.lint.alert_rules import AlertRules
from harness.running.keeper import RunKeeper, end
from harness.running.scenario import Scenario
from harness.targets.own_rules import own_rules

_BINDINGS = "test_scenarios.py"

_scenario_key = pytest.StashKey[Scenario]()
_runs_key = pytest.StashKey[RunKeeper]()
_terminal_key = pytest.StashKey[IO[str]]()


class ClaimsNotHeld(AssertionError):
    """At least one claim of the scenario is not PASS; each is listed."""


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("chaos harness")
    group.addoption("--profile", default="clusters/reference/profile.yaml", help="the target's profile")
    group.addoption(
        "--run-folder", default=None, help="where this run's report goes (default: a new folder in reports/)"
    )


def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    early_config.stash[_terminal_key] = os.fdopen(os.dup(2), "w")


def pytest_configure(config: pytest.Config) -> None:
    root = config.rootpath
    folder = config.getoption("run_folder")
    terminal = config.stash.get(_terminal_key, None)
    config.stash[_runs_key] = RunKeeper(
        root,
        root / config.getoption("profile"),
        Path(folder).resolve() if folder else None,
        console_on(terminal or sys.stderr),
    )


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let -k select scenarios by the words of their feature's title too."""
    for item in items:
        if item.path.name == _BINDINGS:
            title = (getattr(getattr(item, "function", None), "__doc__", None) or "").lower()
            item.extra_keyword_matches.update(title.replace(":", " ").split())


@pytest.fixture
def scenario(request: pytest.FixtureRequest) -> Scenario:
    """The scenario that is running."""
    opened: Scenario = request.node.stash[_scenario_key]
    return opened


@pytest.fixture
def alert_rules(request: pytest.FixtureRequest) -> AlertRules:
    """Lints alert rules: `alert_rules("rules/*.yaml").errors` is empty when they are sound."""
    config = request.config
    return AlertRules(config.rootpath, lambda: own_rules(config.rootpath / config.getoption("profile")))


def pytest_bdd_before_scenario(request: pytest.FixtureRequest, feature: Any, scenario: Any) -> None:
    keeper = request.config.stash[_runs_key]
    feature_file = Path(feature.filename).name
    opened = Scenario(keeper.run(), scenario.name, feature_file)
    request.node.stash[_scenario_key] = opened
    opened.__enter__()


def pytest_bdd_before_step(request: pytest.FixtureRequest, step: Any) -> None:
    request.node.stash[_scenario_key].record("step", step.name, keyword=step.keyword)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, Any, Any]:
    try:
        result = yield
    except Unavailable as error:
        opened = item.stash.get(_scenario_key, None)
        if opened is not None:
            end(opened, error)
        pytest.skip(str(error))
    except BaseException as error:
        opened = item.stash.get(_scenario_key, None)
        if opened is not None:
            end(opened, error)
        raise
    opened = item.stash.get(_scenario_key, None)
    if opened is not None:
        end(opened, None)
        missed = [f"{f.verdict}: {c.text}: {f.reason}" for c, f in opened.findings if f.verdict is not Verdict.PASS]
        if missed or not opened.findings:
            raise ClaimsNotHeld("\n".join(missed) or "the scenario claims nothing")
    return result


@pytest.hookimpl(wrapper=True)
def pytest_sessionfinish(session: pytest.Session) -> Generator[None, Any, Any]:
    result = yield
    verdict = session.config.stash[_runs_key].finish()
    if verdict is not None:
        # What pytest saw fail and the timeline knows nothing of is no success either.
        session.exitstatus = verdict.exit_code or session.exitstatus
    return result


@pytest.hookimpl(wrapper=True)
def pytest_exception_interact(call: pytest.CallInfo[Any], report: pytest.TestReport) -> Generator[None, Any, Any]:
    """An error of ours is one clear line; its stack says nothing more."""
    error = call.excinfo.value if call.excinfo is not None else None
    if isinstance(error, HarnessError | ClaimsNotHeld):
        report.longrepr = f"{type(error).__name__}: {error}"
    return (yield)
