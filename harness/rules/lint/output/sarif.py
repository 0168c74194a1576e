"""SARIF 2.1.0, for code scanning and editors."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import version
from urllib.parse import quote

import msgspec

from harness.rules.lint.model import Finding, Severity
from harness.rules.lint.output.json import message

_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.HINT: "note"}


def render(findings: Sequence[Finding]) -> str:
    """One run; each check that found something is a rule of it."""
    checks = sorted({finding.check for finding in findings})
    log = {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "rules-lint",
                        "version": version("chaos-harness"),
                        "rules": [{"id": check} for check in checks],
                    }
                },
                "results": [
                    {
                        "ruleId": finding.check,
                        "ruleIndex": checks.index(finding.check),
                        "level": _LEVELS[finding.severity],
                        "message": {"text": (f"{finding.rule}: " if finding.rule else "") + message(finding)},
                        "locations": [
                            {
                                "physicalLocation": {
                                    "artifactLocation": {"uri": quote(finding.file, safe="/:")},
                                    "region": {"startLine": max(1, finding.line)},
                                }
                            }
                        ],
                    }
                    for finding in findings
                ],
            }
        ],
    }
    return msgspec.json.format(msgspec.json.encode(log), indent=2).decode() + "\n"
