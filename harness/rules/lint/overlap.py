"""One defect, one finding: a general check and a specific one may both see it, from two sides."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from harness.rules.lint.model import Finding, Severity, Suspicion

# The general check, and those that say of the same defect what it comes from; the best words first.
BETTER_TOLD_BY: Mapping[str, Sequence[str]] = {
    "never-fires": ("counts-nothing", "same-on-both-sides", "negative-rate", "scrape-timestamp"),
    "always-fires": ("same-on-both-sides", "negative-rate"),
}

_Told = tuple[Finding, Suspicion]


def one_each(told: Iterable[_Told]) -> list[_Told]:
    """The findings, without those of general checks where a specific one tells the same of the same rule. That one is
    told as severely as the general one was, and with its series, when it has none itself."""
    kept = list(told)
    for general, better in BETTER_TOLD_BY.items():
        for found in [each for each in kept if each[0].check == general]:
            same_rule = [each for each in kept if _place(each[0]) == _place(found[0])]
            specific = next((each for name in better for each in same_rule if each[0].check == name), None)
            if specific is not None:
                kept[kept.index(specific)] = _joined(specific, found)
                kept.remove(found)
    return kept


def _joined(specific: _Told, general: _Told) -> _Told:
    words, shown = specific[0], general[0]
    if words.severity is Severity.ERROR or shown.severity is not Severity.ERROR:
        return specific
    return msgspec.structs.replace(words, severity=Severity.ERROR, evidence=shown.evidence), general[1]


def _place(finding: Finding) -> tuple[str, int, str]:
    return finding.file, finding.line, finding.rule
