"""Faults for which Prometheus would refuse a rule file, as they look to us, before Prometheus was asked."""

from __future__ import annotations

import json
from collections.abc import Iterable

import msgspec

from harness.rules.lint.model import Finding, Severity


class Doubt(msgspec.Struct, frozen=True, kw_only=True):
    """Something that Prometheus may refuse.

    Attributes:
        finding: how it is told when Prometheus could not be asked.
        text: a rule file with this fault and no other; when Prometheus refuses it, the finding is an ERROR.
        certain: whether it is told at all when Prometheus was not asked.
        accepted: what is told when Prometheus loads the file after all, None for nothing.
    """

    finding: Finding
    text: str
    certain: bool = True
    accepted: Finding | None = None


def rule_file(pairs: Iterable[tuple[str, str]], group: Iterable[tuple[str, str]] = ()) -> str:
    """A rule file with one rule of these fields; values are JSON. Fields may come twice, as in the file in doubt."""
    rule = _mapping(pairs)
    outer = [("name", '"group"'), *group, ("rules", f"[{rule}]")]
    return f'{{"groups":[{_mapping(outer)}]}}'


def alert_with(*pairs: tuple[str, str], name: str = "Alert", expr: str = "vector(1)") -> str:
    """A rule file with a sound alert that has these fields as well."""
    return rule_file([("alert", json.dumps(name)), ("expr", json.dumps(expr)), *pairs])


def refused(doubt: Doubt, why: str) -> Finding:
    """The finding, now that Prometheus has said why it loads no such file."""
    return msgspec.structs.replace(doubt.finding, severity=Severity.ERROR, evidence=f"promtool check rules: {why}")


def _mapping(pairs: Iterable[tuple[str, str]]) -> str:
    return "{" + ",".join(f"{json.dumps(key)}:{value}" for key, value in pairs) + "}"
