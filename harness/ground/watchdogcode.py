"""The code that the watchdog runs: this tree's own, packed into a ConfigMap.

Its image holds what the code needs and stays as it is while the code changes; with the code it would be made, loaded
into the node and baked into the cluster's image anew at each change.
"""

from __future__ import annotations

import io
import tomllib
import zipfile
from pathlib import Path

from harness.errors import UsageError
from harness.ground.digest import files_under
from harness.ground.manifests import Source, config_map
from harness.ground.workspace import CLUSTER_NAME, Workspace

NAME = "watchdog-code"
ARCHIVE = "code.zip"
_FOLDERS = ("harness", "chaos", "clusters/reference")
# What images are made with; large, for it is full of hashes.
_LEFT_OUT = "requirements.txt"
_ENTRY_POINTS = "chaos_harness.dist-info/entry_points.txt"
# What Kubernetes lets a ConfigMap hold.
_LIMIT = 1 << 20


def watchdog_code(workspace: Workspace) -> Source:
    """The ConfigMap. The same files make the same bytes. Raises UsageError when they are more than one can hold."""
    packed = pack(workspace.root)
    if len(packed) > _LIMIT:
        raise UsageError(f"the watchdog's code is {len(packed)} bytes, and a ConfigMap holds {_LIMIT}")
    return config_map(NAME, CLUSTER_NAME, {ARCHIVE: packed})


def pack(root: Path) -> bytes:
    """A zip archive of the code under `root` and of where its faults are found."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for folder in _FOLDERS:
            for path in files_under(root / folder):
                if path.name != _LEFT_OUT:
                    _add(archive, path.relative_to(root).as_posix(), path.read_bytes())
        _add(archive, _ENTRY_POINTS, _entry_points(root).encode())
    return held.getvalue()


def _add(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    # Without a time of its own, a file's bytes alone decide the archive's.
    archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)


def _entry_points(root: Path) -> str:
    """The project's entry points, as an installer would write them."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lines = []
    for group, points in project.get("entry-points", {}).items():
        lines += [f"[{group}]", *(f"{name} = {target}" for name, target in points.items())]
    return "\n".join(lines) + "\n"
