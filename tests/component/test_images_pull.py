"""IMAGES=pull against a registry on this machine that has our own images under the upstream names."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator

import pytest
from rich.console import Console
from testcontainers.core.config import testcontainers_config
from testcontainers.core.container import DockerContainer
from testcontainers.core.wait_strategies import HttpWaitStrategy

from harness.errors import CommandFailed
from harness.ground.command import Commands
from harness.ground.containers import Containers
from harness.ground.images import ImageMaker, Source, plan_images
from harness.ground.plan import Plan
from harness.ground.progress import PlainProgress
from harness.ground.versions import Versions, load_versions
from harness.ground.workspace import Workspace, workspace
from tests.component.images import ROOT, tag

# One that is taken as it is, one that our own images are built from, and one of our own.
PULLED = ("kaniko", "python")
BUILT = "receiver"


@pytest.fixture(scope="module")
def space() -> Workspace:
    return workspace(ROOT)


@pytest.fixture(scope="module")
def versions(space: Workspace) -> Versions:
    return load_versions(space.clusters)


@pytest.fixture(scope="module")
def registry(versions: Versions) -> Iterator[str]:
    """`localhost:<port>` of a registry that has PULLED under their upstream names."""
    testcontainers_config.ryuk_disabled = True
    container = DockerContainer(tag("registry")).with_exposed_ports(5000)
    with container.waiting_for(HttpWaitStrategy(5000, "/v2/")):
        host = f"localhost:{container.get_exposed_port(5000)}"
        for name in PULLED:
            reference = Source(pull=True, mirror=host).reference(versions.images[name].upstream)
            subprocess.run(["docker", "tag", tag(name), reference], check=True)
            subprocess.run(["docker", "push", "--quiet", reference], check=True, stdout=subprocess.DEVNULL)
            subprocess.run(["docker", "image", "rm", reference], check=True, stdout=subprocess.DEVNULL)
        yield host


@pytest.fixture
def plan(space: Workspace, versions: Versions) -> Iterator[Plan]:
    plan = plan_images(space, versions, Source(pull=True))
    yield plan
    Containers(Commands(space.logs)).remove_images([plan.tags[name] for name in (*PULLED, BUILT)])


def make(space: Workspace, versions: Versions, plan: Plan, mirror: str, names: tuple[str, ...]) -> None:
    ImageMaker(
        space,
        versions=versions,
        plan=plan,
        source=Source(pull=True, mirror=mirror),
        commands=Commands(space.logs),
        progress=PlainProgress(Console(stderr=True)),
    ).ensure(names)


def digest(name: str) -> str:
    answer = subprocess.run(["docker", "image", "inspect", "-f", "{{.Id}}", name], check=True, capture_output=True)
    return answer.stdout.decode().strip()


def test_upstream_is_pulled_and_ours_is_built_on_it(
    space: Workspace, versions: Versions, plan: Plan, registry: str
) -> None:
    make(space, versions, plan, registry, ("kaniko", BUILT))

    for name in PULLED:
        assert digest(plan.tags[name]) == digest(tag(name)), f"{name} is what the registry had"
    assert plan.tags[BUILT] != tag(BUILT)
    ran = subprocess.run(
        ["docker", "run", "--rm", plan.tags[BUILT], "python3", "-c", "import receiver, aiohttp"], check=False
    )
    assert ran.returncode == 0


def test_an_image_the_registry_lacks_is_named(space: Workspace, versions: Versions, plan: Plan, registry: str) -> None:
    with pytest.raises(CommandFailed, match=r"docker pull .*/library/rabbitmq:"):
        make(space, versions, plan, registry, ("rabbitmq",))
