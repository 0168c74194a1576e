"""One run at a time on a cluster: a lock file that the kernel releases whatever becomes of its holder."""

from __future__ import annotations

import fcntl
import os
import tempfile
from pathlib import Path
from typing import IO

from harness.errors import HarnessError

_PATH = Path(tempfile.gettempdir()) / "chaos-harness.lock"


class Busy(HarnessError):
    """Another run has the cluster."""


class RunLock:
    """Context manager; inside it no other run of this machine is."""

    def __init__(self, run: str, path: Path = _PATH) -> None:
        self._run = run
        self._path = path
        self._file: IO[str] | None = None

    def __enter__(self) -> RunLock:
        file = self._path.open("a+")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            holder = file.read().strip() or "another run"
            file.close()
            raise Busy(f"the cluster is in use by {holder}", todo="wait for it, or stop it") from None
        file.truncate(0)
        file.write(f"run {self._run}, process {os.getpid()}")
        file.flush()
        self._file = file
        return self

    def __exit__(self, *_unused: object) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None
