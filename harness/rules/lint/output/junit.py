"""JUnit, for CI: a suite for each file, a case for each finding; errors fail, the rest is told as skipped."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import groupby
from typing import Any

from junitparser import Failure, JUnitXml, Skipped, TestCase, TestSuite

from harness.rules.lint.model import Finding, Severity
from harness.rules.lint.output.json import message

_NO_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def render(findings: Sequence[Finding]) -> str:
    """A JUnit document; with nothing found it has one case that passed."""
    document: Any = JUnitXml("rules-lint")
    if not findings:
        suite = TestSuite("rules-lint")
        suite.add_testcase(TestCase("no findings", classname="rules-lint"))
        document.add_testsuite(suite)
    for file, of_file in groupby(findings, key=lambda finding: finding.file):
        suite = TestSuite(_clean(file))
        for finding in of_file:
            name = f"{finding.rule or 'file'}: {finding.check} (line {finding.line})"
            case = TestCase(_clean(name), classname=_clean(file))
            outcome = Failure if finding.severity is Severity.ERROR else Skipped
            result = outcome(_clean(f"{finding.severity}: {finding.message}"), finding.check)
            result.text = _clean(message(finding))
            case.result = [result]
            suite.add_testcase(case)
        document.add_testsuite(suite)
    document.update_statistics()
    return str(document.tostring().decode()) + "\n"


def _clean(text: str) -> str:
    return _NO_XML.sub("\ufffd", text)
