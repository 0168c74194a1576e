"""What was found, told: one format a file, each with a `render`."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from typing import cast

from harness.rules.lint.model import Finding

FORMATS = ("json", "sarif", "junit")


def renderer(name: str) -> Callable[[Sequence[Finding]], str]:
    """Findings to the text of that format, one of FORMATS."""
    module = importlib.import_module(f"{__name__}.{name}")
    return cast(Callable[[Sequence[Finding]], str], module.render)
