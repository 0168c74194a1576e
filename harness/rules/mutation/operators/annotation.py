"""An annotation says something else, or is not there."""

from __future__ import annotations

from collections.abc import Iterator

from harness.rules.lint.model import Rule
from harness.rules.mutation.model import Change


def changes(rule: Rule) -> Iterator[Change]:
    for name, value in rule.annotations.items():
        field, before, other = ("annotations", name), f"{name}: {value}", f"{value} changed"
        yield Change(variant=f"{name}-changed", field=field, before=before, after=f"{name}: {other}", value=other)
        yield Change(variant=f"{name}-removed", field=field, before=before, after="", value=None)
