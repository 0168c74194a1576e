"""From whatever this machine is now to a cluster with the pipeline under test, ready; and back."""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from harness.errors import DeadlineExceeded, GroundError
from harness.ground.api import ApiServer
from harness.ground.command import Commands
from harness.ground.containers import Containers
from harness.ground.deploy import Deployer, Wanted, read_stamp, wanted
from harness.ground.digest import combined
from harness.ground.engine import engine_version, ensure_engine
from harness.ground.images import ImageMaker, plan_images, source_from
from harness.ground.kind import Kind, NodeState, cluster_config, node_state, published_ports
from harness.ground.plan import CLUSTER, NODE, Plan
from harness.ground.preflight import SPACE_TO_BUILD, SPACE_TO_RUN, require_ports, require_space
from harness.ground.progress import Progress, progress_on_stderr
from harness.ground.servicenet import keep_services_inside, service_subnet
from harness.ground.stamp import Stamp
from harness.ground.versions import Versions, load_versions
from harness.ground.workspace import CLUSTER_NAME, NODE_CONTAINER, Workspace, workspace

_LOCK_LIMIT_S = 1800.0
_LOCK_POLL_S = 0.2


@dataclass(frozen=True)
class Cluster:
    """A cluster that is ready."""

    name: str
    kubeconfig: Path
    node: str
    stamp: Stamp


@dataclass(frozen=True)
class _Ground:
    """The parts that work on one tree's ground."""

    space: Workspace
    commands: Commands
    progress: Progress
    versions: Versions
    plan: Plan
    maker: ImageMaker
    kind: Kind


def up(root: Path, *, alert_profile: str = "ci", progress: Progress | None = None) -> Cluster:
    """A ready cluster: found, brought up to date or made.

    Raises EngineMissing, OutOfSpace, PortInUse, NotOurs, CommandFailed, DeadlineExceeded, UsageError. Interrupted,
    it ends the programs it runs; what is half-made is recognised and replaced the next time.
    """
    with _ground(root, progress) as ground:
        target = _target(ground, alert_profile)
        ensure_engine(ground.commands, ground.versions.engine, cache=ground.space.cache, progress=ground.progress)
        state = node_state(Containers(ground.commands))
        _make_images(ground)
        api, previous = _reusable(ground, state, target)
        if api is None:
            _replace(ground, state)
            api, previous = ApiServer.of_kubeconfig(ground.space.kubeconfig), None
        keep_services_inside(ground.commands, service_subnet(cluster_config(ground.space, ground.plan)))
        deployer = Deployer(ground.space, ground.commands, ground.plan, ground.progress, api)
        stamp = deployer.deploy(target, previous)
        return Cluster(name=CLUSTER_NAME, kubeconfig=ground.space.kubeconfig, node=NODE_CONTAINER, stamp=stamp)


def prepare(root: Path, *, progress: Progress | None = None) -> None:
    """Engine and all images, those that are baked into the node too, without a cluster.

    Raises EngineMissing, OutOfSpace, CommandFailed, UsageError.
    """
    with _ground(root, progress) as ground:
        ensure_engine(ground.commands, ground.versions.engine, cache=ground.space.cache, progress=ground.progress)
        _make_images(ground)
        ground.maker.ensure(tuple(ground.plan.tags))


def create_bare(root: Path, *, progress: Progress | None = None) -> None:
    """A cluster of kind's own shape from our node image, with nothing on it: what the way up is compared with."""
    with _ground(root, progress) as ground, ground.progress.step("create a bare cluster"):
        node = {"role": "control-plane", "image": ground.plan.tags[NODE]}
        ground.kind.create(json.dumps({"kind": "Cluster", "apiVersion": "kind.x-k8s.io/v1alpha4", "nodes": [node]}))


def down(root: Path, *, progress: Progress | None = None) -> bool:
    """Remove the cluster and what belongs to it; engine, images and caches stay. False when there was none.

    Raises NotOurs, CommandFailed.
    """
    with _ground(root, progress) as ground:
        if engine_version(ground.commands) is None:
            return False
        found = node_state(Containers(ground.commands)) is not None
        if found:
            with ground.progress.step("remove the cluster"):
                ground.kind.delete()
        ground.maker.prune()
        return found


