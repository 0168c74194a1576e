"""What other packages bring: faults, found through an entry point; adapters, found by the name in a profile."""

from __future__ import annotations

import importlib
from importlib.metadata import entry_points
from pathlib import Path
from typing import cast

import yaml

from harness.documents import document
from harness.errors import UsageError
from harness.faults.fault import FaultLookup
from harness.target import Target

FAULTS = "chaos_harness.faults"
"""Entry point group; its members are functions from a fault's name to the fault."""


def fault_lookup() -> FaultLookup:
    """Finds faults in every installed package that brings some."""
    lookups = [cast(FaultLookup, point.load()) for point in entry_points(group=FAULTS)]

    def lookup(name: str) -> object:
        errors = []
        for find in lookups:
            try:
                return find(name)
            except UsageError as error:
                errors.append(str(error))
        raise UsageError("; ".join(errors) or f"no package brings faults, {name!r} neither")

    return cast(FaultLookup, lookup)


def target_for(profile: Path, root: Path, *, inside: bool = False) -> Target:
    """The target that `profile` describes, through the adapter it names; seen from `inside` the cluster, or from here.

    Raises:
        UsageError: there is no such profile, or it names no adapter there is.
    """
    try:
        adapter = document(profile.read_text())["adapter"]
    except (OSError, yaml.YAMLError, KeyError, TypeError) as error:
        raise UsageError(f"{profile} is no target's profile: {error!r}", todo="see docs/targets.md") from error
    try:
        module = importlib.import_module(f"harness.targets.{adapter}")
    except ModuleNotFoundError as error:
        raise UsageError(f"{profile}: there is no adapter {adapter!r}", todo="see harness/targets/") from error
    return cast(Target, module.connect(profile, root, inside=inside))
