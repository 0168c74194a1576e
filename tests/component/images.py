"""Containers of the project's own images, for tests that need one real part and no cluster."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

from testcontainers.core.config import testcontainers_config
from testcontainers.core.container import DockerContainer

from harness.ground.images import plan_images, source_from
from harness.ground.versions import load_versions
from harness.ground.workspace import workspace

ROOT = Path(__file__).parents[2]


@cache
def tag(name: str) -> str:
    """The tag under which `harness images` keeps the image `name`."""
    space = workspace(ROOT)
    return plan_images(space, load_versions(space.clusters), source_from(os.environ)).tags[name]


def container(name: str) -> DockerContainer:
    """A container of the image, removed by whoever stops it: there is no reaper image to be pulled here."""
    testcontainers_config.ryuk_disabled = True
    return DockerContainer(tag(name))
