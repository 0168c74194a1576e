"""One check a file; the file's name is the check's. Adding a check is adding a file with a `check`."""

from __future__ import annotations

import importlib
import pkgutil
from typing import cast

from harness.rules.lint.model import Check


def all_checks() -> dict[str, Check]:
    """Every check by its name."""
    modules = [module.name for module in pkgutil.iter_modules(__path__)]
    return {name.replace("_", "-"): cast(Check, importlib.import_module(f"{__name__}.{name}")) for name in modules}
