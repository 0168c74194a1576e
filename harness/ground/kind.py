"""The kind cluster: made from clusters/kind.yaml, found again, told apart from other people's, removed."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import yaml

from harness.errors import CommandFailed, NotOurs
from harness.ground.command import ANSWER_LIMIT_S, Commands
from harness.ground.containers import Containers
from harness.ground.gobuild import GoBuilder
from harness.ground.plan import BAKED, Plan
from harness.ground.render import render
from harness.ground.versions import Program, Versions
from harness.ground.workspace import CLUSTER_NAME, IMAGE_PREFIX, NODE_CONTAINER, Workspace

# A network of our own can be removed with the cluster; kind's default one may serve other clusters.
NETWORK = CLUSTER_NAME
CREATE_LIMIT_S = 300.0
DELETE_LIMIT_S = 300.0
_LOG = "kind"


@dataclass(frozen=True)
class NodeState:
    """The node container as the engine has it."""

    identifier: str
    image: str
    running: bool


def node_state(containers: Containers) -> NodeState | None:
    """The node container, or None. Raises NotOurs when a cluster of our name is made from somebody else's image."""
    found = containers.inspect("container", NODE_CONTAINER)
    if found is None:
        return None
    image = str(found["Config"]["Image"])
    if not image.startswith(tuple(f"{IMAGE_PREFIX}/{name}:" for name in BAKED)):
        raise NotOurs(
            f"a container {NODE_CONTAINER} of image {image} is there, and this project did not make it",
            todo=f"remove it yourself if it may go: kind delete cluster --name {CLUSTER_NAME}",
        )
    return NodeState(identifier=str(found["Id"]), image=image, running=bool(found["State"]["Running"]))


def cluster_config(workspace: Workspace, plan: Plan) -> str:
    """kind's configuration with the node image filled in. Raises UsageError for an unknown placeholder."""
    template = (workspace.clusters / "kind.yaml").read_text(encoding="utf-8")
    return render(template, images=plan.tags, values={}, source="clusters/kind.yaml")


def published_ports(config: str) -> dict[str, list[int]]:
    """Host ports by listen address that a kind configuration publishes."""
    ports: dict[str, list[int]] = {}
    nodes: list[dict[str, Any]] = yaml.safe_load(config)["nodes"]
    for node in nodes:
        for mapping in node.get("extraPortMappings", []):
            ports.setdefault(mapping.get("listenAddress", "0.0.0.0"), []).append(mapping["hostPort"])
    return ports


class Kind:
    """The kind program, on the cluster of our name only."""

    def __init__(
        self, workspace: Workspace, commands: Commands, *, versions: Versions, plan: Plan, lock: IO[str]
    ) -> None:
        """`lock` is the open file whose lock this process holds. kind keeps it too: one that outlives us removes what
        it could not finish, by name, and nobody may have made a new cluster of that name by then."""
        self._workspace = workspace
        self._commands = commands
        self._versions = versions
        self._plan = plan
        self._lock = lock
        self._program: str | None = None

    def create(self, config: str) -> None:
        """Create the cluster; its kubeconfig is the work tree's own. Raises CommandFailed."""
        path = self._workspace.state / "kind.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(config, encoding="utf-8")
        self._workspace.kubeconfig.unlink(missing_ok=True)
        self._run("create", "cluster", "--config", str(path), "--retain=false", limit_s=CREATE_LIMIT_S)

    def export_kubeconfig(self) -> None:
        """Write the kubeconfig of the running cluster. Raises CommandFailed."""
        self._workspace.state.mkdir(parents=True, exist_ok=True)
        self._workspace.kubeconfig.unlink(missing_ok=True)
        self._run("export", "kubeconfig", limit_s=CREATE_LIMIT_S)

    def delete(self) -> None:
        """Remove the cluster, whatever state it is in, and its network. Raises CommandFailed."""
        self._run("delete", "cluster", limit_s=DELETE_LIMIT_S)
        for left in (self._workspace.kubeconfig, self._workspace.node_identity):
            left.unlink(missing_ok=True)
        networks = self._commands.output(
            ["docker", "network", "ls", "--quiet", "--filter", f"name=^{NETWORK}$"], log=_LOG
        ).split()
        if networks:
            self._commands.run(["docker", "network", "rm", *networks], log=_LOG, timeout_s=ANSWER_LIMIT_S)

    def program(self) -> str:
        """The kind program of the pinned version: from PATH, or compiled into the cache."""
        if self._program is None:
            self._program = self._on_path() or self._compiled()
        return self._program

    def _on_path(self) -> str | None:
        found = shutil.which("kind")
        if found is None:
            return None
        try:
            answer = self._commands.output([found, "version", "--quiet"], log=_LOG)
        except CommandFailed:
            return None
        return found if answer.strip().removeprefix("v") == self._versions.kind.version else None

    def _compiled(self) -> str:
        kind = self._versions.kind
        path: Path = GoBuilder(self._workspace, self._commands).build(
            kind.module, "kind", Program(package=kind.package), self._plan.programs[kind.module, "kind"]
        )
        return str(path)

    def _run(self, *arguments: str, limit_s: float) -> None:
        self._commands.run(
            [self.program(), *arguments, "--name", CLUSTER_NAME, "--kubeconfig", str(self._workspace.kubeconfig)],
            log=_LOG,
            environment={
                "KUBECONFIG": str(self._workspace.kubeconfig),
                "KIND_EXPERIMENTAL_PROVIDER": "docker",
                "KIND_EXPERIMENTAL_DOCKER_NETWORK": NETWORK,
            },
            timeout_s=limit_s,
            inherited=[self._lock.fileno()],
        )
