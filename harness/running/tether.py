"""Runs Python in a process that gets SIGTERM when the one that started it dies, even of SIGKILL.

A process sets that for itself, and then becomes what it is to run: between fork and exec, where there may have been
threads, hardly anything is safe to do.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from collections.abc import Sequence

_PR_SET_PDEATHSIG = 1


def tethered(*arguments: str) -> list[str]:
    """The command that runs Python with `arguments`, tethered to this process; for its main thread to start."""
    return [sys.executable, "-m", __name__, str(os.getpid()), *arguments]


def main(arguments: Sequence[str]) -> None:
    """Become Python with the arguments that come after the parent's process id."""
    parent, *rest = arguments
    # Only Linux has it; elsewhere what a killed parent leaves ends when it is done.
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    if os.getppid() != int(parent):
        sys.exit("what started this is dead already")
    os.execv(sys.executable, [sys.executable, *rest])


if __name__ == "__main__":
    main(sys.argv[1:])
