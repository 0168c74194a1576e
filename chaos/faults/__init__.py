"""One fault a file; the file's name is the fault's name. Adding a fault is adding a file with a `FAULT`."""

from __future__ import annotations

import importlib
import pkgutil
from typing import cast

from harness.errors import UsageError
from harness.faults.fault import Fault


def names() -> list[str]:
    """All faults."""
    return sorted(module.name.replace("_", "-") for module in pkgutil.iter_modules(__path__))


def lookup(name: str) -> Fault:
    """The fault called `name`.

    Raises:
        UsageError: there is none.
    """
    if name not in names():
        raise UsageError(f"there is no fault {name!r}", todo=f"one of: {', '.join(names())}")
    return cast(Fault, importlib.import_module(f"{__name__}.{name.replace('-', '_')}").FAULT)
