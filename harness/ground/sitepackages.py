"""Python packages of a service, installed for the image's interpreter by the pip of this machine.

The machine's pip knows its index, proxy and certificates; the image needs neither pip nor a network.
"""

from __future__ import annotations

import platform
import shutil
import sys
from pathlib import Path

from harness.ground.command import Commands
from harness.ground.digest import combined
from harness.ground.workspace import Workspace

IMAGE_PYTHON = "3.11"
# The newest that Debian 12's C library (2.36) can run.
_GLIBC = ("2014", "_2_28", "_2_34", "_2_35", "_2_36")


def site_packages(workspace: Workspace, commands: Commands, requirements: Path) -> Path:
    """Folder with what the locked `requirements` name, made once per content. Raises CommandFailed."""
    key = combined([IMAGE_PYTHON, requirements.read_text(encoding="utf-8")])[:16]
    target = workspace.cache / "site-packages" / key
    if target.exists():
        return target
    unfinished = target.with_suffix(".part")
    if unfinished.exists():
        shutil.rmtree(unfinished)
    machine = platform.machine()
    platforms = [option for suffix in _GLIBC for option in ("--platform", f"manylinux{suffix}_{machine}")]
    commands.run(
        [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--only-binary=:all:", "--no-compile",
         "--implementation=cp", f"--python-version={IMAGE_PYTHON}", *platforms,
         "--target", str(unfinished), "-r", str(requirements)],
        log=f"pip-{requirements.parent.name}",
        environment={"PIP_CACHE_DIR": str(workspace.cache / "pip")},
    )  # fmt: skip
    unfinished.replace(target)
    return target