@contextmanager
def _ground(root: Path, progress: Progress | None) -> Iterator[_Ground]:
    """The tools for `root`, for one process at a time; what still runs when the block is left by an error is ended."""
    space = workspace(root)
    shown = progress or progress_on_stderr()
    commands = Commands(space.logs)
    versions = load_versions(space.clusters)
    source = source_from(os.environ)
    plan = plan_images(space, versions, source)
    maker = ImageMaker(space, versions=versions, plan=plan, source=source, commands=commands, progress=shown)
    try:
        with _alone(space.cache / "ground.lock", shown) as lock:
            kind = Kind(space, commands, versions=versions, plan=plan, lock=lock)
            yield _Ground(space, commands, shown, versions, plan, maker, kind)
    except BaseException:
        commands.stop()
        raise


def _target(ground: _Ground, alert_profile: str) -> Wanted:
    # The services inside the image a cluster starts from do not count: newer ones can be loaded later.
    template = (ground.space.clusters / "kind.yaml").read_text(encoding="utf-8")
    made_from = combined([template, ground.plan.tags[NODE]])
    return wanted(ground.space, ground.plan, ground=made_from, alert_profile=alert_profile)


def _make_images(ground: _Ground) -> None:
    if missing := ground.maker.missing():
        if NODE in missing:
            require_space(_engine_folder(ground.commands), SPACE_TO_BUILD)
            require_space(ground.space.cache, SPACE_TO_RUN)
        ground.maker.ensure()


def _replace(ground: _Ground, state: NodeState | None) -> None:
    """A new cluster, in the place of the one that `state` tells of."""
    if state is not None:
        with ground.progress.step("remove the old cluster"):
            ground.kind.delete()
    ground.maker.ensure((CLUSTER,))
    require_space(_engine_folder(ground.commands), SPACE_TO_RUN)
    config = cluster_config(ground.space, ground.plan)
    for address, ports in published_ports(config).items():
        require_ports(address, ports)
    with ground.progress.step("create the cluster"):
        ground.kind.create(config)
    _remember(ground.space, node_state(Containers(ground.commands)))


def _reusable(ground: _Ground, state: NodeState | None, target: Wanted) -> tuple[ApiServer | None, Stamp | None]:
    """The API server and stamp of the running cluster when it can become `target`; (None, None) when a new one is
    needed: it was made from something else, never got finished, does not answer, or holds what is no longer wanted."""
    if state is None or not state.running:
        return None, None
    try:
        if not ground.space.kubeconfig.exists() or _remembered(ground.space) != state.identifier:
            ground.kind.export_kubeconfig()
            _remember(ground.space, state)
        api = ApiServer.of_kubeconfig(ground.space.kubeconfig)
        stamp = read_stamp(api)
    except GroundError as error:
        ground.progress.note(f"the cluster that is there is of no use ({error.what}): it is replaced")
        return None, None
    if stamp is None:
        ground.progress.note("the cluster that is there was never finished: it is replaced")
        return None, None
    if stamp.ground != target.ground or not stamp.documents.keys() <= target.documents.keys():
        ground.progress.note("the cluster that is there was made from an older recipe: it is replaced")
        return None, None
    return api, stamp


def _engine_folder(commands: Commands) -> Path:
    return Path(commands.output(["docker", "info", "--format", "{{.DockerRootDir}}"], log="engine").strip() or "/")


def _remember(space: Workspace, state: NodeState | None) -> None:
    space.node_identity.write_text(state.identifier if state else "", encoding="utf-8")


def _remembered(space: Workspace) -> str:
    path = space.node_identity
    return path.read_text(encoding="utf-8") if path.exists() else ""


@contextmanager
def _alone(lock: Path, progress: Progress) -> Iterator[IO[str]]:
    """Only one process of this machine works on the ground at a time; the kernel frees the lock of a killed one."""
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("w") as file:
        deadline = time.monotonic() + _LOCK_LIMIT_S
        told = False
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if not told:
                    progress.note("another run is working on the cluster or its images: waiting for it")
                    told = True
                if time.monotonic() > deadline:
                    raise DeadlineExceeded(
                        f"another run has held {lock} for {_LOCK_LIMIT_S:g} s", todo="stop it, then run again"
                    ) from None
                time.sleep(_LOCK_POLL_S)
        yield file
