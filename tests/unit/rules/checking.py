"""Rules written as YAML in tests, and what one check, or all, say of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import promql_parser
import yaml

from harness.rules.durations import seconds
from harness.rules.lint.checks import all_checks
from harness.rules.lint.model import Context, Rule, Suspicion


def rule(
    expr: str,
    *,
    line: int = 1,
    alert: str = "Trouble",
    record: str = "",
    for_s: float = 0.0,
    labels: Mapping[str, str] | None = None,
    annotations: Mapping[str, str] | None = None,
) -> Rule:
    return Rule(
        file="rules.yaml",
        line=line,
        expr_line=line,
        group="group",
        interval_s=None,
        alert="" if record else alert,
        record=record,
        expr=expr,
        ast=promql_parser.parse(expr),
        for_s=for_s,
        labels=labels or {},
        annotations=annotations or {},
    )


def rules_of(text: str) -> list[Rule]:
    """The rules of a YAML list, or of a rule file."""
    return [_rule_of(entry, number) for number, entry in enumerate(_entries(yaml.safe_load(text)), 1)]


def _entries(loaded: Any) -> Iterator[dict[str, Any]]:
    if isinstance(loaded, list):
        yield from loaded
    else:
        for group in loaded.get("spec", loaded)["groups"]:
            yield from group["rules"]


def _rule_of(entry: Mapping[str, Any], line: int) -> Rule:
    return rule(
        entry["expr"],
        line=line,
        alert=entry.get("alert", "Trouble"),
        record=entry.get("record", ""),
        for_s=seconds(entry["for"]) if "for" in entry else 0.0,
        labels=entry.get("labels"),
        annotations=entry.get("annotations"),
    )


def suspicions(check: str, of: Rule, context: Context | None = None) -> list[Suspicion]:
    return list(all_checks()[check].check(of, context or Context(rules=(of,))))
