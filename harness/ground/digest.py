"""Content hashes: what an image is made of decides its tag."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

TAG_LENGTH = 12
_IGNORED_FOLDERS = frozenset({"__pycache__"})


def combined(parts: Iterable[str]) -> str:
    """Hex digest of an ordered list of texts; no two different lists share their input bytes."""
    digest = hashlib.sha256()
    for part in parts:
        data = part.encode()
        digest.update(f"{len(data)}:".encode())
        digest.update(data)
    return digest.hexdigest()


def files_under(folder: Path) -> list[Path]:
    """Every file below `folder` in a stable order, without what Python leaves behind."""
    return sorted(
        path
        for path in folder.rglob("*")
        if path.is_file() and not _IGNORED_FOLDERS.intersection(path.relative_to(folder).parts)
    )


def tree_digest(folder: Path) -> str:
    """Hex digest of names, execute bits and contents below `folder`. An absent folder equals an empty one."""
    parts: list[str] = []
    for path in files_under(folder):
        parts += [
            path.relative_to(folder).as_posix(),
            "x" if path.stat().st_mode & 0o100 else "-",
            hashlib.sha256(path.read_bytes()).hexdigest(),
        ]
    return combined(parts)
