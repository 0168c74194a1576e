"""Experiments for chaostoolkit: `scenarios/` has one for each Gherkin scenario, `faults/` one for each fault.

An experiment is its scenario's by its title, and its fault's by the name of its file.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any, cast

import yaml

SCENARIOS = Path(__file__).parent / "scenarios"
FAULTS = Path(__file__).parent / "faults"


def experiments(folder: Path) -> dict[Path, dict[str, Any]]:
    """All experiments in `folder`, by their files."""
    return {path: cast(dict[str, Any], yaml.safe_load(path.read_text())) for path in sorted(folder.glob("*.yaml"))}


def mismatches(kind: str, wanted: Iterable[str], found: Iterable[str]) -> list[str]:
    """What of the two lists of names does not match one to one, a line each; `kind` is what the names are of."""
    missing, more = Counter(wanted), Counter(found)
    return [
        *(f"{kind} {name!r} has no experiment" for name in missing - more),
        *(f"there is no {kind} {name!r} for this experiment" for name in more if name not in missing),
        *(f"{kind} {name!r} has {count} experiments" for name, count in more.items() if name in missing and count > 1),
    ]
