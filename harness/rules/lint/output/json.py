"""For programs: a list of findings, each with `file`, `rule`, `line`, `check`, `severity` and `message`."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from harness.rules.lint.model import Finding


def render(findings: Sequence[Finding]) -> str:
    """A JSON list; what to do and the evidence are part of the message."""
    rows = [
        {
            "file": finding.file,
            "rule": finding.rule,
            "line": finding.line,
            "check": finding.check,
            "severity": finding.severity.value,
            "message": message(finding),
        }
        for finding in findings
    ]
    return msgspec.json.format(msgspec.json.encode(rows), indent=2).decode() + "\n"


def message(finding: Finding) -> str:
    """The whole of what is to be said of a finding."""
    parts = [
        finding.message,
        finding.mend and f"Mend: {finding.mend}",
        finding.evidence and f"Shown: {finding.evidence}",
    ]
    return "\n".join(part for part in parts if part)
