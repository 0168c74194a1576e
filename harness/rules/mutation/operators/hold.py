"""`for` is twice or half as long, or not there; or it is there, five minutes, where none was."""

from __future__ import annotations

from collections.abc import Iterator

from harness.rules.durations import duration
from harness.rules.lint.model import Rule
from harness.rules.mutation.model import Change

_FIELD = ("for",)
_ADDED_MS = 300_000


def changes(rule: Rule) -> Iterator[Change]:
    if not rule.alert:
        return
    length = round(rule.for_s * 1000)
    if not length:
        added = duration(_ADDED_MS)
        yield Change(variant="added", field=_FIELD, before="", after=f"for: {added}", value=added)
        return
    before = f"for: {duration(length)}"
    for variant, other in (("doubled", 2 * length), ("halved", length // 2)):
        after = duration(other)
        yield Change(variant=variant, field=_FIELD, before=before, after=f"for: {after}", value=after)
    yield Change(variant="removed", field=_FIELD, before=before, after="", value=None)
