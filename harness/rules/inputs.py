"""What rules are made of: the selectors whose series must be had to evaluate them again."""

from __future__ import annotations

import json
from collections.abc import Iterator

import yaml

from harness.errors import UsageError
from harness.rules.lint.expression import Use, uses
from harness.rules.lint.promql import Unparsed, parse


def input_selectors(rules: str) -> list[str]:
    """A selector for every metric that the rule file `rules` reads and does not record itself, in order of their names.

    All series of a metric are selected, whatever matchers stand beside it; a selector without a metric is taken as it
    is.

    Raises:
        UsageError: an expression is no PromQL.
    """
    groups = yaml.safe_load(rules)["groups"]
    own = {rule["record"] for group in groups for rule in group["rules"] if "record" in rule}
    found = {use.metric or _braces(use) for use in _uses(rules)}
    return sorted(found - own - {"ALERTS", "ALERTS_FOR_STATE"})


def longest_window_s(rules: str) -> float:
    """How far back the widest range of any rule reaches, offsets and subqueries not counted, seconds."""
    return max((use.range_s or 0.0 for use in _uses(rules)), default=0.0)


def _braces(use: Use) -> str:
    return "{" + ",".join(f"{each.name}{each.op}{json.dumps(each.value)}" for each in use.matchers) + "}"


def _uses(rules: str) -> Iterator[Use]:
    for group in yaml.safe_load(rules)["groups"]:
        for rule in group["rules"]:
            tree = parse(rule["expr"])
            if isinstance(tree, Unparsed):
                raise UsageError(f"{rule['expr']!r}: {tree.message}", todo="lint the rules")
            yield from uses(tree)
