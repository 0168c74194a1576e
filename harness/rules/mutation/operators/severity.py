"""The severity is another one, or none: the wrong people are told, or nobody."""

from __future__ import annotations

from collections.abc import Iterator

from harness.rules.lint.model import Rule
from harness.rules.mutation.model import Change

_LABEL = "severity"


def changes(rule: Rule) -> Iterator[Change]:
    before = rule.labels.get(_LABEL)
    if not rule.alert or before is None:
        return
    after = "warning" if before != "warning" else "critical"
    field = ("labels", _LABEL)
    told = f"severity: {before}"
    yield Change(variant=f"to-{after}", field=field, before=told, after=f"severity: {after}", value=after)
    yield Change(variant="removed", field=field, before=told, after="", value=None)
