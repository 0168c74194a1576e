"""A label that the rule sets, other than the severity, has another value or is not set."""

from __future__ import annotations

from collections.abc import Iterator

from harness.rules.lint.model import Rule
from harness.rules.mutation.model import Change


def changes(rule: Rule) -> Iterator[Change]:
    for name, value in rule.labels.items():
        if name == "severity":
            continue
        field, before, other = ("labels", name), f"{name}: {value}", f"{value}-other"
        yield Change(variant=f"{name}-changed", field=field, before=before, after=f"{name}: {other}", value=other)
        yield Change(variant=f"{name}-removed", field=field, before=before, after="", value=None)
