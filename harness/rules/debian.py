"""Programs of Prometheus' own that rules are put before, at the pinned version, without installing anything."""

from __future__ import annotations

import functools
import shutil
import subprocess
import tempfile
import tomllib
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from harness.ground.workspace import workspace

_DOWNLOAD_LIMIT_S = 120.0
_VERSIONS = Path(__file__).parents[2] / "clusters" / "versions.toml"


@functools.cache
def obtain(program: str, *, package: str, image: str, version: str) -> Path | None:
    """The program: the one on PATH, or the one in the cache, or the one of Debian's `package` taken into the cache;
    None when none of these can be had.

    It is of the version that `image` has as its argument `version` in versions.toml.
    """
    found = shutil.which(program)
    if found:
        return Path(found)
    pinned = _pinned(image, version)
    if pinned is None:
        return None
    cached = workspace(_VERSIONS.parents[1]).cache / program / pinned / program
    return cached if cached.is_file() or _take(program, package, pinned, cached) else None


def _pinned(image: str, version: str) -> str | None:
    if not _VERSIONS.is_file():
        return None
    return str(tomllib.loads(_VERSIONS.read_text())["images"][image]["args"][version])


def _take(program: str, package: str, version: str, cached: Path) -> bool:
    """Take the program out of the package; nothing is installed and no root is needed."""
    if not shutil.which("apt-get") or not shutil.which("dpkg-deb"):
        return False
    # A cache that nobody may write to has no program, as one without a package for it.
    with suppress(OSError):
        cached.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cached.parent) as name:
            folder = Path(name)
            if not _quietly(["apt-get", "download", f"{package}={version}*"], folder):
                return False
            for archive in folder.glob(f"{package}_*.deb"):
                if _quietly(["dpkg-deb", "-x", archive.name, "package"], folder):
                    (folder / "package" / "usr" / "bin" / program).replace(cached)
    return cached.is_file()


def _quietly(command: Sequence[str], folder: Path) -> bool:
    try:
        ended = subprocess.run(
            command, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, timeout=_DOWNLOAD_LIMIT_S, check=False
        )
    except subprocess.TimeoutExpired:
        return False
    return ended.returncode == 0
