"""What the extension offers, in the form in which chaostoolkit asks for it."""

from __future__ import annotations

import importlib
import inspect
from importlib.metadata import version
from typing import Any

from chaoslib.discovery.discover import discover_actions, discover_probes, initialize_discovery_result

from chaos import faults

_DISTRIBUTION = "chaos-harness"


def discovery(*, with_system: bool) -> dict[str, Any]:
    """All actions and probes with their arguments; with `with_system` also every fault that `inject` knows."""
    found: dict[str, Any] = initialize_discovery_result(_DISTRIBUTION, version(_DISTRIBUTION), "build-pipeline")
    found["activities"] = [*discover_actions("chaos.actions"), *discover_probes("chaos.probes")]
    if with_system:
        found["system"] = {"faults": [{"name": name, "doc": _doc(name)} for name in faults.names()]}
    return found


def _doc(fault: str) -> str:
    return inspect.getdoc(importlib.import_module(type(faults.lookup(fault)).__module__)) or ""
