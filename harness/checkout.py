"""Where the project is."""

from __future__ import annotations

from pathlib import Path

from harness.errors import UsageError


def root() -> Path:
    """The project's root: the nearest folder upwards that has clusters/ and features/.

    Raises:
        UsageError: there is none.
    """
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / "clusters").is_dir() and (folder / "features").is_dir():
            return folder
    raise UsageError(f"{here} is not inside the project", todo="change into the checkout")
