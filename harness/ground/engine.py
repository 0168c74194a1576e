"""The container engine: used when it runs, started when it is stopped, installed when that is possible."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from pathlib import Path

from harness.errors import CommandFailed, EngineMissing
from harness.ground import debian
from harness.ground.command import Commands
from harness.ground.progress import Progress
from harness.ground.versions import Engine

READY_LIMIT_S = 60.0
_POLL_S = 0.1


def engine_version(commands: Commands) -> str | None:
    """Version of the engine that answers, or None."""
    try:
        version = commands.output(
            ["docker", "version", "--format", "{{.Server.Version}}"], log="engine", timeout_s=20.0
        ).strip()
    except CommandFailed:
        return None
    return version or None


def ensure_engine(commands: Commands, packages: Engine, *, cache: Path, progress: Progress) -> None:
    """Have an engine that answers. Raises EngineMissing when there is none and none may be installed or started."""
    if shutil.which("docker") and engine_version(commands):
        return
    if os.environ.get("DOCKER_HOST"):
        raise EngineMissing(
            f"no container engine answers at DOCKER_HOST={os.environ['DOCKER_HOST']}",
            todo="start it, or unset DOCKER_HOST",
        )
    if not debian.is_root():
        raise EngineMissing(
            "no container engine answers, and only root can start or install one",
            todo="start Docker, add yourself to its group, or run as root",
        )
    if not shutil.which("dockerd") or not shutil.which("docker"):
        _install(commands, packages, progress)
        # Where the system runs services, the package has started it already.
        if engine_version(commands):
            return
    _start(commands, cache / "engine.log", progress)


def _install(commands: Commands, packages: Engine, progress: Progress) -> None:
    if not debian.this_release().supported:
        raise EngineMissing(
            "no container engine is installed, and this system is not Debian 12 or 13",
            todo="install and start Docker 24 or newer, then run again",
        )
    wanted = list(packages.packages)
    if not shutil.which("docker"):
        wanted.append(packages.client)
    with progress.step("install the container engine"):
        debian.install(commands, wanted, extra_suite=packages.suite)


def _start(commands: Commands, log: Path, progress: Progress) -> None:
    with progress.step("start the container engine"):
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as output:
            # The engine outlives this process: its containers and images serve later runs.
            process = subprocess.Popen(
                ["dockerd"], stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True
            )
        deadline = time.monotonic() + READY_LIMIT_S
        while engine_version(commands) is None:
            code = process.poll()
            if code is not None:
                raise EngineMissing(f"dockerd ended at once with {code}", todo=f"its log says why: {log}")
            if time.monotonic() > deadline:
                raise EngineMissing(f"dockerd does not answer after {READY_LIMIT_S:g} s", todo=f"its log: {log}")
            time.sleep(_POLL_S)
