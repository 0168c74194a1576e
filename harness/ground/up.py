"""From whatever this machine is now to a cluster with the pipeline under test, ready; and back."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from harness.errors import DeadlineExceeded, GroundError
from harness.ground.api import ApiServer
from harness.ground.command import Commands
from harness.ground.containers import Containers
from harness.ground.deploy import Deployer, Wanted, read_stamp, wanted
from harness.ground.digest import combined
from harness.ground.engine import engine_version, ensure_engine
from harness.ground.images import ImageMaker, plan_images, source_from
from harness.ground.kind import Kind, NodeState, cluster_config, node_state, published_ports
from harness.ground.plan import CLUSTER, NODE
from harness.ground.preflight import SPACE_TO_BUILD, SPACE_TO_RUN, require_ports, require_space
from harness.ground.progress import Progress, progress_on_stderr
from harness.ground.stamp import Stamp
from harness.ground.versions import load_versions
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


def up(root: Path, *, alert_profile: str = "ci", progress: Progress | None = None) -> Cluster:
    """A ready cluster: found, brought up to date or made.

    Raises EngineMissing, OutOfSpace, PortInUse, NotOurs, CommandFailed, DeadlineExceeded, UsageError. Interrupted,
    it ends the programs it runs; what is half-made is recognised and replaced the next time.
    """
    space = workspace(root)
    shown = progress or progress_on_stderr()
    commands = Commands(space.logs)
    try:
        with _alone(space.cache / "ground.lock", shown):
            return _up(space, commands, shown, alert_profile)
    except BaseException:
        commands.stop()
        raise


def down(root: Path, *, progress: Progress | None = None) -> bool:
    """Remove the cluster and what belongs to it; engine, images and caches stay. False when there was none.

    Raises NotOurs, CommandFailed.
    """
    space = workspace(root)
    shown = progress or progress_on_stderr()
    commands = Commands(space.logs)
    try:
        if engine_version(commands) is None:
            return False
        with _alone(space.cache / "ground.lock", shown):
            found = node_state(Containers(commands)) is not None
            versions = load_versions(space.clusters)
            source = source_from(os.environ)
            plan = plan_images(space, versions, source)
            maker = ImageMaker(space, versions=versions, plan=plan, source=source, commands=commands, progress=shown)
            if found:
                with shown.step("remove the cluster"):
                    Kind(space, commands, versions, plan).delete()
            maker.prune()
            return found
    except BaseException:
        commands.stop()
        raise


def _up(space: Workspace, commands: Commands, progress: Progress, alert_profile: str) -> Cluster:
    versions = load_versions(space.clusters)
    source = source_from(os.environ)
    plan = plan_images(space, versions, source)
    config = cluster_config(space, plan)
    template = (space.clusters / "kind.yaml").read_text(encoding="utf-8")
    target = wanted(space, plan, ground=combined([template, plan.tags[NODE]]), alert_profile=alert_profile)
    ensure_engine(commands, versions.engine, cache=space.cache, progress=progress)
    containers = Containers(commands)
    state = node_state(containers)
    maker = ImageMaker(space, versions=versions, plan=plan, source=source, commands=commands, progress=progress)
    _make_images(space, commands, maker)
    kind = Kind(space, commands, versions, plan)
    api, previous = _reusable(space, kind, state, target, progress)
    if api is None:
        if state is not None:
            with progress.step("remove the old cluster"):
                kind.delete()
        maker.ensure((CLUSTER,))
        require_space(_engine_folder(commands), SPACE_TO_RUN)
        for address, ports in published_ports(config).items():
            require_ports(address, ports)
        with progress.step("create the cluster"):
            kind.create(config)
        _remember(space, node_state(containers))
        api, previous = ApiServer.of_kubeconfig(space.kubeconfig), None
    stamp = Deployer(space, commands, plan, progress, api).deploy(target, previous)
    return Cluster(name=CLUSTER_NAME, kubeconfig=space.kubeconfig, node=NODE_CONTAINER, stamp=stamp)


def _make_images(space: Workspace, commands: Commands, maker: ImageMaker) -> None:
    if missing := maker.missing():
        if NODE in missing:
            require_space(_engine_folder(commands), SPACE_TO_BUILD)
            require_space(space.cache, SPACE_TO_RUN)
        maker.ensure()


def _reusable(
    space: Workspace, kind: Kind, state: NodeState | None, target: Wanted, progress: Progress
) -> tuple[ApiServer | None, Stamp | None]:
    """The API server and stamp of the running cluster when it can become `target`; (None, None) when a new one is
    needed: it was made from something else, never got finished, does not answer, or holds what is no longer wanted."""
    if state is None or not state.running:
        return None, None
    try:
        if not space.kubeconfig.exists() or _remembered(space) != state.identifier:
            kind.export_kubeconfig()
            _remember(space, state)
        api = ApiServer.of_kubeconfig(space.kubeconfig)
        stamp = read_stamp(api)
    except GroundError as error:
        progress.note(f"the cluster that is there is of no use ({error.what}): it is replaced")
        return None, None
    if stamp is None:
        progress.note("the cluster that is there was never finished: it is replaced")
        return None, None
    if stamp.ground != target.ground or not stamp.documents.keys() <= target.documents.keys():
        progress.note("the cluster that is there was made from an older recipe: it is replaced")
        return None, None
    return api, stamp


def _engine_folder(commands: Commands) -> Path:
    return Path(commands.output(["docker", "info", "--format", "{{.DockerRootDir}}"], log="engine").strip() or "/")


def _remember(space: Workspace, state: NodeState | None) -> None:
    (space.state / "node").write_text(state.identifier if state else "", encoding="utf-8")


def _remembered(space: Workspace) -> str:
    path = space.state / "node"
    return path.read_text(encoding="utf-8") if path.exists() else ""


@contextmanager
def _alone(lock: Path, progress: Progress) -> Iterator[None]:
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
        yield
