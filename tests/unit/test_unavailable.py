"""A fault that cannot be had: nothing is changed, its scenario is skipped, and a run of nothing else is no PASS."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest

from chaos.faults import noop
from harness.errors import Unavailable
from harness.facts.timeline import read
from harness.judging.expectation import steady
from harness.judging.judge import judge
from harness.judging.judged import RunReport
from harness.judging.verdict import Verdict
from harness.report import files
from harness.running.run import Run
from harness.running.scenario import Scenario

REASON = "the kernel cannot"


@pytest.fixture(autouse=True)
def _unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(noop.FAULT, "available", lambda _target: REASON, raising=False)


def _skipped(run: Run, name: str) -> None:
    with Scenario(run, name, "a.feature") as scenario:
        with pytest.raises(Unavailable, match=REASON):
            scenario.inject("noop")
        assert run.ledger.entries() == []
    scenario.ended("skipped", REASON)


def _passed(run: Run, name: str) -> None:
    with Scenario(run, name, "a.feature") as scenario:
        scenario.record("observation", "well", gate="g", value=1, accepted=True, detail="")
        scenario.expect(steady("g", ["well"], since=0.0))
    scenario.ended("completed")


def _judged(run: Run) -> RunReport:
    return judge(list(read(run.timeline.path)), "run")


def test_it_says_so_and_does_not_count(new_run: Callable[[str], Run]) -> None:
    with new_run("run") as run:
        _passed(run, "one that can")
        _skipped(run, "one that cannot")
    report = _judged(run)
    assert report.verdict is Verdict.PASS
    assert [s.verdict for s in report.scenarios] == [Verdict.PASS, None]
    assert report.scenarios[1].reason == REASON


def test_a_run_of_nothing_else_is_no_pass(new_run: Callable[[str], Run]) -> None:
    with new_run("run") as run:
        _skipped(run, "one that cannot")
    report = _judged(run)
    assert report.verdict is Verdict.INCONCLUSIVE
    assert report.reason == "every scenario was skipped"


def test_what_failed_before_it_was_skipped_counts(new_run: Callable[[str], Run]) -> None:
    with new_run("run") as run:
        with Scenario(run, "a scenario", "a.feature") as scenario:
            scenario.record("observation", "well", gate="g", value=0, accepted=False, detail="ill")
            scenario.expect(steady("g", ["well"], since=0.0))
        scenario.ended("skipped", REASON)
    assert _judged(run).verdict is Verdict.ABORTED


def test_ci_systems_are_told(new_run: Callable[[str], Run], tmp_path: Path) -> None:
    with new_run("run") as run:
        _skipped(run, "one that cannot")
    files.write(_judged(run), tmp_path / "written")
    skipped = ElementTree.parse(tmp_path / "written" / "junit.xml").findall(".//skipped")
    assert [case.get("message") for case in skipped] == [REASON]
