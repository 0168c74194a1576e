"""Names of runs and their folders."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import count
from pathlib import Path


def new_folder(reports: Path) -> Path:
    """Make and return a folder named after the time (UTC), unlike any there."""
    stamp = datetime.now(UTC).strftime("%Y-%m-%dT%H-%M-%SZ")
    reports.mkdir(parents=True, exist_ok=True)
    for number in count(1):
        folder = reports / (stamp if number == 1 else f"{stamp}-{number}")
        try:
            folder.mkdir()
        except FileExistsError:
            continue
        return folder
    raise AssertionError("unreachable")
