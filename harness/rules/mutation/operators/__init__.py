"""One way of breaking a rule a file; the file's name is the operator's. Adding one is adding a file with `changes`."""

from __future__ import annotations

import importlib
import pkgutil
from typing import cast

from harness.rules.mutation.model import Operator


def all_operators() -> dict[str, Operator]:
    """Every operator by its name, in order of the names."""
    modules = sorted(module.name for module in pkgutil.iter_modules(__path__))
    return {name.replace("_", "-"): cast(Operator, importlib.import_module(f"{__name__}.{name}")) for name in modules}
