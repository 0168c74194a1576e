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
from rich.console import Console

from harness.errors import HarnessError
from harness.extensions import fault_lookup, target_for
from harness.judge import judge
from harness.progress import Progress, console_on
from harness.report import files, text
from harness.run import Run
from harness.runfolder import new_folder
from harness.scenario import GateClosed, Scenario, Stuck
from harness.signals import Signals
from harness.timeline import read
from harness.verdict import Verdict

_BINDINGS = "test_scenarios.py"

_scenario_key = pytest.StashKey[Scenario]()
_runs_key = pytest.StashKey["RunKeeper"]()
_terminal_key = pytest.StashKey[IO[str]]()


class ClaimsNotHeld(AssertionError):
    """At least one claim of the scenario is not PASS; each is listed."""


class RunKeeper:
    """Opens the run when the first scenario starts, and writes the report when the session ends."""

    def __init__(self, root: Path, profile: Path, folder: Path | None, console: Console) -> None:
        self._root = root
        self._profile = profile
        self._folder = folder
        self._console = console
        self._signals = Signals()
        self._run: Run | None = None
        self._entered = False
        self._failure: BaseException | None = None

    def run(self) -> Run:
        """The run of this session, opened at the first call. A run that could not be opened stays so."""
        if self._failure is not None:
            raise self._failure
        if self._run is None:
            self._signals.install()
            self._folder = self._folder or new_folder(self._root / "reports")
            try:
                run = Run(
                    folder=self._folder,
                    state=self._root / ".state",
                    target=target_for(self._profile, self._root),
                    lookup=fault_lookup(),
                    progress=Progress(self._console),
                    signals=self._signals,
                )
                self._run = run
                run.__enter__()
                self._entered = True
            except BaseException as error:
                self._failure = error
                raise
        return self._run

    def finish(self) -> Verdict | None:
        """Close the run, judge its timeline, write and show the report; None when no scenario was started."""
        if self._folder is None or self._run is None:
            return None if self._failure is None else Verdict.HARNESS_ERROR
        if self._entered:
            self._run.__exit__()
        facts = list(read(self._run.timeline.path))
        report = judge(facts, self._folder.name)
        files.write(report, self._folder)
        text.show(report, self._console)
        self._signals.restore()
        return report.verdict

    def interrupted(self) -> str:
        """The signal that ended the run, "" when none did."""
        return self._signals.received


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
    except BaseException as error:
        opened = item.stash.get(_scenario_key, None)
        if opened is not None:
            _end(opened, _outcome(error), _reason(error))
        raise
    opened = item.stash.get(_scenario_key, None)
    if opened is not None:
        _end(opened, "completed", "")
        missed = [f"{f.verdict}: {c.text}: {f.reason}" for c, f in opened.findings if f.verdict is not Verdict.PASS]
        if missed or not opened.findings:
            raise ClaimsNotHeld("\n".join(missed) or "the scenario claims nothing")
    return result


def _end(opened: Scenario, outcome: str, reason: str) -> None:
    try:
        opened.__exit__(None, None, None)
    except HarnessError as error:
        opened.record("run-error", opened.name, what=f"healing failed: {error}")
        raise
    finally:
        opened.ended(outcome, reason)


def _outcome(error: BaseException) -> str:
    if isinstance(error, KeyboardInterrupt | GateClosed):
        return "stopped"
    return "stuck" if isinstance(error, Stuck) else "error"


def _reason(error: BaseException) -> str:
    if isinstance(error, KeyboardInterrupt):
        return f"stopped by {error.args[0] if error.args else 'SIGINT'}"
    return str(error) if isinstance(error, HarnessError) else f"{type(error).__name__}: {error}"


@pytest.hookimpl(wrapper=True)
def pytest_sessionfinish(session: pytest.Session) -> Generator[None, Any, Any]:
    result = yield
    verdict = session.config.stash[_runs_key].finish()
    if verdict is not None:
        session.exitstatus = verdict.exit_code
    return result


@pytest.hookimpl(wrapper=True)
def pytest_exception_interact(call: pytest.CallInfo[Any], report: pytest.TestReport) -> Generator[None, Any, Any]:
    """An error of ours is one clear line; its stack says nothing more."""
    error = call.excinfo.value if call.excinfo is not None else None
    if isinstance(error, HarnessError | ClaimsNotHeld):
        report.longrepr = f"{type(error).__name__}: {error}"
    return (yield)
