"""junit.xml: a suite for each scenario, a case for each claim, as CI systems read it.

Jenkins, GitLab and GitHub's test reporters show `message` in lists and the text below it when opened, group by
`classname`, and take two cases of one class and name for one: claims said twice in a scenario are numbered.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime

from junitparser import Error, Failure, JUnitXml, Skipped, TestCase, TestSuite
from junitparser.junitparser import FinalResult

from harness.judging.judged import ClaimReport, RunReport, ScenarioReport
from harness.judging.verdict import Verdict
from harness.progress import time_text
from harness.report.rerun import rerun_command

_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 cannot hold, section 2.2 of its specification."""


def junit(report: RunReport) -> JUnitXml:
    """The document. A run or scenario that did not come to its end has a case that says so."""
    document = JUnitXml("chaos scenarios")
    for scenario in report.scenarios:
        document.add_testsuite(_suite(scenario, report))
    if report.reason:
        suite = TestSuite("the run")
        suite.timestamp = _timestamp(report.started_at)
        case = TestCase("the harness works", classname="harness", time=0.0)
        case.result = [_result(Error, report.verdict, report.reason, report.reason)]
        suite.add_testcase(case)
        document.add_testsuite(suite)
    document.tests = sum(suite.tests for suite in document)
    document.failures = sum(suite.failures for suite in document)
    document.errors = sum(suite.errors for suite in document)
    document.time = round(report.ended_at - report.started_at, 3)
    return document


def _suite(scenario: ScenarioReport, report: RunReport) -> TestSuite:
    suite = TestSuite(_plain(scenario.name))
    for name, value in _properties(scenario, report):
        suite.add_property(name, _plain(value))
    classname = f"{scenario.feature.removesuffix('.feature')}.{scenario.name.replace('.', '_')}"
    said: Counter[str] = Counter()
    for claim in scenario.claims:
        said[claim.text] += 1
        again = f" ({said[claim.text]})" if said[claim.text] > 1 else ""
        suite.add_testcase(_case(claim, f"{claim.text}{again}", classname))
    ending = _ending(scenario)
    if ending is not None:
        name, result = ending
        case = TestCase(name, classname=_plain(classname), time=0.0)
        case.result = [result]
        suite.add_testcase(case)
    suite.timestamp = _timestamp(scenario.started_at)
    # Claims overlap in time: the suite took as long as the scenario, not as long as their sum.
    suite.time = round(scenario.ended_at - scenario.started_at, 3)
    return suite


def _properties(scenario: ScenarioReport, report: RunReport) -> Iterator[tuple[str, str]]:
    yield "run", report.run
    yield "feature", scenario.feature
    yield "verdict", scenario.verdict or "skipped"
    yield "run again", rerun_command(scenario)
    for fault in scenario.faults:
        acted = "acted" if fault.effective_at is not None else "not seen to act"
        yield f"fault {fault.name}", acted if fault.healed_at is not None else f"{acted}, not seen healed"


def _ending(scenario: ScenarioReport) -> tuple[str, FinalResult] | None:
    """A case for what no claim says; None where the claims say all."""
    if scenario.verdict is None:
        return "the fault can be had", Skipped(_plain(scenario.reason))
    if scenario.verdict in (Verdict.HARNESS_ERROR, Verdict.ABORTED) or not scenario.claims:
        return "the scenario runs to its end", _result(Error, scenario.verdict, scenario.reason, scenario.reason)
    return None


def _case(claim: ClaimReport, name: str, classname: str) -> TestCase:
    case = TestCase(_plain(name), classname=_plain(classname), time=round(claim.measured_s or 0.0, 3))
    text = "\n".join(_lines(claim))
    if claim.verdict is Verdict.PASS:
        case.system_out = _plain(text)
    else:
        kind = Failure if claim.verdict is Verdict.FAIL else Error
        case.result = [_result(kind, claim.verdict, claim.reason, text)]
    return case


def _lines(claim: ClaimReport) -> Iterator[str]:
    yield claim.reason
    times = time_text(claim.measured_s, claim.limit_s).strip()
    if times:
        yield f"measured: {times}" if claim.measured_s is not None else f"not measured {times}"
    if claim.allowance:
        yield f"limit: {claim.allowance}"
    if claim.after_fault_s is not None:
        yield f"after the fault acted: {claim.after_fault_s:.1f} s"


def _result(kind: type[FinalResult], verdict: Verdict, message: str, text: str) -> FinalResult:
    result = kind(_plain(message), verdict)
    result.text = _plain(text)
    return result


def _plain(text: str) -> str:
    return _NOT_IN_XML.sub("\N{REPLACEMENT CHARACTER}", text)


def _timestamp(at: float) -> str:
    """As xs:dateTime without a zone, which is how the format has it; in UTC."""
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%dT%H:%M:%S}"
