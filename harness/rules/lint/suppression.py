"""Comments that say which findings are known, and why: `# rules-lint: ignore raw-counter because it is reset daily`.

Such a comment stands within a rule or above it; `ignore-file` counts for the whole file. One without a reason, or one
that suppresses nothing, is told itself.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from harness.rules.lint.model import Finding, Severity

_COMMENT = re.compile(r"(?:^|\s)#\s*rules-lint:\s*(.*?)\s*$")
_ORDER = re.compile(r"(ignore|ignore-file)\s+([a-z0-9-]+(?:\s*,\s*[a-z0-9-]+)*)(?:\s+because\s+(\S.*))?")
_CHECK = "suppression"
_FORM = "write # rules-lint: ignore CHECK[, CHECK] because REASON"


class Extent(msgspec.Struct, frozen=True):
    """The lines of a rule, from 1, both included."""

    first: int
    last: int


class Suppression(msgspec.Struct, frozen=True, kw_only=True):
    """Checks that are not to be told between two lines of a file, and the reason given."""

    file: str
    line: int
    first: float
    last: float
    checks: frozenset[str]
    reason: str


def suppressions(file: str, lines: Sequence[str], extents: Iterable[Extent]) -> tuple[list[Suppression], list[Finding]]:
    """What the comments of a file suppress, and those among them that are wrong."""
    found: list[Suppression] = []
    wrong: list[Finding] = []
    rules = sorted(extents, key=lambda extent: extent.first)
    for number, text in enumerate(lines, start=1):
        comment = _COMMENT.search(text) if "rules-lint:" in text else None
        if comment is None:
            continue
        order = _ORDER.fullmatch(comment[1])
        extent = _extent(number, text, lines, rules, whole=bool(order and order[1] == "ignore-file"))
        if order is None:
            wrong.append(_hint(file, number, f"this comment is not understood: {comment[1]!r}", _FORM))
        elif not order[3]:
            wrong.append(_hint(file, number, "nothing is suppressed without a reason", _FORM))
        elif extent is None:
            wrong.append(_hint(file, number, "no rule comes after this comment", "put it above the rule it is for"))
        else:
            found.append(
                Suppression(
                    file=file,
                    line=number,
                    first=extent[0],
                    last=extent[1],
                    checks=frozenset(name.strip() for name in order[2].split(",")),
                    reason=order[3],
                )
            )
    return found, wrong


def applied(findings: Iterable[Finding], known: Sequence[Suppression]) -> Iterator[Finding]:
    """The findings that nobody suppressed, and a hint for each check named by a suppression that suppressed nothing."""
    by_file: dict[str, list[Suppression]] = {}
    for suppression in known:
        by_file.setdefault(suppression.file, []).append(suppression)
    used: set[tuple[str, int, str]] = set()
    for finding in findings:
        hits = [
            each
            for each in by_file.get(finding.file, ())
            if finding.check in each.checks and each.first <= finding.line <= each.last
        ]
        used.update((each.file, each.line, finding.check) for each in hits)
        if not hits:
            yield finding
    for each in known:
        for check in sorted(each.checks):
            if (each.file, each.line, check) not in used:
                yield _hint(each.file, each.line, f"{check} finds nothing here to ignore", "delete it")


def _extent(
    number: int, text: str, lines: Sequence[str], rules: Sequence[Extent], *, whole: bool
) -> tuple[float, float] | None:
    """The lines that a comment is for: those of the rule it is within, or else of the next one.

    A comment after the last field of a rule is within it when it stands as deep as the fields, not as the dash.
    """
    if whole:
        return 1, math.inf
    before: Extent | None = None
    for rule in rules:
        if rule.first <= number <= rule.last:
            return rule.first, rule.last
        if number < rule.first:
            if before is not None and _indent(text) > _indent(lines[before.first - 1]):
                return before.first, before.last
            return rule.first, rule.last
        before = rule
    if before is not None and _indent(text) > _indent(lines[before.first - 1]):
        return before.first, before.last
    return None


def _indent(text: str) -> int:
    return len(text) - len(text.lstrip())


def _hint(file: str, line: int, message: str, mend: str) -> Finding:
    return Finding(file=file, rule="", line=line, check=_CHECK, severity=Severity.HINT, message=message, mend=mend)
