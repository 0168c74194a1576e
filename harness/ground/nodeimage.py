"""Node images: a kind node that already holds the images the cluster starts with."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from harness.errors import CommandFailed, DeadlineExceeded
from harness.ground.command import ANSWER_LIMIT_S, Commands
from harness.ground.containers import LABEL, Containers

BAKING = "chaos-harness-bake-"
AUDIT_FOLDER = "/kind/audit"
CONTAINERD_ROOT = "/var/lib/containerd"
# Outside /var: kind makes that a volume, and the engine would copy every blob into it at each start.
IMAGE_BLOBS = "/kind/blobs"
CONTAINERD_LIMIT_S = 30.0
_POLL_S = 0.1
_LOG = "image-node"


def bake(
    commands: Commands,
    *,
    base: str,
    images: Sequence[str],
    names: Mapping[str, str],
    folders: Mapping[Path, str],
    tag: str,
) -> None:
    """Commit `tag`: node image `base` with more inside.

    `images` are tags of the engine, `names` further names for some of them, `folders` maps folders of this machine
    to where their content goes. Raises CommandFailed, DeadlineExceeded.
    """
    containers = Containers(commands)
    described = containers.inspect("image", base)
    entrypoint = (described or {}).get("Config", {}).get("Entrypoint") or []
    container = f"{BAKING}{tag.rpartition(':')[2]}"
    _remove(commands, container)
    commands.run(
        ["docker", "run", "--detach", "--privileged", "--name", container, "--entrypoint", "sleep", base, "infinity"],
        log=_LOG,
        timeout_s=ANSWER_LIMIT_S,
    )
    try:
        containers.execute(container, "mkdir", "-p", IMAGE_BLOBS, CONTAINERD_ROOT)
        containers.execute(container, "ln", "-sfn", IMAGE_BLOBS, f"{CONTAINERD_ROOT}/io.containerd.content.v1.content")
        commands.run(["docker", "exec", "--detach", container, "containerd"], log=_LOG, timeout_s=ANSWER_LIMIT_S)
        _await_containerd(containers, container)
        load(commands, container, list(dict.fromkeys([*images, *names.values()])))
        for name, image in names.items():
            containers.execute(container, "ctr", "-n", "k8s.io", "images", "tag", f"docker.io/{image}", name)
        for folder, target in folders.items():
            commands.run(["docker", "cp", f"{folder}/.", f"{container}:{target}"], log=_LOG)
        _stop_containerd(containers, container)
        changes = [
            part
            for change in (f"ENTRYPOINT {json.dumps(entrypoint)}", "CMD []", f'LABEL {LABEL}="{tag}"')
            for part in ("--change", change)
        ]
        commands.run(["docker", "commit", *changes, container, tag], log=_LOG)
    finally:
        _remove(commands, container)


def load(commands: Commands, container: str, images: Sequence[str]) -> None:
    """Import images of the engine into a node's containerd. They are unpacked when first used. Raises CommandFailed."""
    commands.pipe(
        ["docker", "save", *images],
        ["docker", "exec", "-i", container, "ctr", "-n", "k8s.io", "images", "import", "--no-unpack", "--all-platforms",
         "--digests", "-"],
        log="load",
    )  # fmt: skip


def _await_containerd(containers: Containers, container: str) -> None:
    deadline = time.monotonic() + CONTAINERD_LIMIT_S
    while True:
        try:
            containers.execute(container, "ctr", "version", log=_LOG)
        except CommandFailed as error:
            if time.monotonic() > deadline:
                raise DeadlineExceeded(
                    f"containerd in {container} not up after {CONTAINERD_LIMIT_S:g} s: {error.what}"
                ) from error
            time.sleep(_POLL_S)
        else:
            return


def _stop_containerd(containers: Containers, container: str) -> None:
    """End containerd so that its database is on disk, whole, before the commit."""
    containers.execute(container, "pkill", "-TERM", "-x", "containerd")
    deadline = time.monotonic() + CONTAINERD_LIMIT_S
    while containers.execute(container, "sh", "-c", "pgrep -x containerd || true").strip():
        if time.monotonic() > deadline:
            raise DeadlineExceeded(f"containerd in {container} still runs {CONTAINERD_LIMIT_S:g} s after SIGTERM")
        time.sleep(_POLL_S)


def _remove(commands: Commands, container: str) -> None:
    commands.run(["docker", "rm", "--force", "--volumes", container], log=_LOG, timeout_s=ANSWER_LIMIT_S, cleanup=True)
