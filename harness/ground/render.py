"""Fills `${image:<name>}` and `${<variable>}` in manifests and GitOps content."""

from __future__ import annotations

import re
from collections.abc import Mapping

from harness.errors import UsageError

_PLACEHOLDER = re.compile(r"\$\{(?P<image>image:)?(?P<name>[A-Za-z0-9_.-]+)\}")


def render(text: str, *, images: Mapping[str, str], values: Mapping[str, str], source: str = "manifest") -> str:
    """`text` with every placeholder replaced. Raises UsageError naming `source` when one is unknown."""

    def replacement(match: re.Match[str]) -> str:
        known = images if match["image"] else values
        name = match["name"]
        if name not in known:
            what = "image" if match["image"] else "value"
            raise UsageError(
                f"{source}: no {what} named {name!r}", todo=f"known are: {', '.join(sorted(known)) or 'none'}"
            )
        return known[name]

    return _PLACEHOLDER.sub(replacement, text)
