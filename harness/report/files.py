"""Writes a run's report: report.json and junit.xml beside its timeline, and `latest` pointing at it."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec
from junitparser import Error, Failure, JUnitXml, TestCase, TestSuite

from harness.progress import time_text
from harness.report.model import ClaimReport, RunReport, ScenarioReport
from harness.verdict import Verdict


def write(report: RunReport, folder: Path) -> None:
    """Write both files into `folder` and point `latest` beside it to it."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "report.json").write_bytes(msgspec.json.format(msgspec.json.encode(report), indent=2) + b"\n")
    _junit(report).write(str(folder / "junit.xml"), pretty=True)
    _point_latest(folder)


def _point_latest(folder: Path) -> None:
    latest = folder.parent / "latest"
    fresh = folder.parent / f".latest-{os.getpid()}"
    fresh.symlink_to(folder.name)
    fresh.replace(latest)


def _junit(report: RunReport) -> JUnitXml:
    document = JUnitXml()
    for scenario in report.scenarios:
        suite = TestSuite(scenario.name)
        for claim in scenario.claims:
            suite.add_testcase(_case(scenario, claim))
        if scenario.verdict in (Verdict.HARNESS_ERROR, Verdict.ABORTED) or not scenario.claims:
            case = TestCase("the scenario runs to its end", classname=scenario.feature)
            case.result = [Error(f"{scenario.verdict}: {scenario.reason}")]
            suite.add_testcase(case)
        document.add_testsuite(suite)
    if report.reason:
        suite = TestSuite("the run")
        case = TestCase("the harness works", classname="harness")
        case.result = [Error(f"{report.verdict}: {report.reason}")]
        suite.add_testcase(case)
        document.add_testsuite(suite)
    return document


def _case(scenario: ScenarioReport, claim: ClaimReport) -> TestCase:
    case = TestCase(claim.text, classname=scenario.name, time=claim.measured_s or 0.0)
    text = f"{claim.reason}{time_text(claim.measured_s, claim.limit_s)}"
    if claim.verdict is Verdict.FAIL:
        case.result = [Failure(text)]
    elif claim.verdict is Verdict.INCONCLUSIVE:
        case.result = [Error(f"INCONCLUSIVE: {text}")]
    elif claim.verdict is not Verdict.PASS:
        case.result = [Error(f"{claim.verdict}: {text}")]
    else:
        case.system_out = text
    return case
