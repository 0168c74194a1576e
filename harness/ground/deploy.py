"""Puts the pipeline under test on a cluster, or brings one that has it up to date."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.errors import DeadlineExceeded
from harness.ground import seed
from harness.ground.alertprofile import alerting_config_maps, factor_of
from harness.ground.api import ApiServer, Object, ObjectApi, await_all
from harness.ground.command import Commands
from harness.ground.containers import Containers
from harness.ground.digest import combined, tree_digest
from harness.ground.manifests import Document, Source, in_waves, parse, with_config_hashes, without_replaced
from harness.ground.nodeimage import load
from harness.ground.plan import PARSER_BASE, Plan
from harness.ground.progress import Progress
from harness.ground.readiness import condition_complaint, pod_troubles, workload_complaint
from harness.ground.render import render
from harness.ground.stamp import PATH, Stamp, manifest, stamp_in
from harness.ground.watchdogcode import watchdog_code
from harness.ground.workspace import NODE_CONTAINER, Workspace

READY_LIMIT_S = 180.0
_ADMIN = "/etc/kubernetes/admin.conf"
_FIELD_MANAGER = "chaos-harness"
_WORKLOADS = tuple(f"/apis/apps/v1/{kind}" for kind in ("deployments", "statefulsets", "daemonsets"))
_DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
_GITOPS = (
    "/apis/source.toolkit.fluxcd.io/v1/gitrepositories",
    "/apis/kustomize.toolkit.fluxcd.io/v1/kustomizations",
)
# Their processes hold what the seed put there: a new process is an empty one.
_SEEDED_NAMESPACES = ("aws", "flux-system")


@dataclass(frozen=True)
class Wanted:
    """What is to be on the cluster."""

    ground: str
    alert_profile: str
    sources: tuple[Source, ...]
    services: dict[str, str]

    @property
    def documents(self) -> dict[str, str]:
        return {source.name: source.digest for source in self.sources}


def wanted(workspace: Workspace, plan: Plan, *, ground: str, alert_profile: str) -> Wanted:
    """Everything in clusters/reference, and in clusters/instruments what takes its place, rendered.

    Raises UsageError naming the file that is wrong.
    """
    instruments = _rendered(workspace.clusters / "instruments", plan)
    sources = without_replaced(_rendered(workspace.reference / "manifests", plan), instruments)
    sources += [*instruments, *alerting_config_maps(workspace.reference / "rules", alert_profile)]
    sources.append(watchdog_code(workspace))
    return Wanted(
        ground=ground,
        alert_profile=alert_profile,
        sources=tuple(with_config_hashes(sources)),
        services={name: plan.tags[name] for name in plan.services},
    )


def _rendered(folder: Path, plan: Plan) -> list[Source]:
    return [
        parse(path.name, render(path.read_text(encoding="utf-8"), images=plan.tags, values={}, source=path.name))
        for path in sorted(folder.glob("*.yaml"))
    ]


class Deployer:
    """Works on one running cluster."""

    def __init__(
        self, workspace: Workspace, commands: Commands, plan: Plan, progress: Progress, api: ApiServer
    ) -> None:
        self._workspace = workspace
        self._commands = commands
        self._containers = Containers(commands)
        self._plan = plan
        self._progress = progress
        self._api = api

    def deploy(self, target: Wanted, previous: Stamp | None) -> Stamp:
        """Bring the cluster to `target`, doing only what `previous` lacks; the stamp is written last, and returned.

        Raises CommandFailed, DeadlineExceeded with what was last seen.
        """
        known = previous.documents if previous else {}
        changed = [source for source in target.sources if known.get(source.name) != source.digest]
        if previous is None or previous.services != target.services:
            self._load_services(target)
        if changed:
            with self._progress.step(f"apply {len(changed)} of {len(target.sources)} manifests"):
                self._apply(changed)
        with self._progress.step("workloads ready"):
            self._await(_WORKLOADS, workload_complaint)
        seeded = self._seed_fingerprint()
        if previous is None or previous.seeded != seeded:
            with self._progress.step("seed AWS, the registry and git"):
                seed.seed(self._workspace.root, self._plan.tags)
            with self._progress.step("GitOps applied, builder ready"):
                self._await(_GITOPS, condition_complaint("Ready"))
                self._await(_WORKLOADS, workload_complaint)
            seeded = self._seed_fingerprint()
        stamp = Stamp(
            ground=target.ground,
            alert_profile=target.alert_profile,
            alert_factor=factor_of(target.alert_profile),
            documents=target.documents,
            services=target.services,
            seeded=seeded,
        )
        if stamp != previous:
            self._kubectl_apply(manifest(stamp))
        return stamp

    def _load_services(self, target: Wanted) -> None:
        present = self._containers.execute(NODE_CONTAINER, "ctr", "-n", "k8s.io", "images", "ls", "-q").split()
        absent = [tag for tag in target.services.values() if f"docker.io/{tag}" not in present]
        if absent:
            with self._progress.step(f"load {len(absent)} service images"):
                load(self._commands, NODE_CONTAINER, absent)

    def _apply(self, changed: Sequence[Source]) -> None:
        for wave in in_waves(changed):
            self._kubectl_apply(_stream(wave))
            self._await((_DEFINITIONS,), condition_complaint("Established"))

    def _kubectl_apply(self, documents: bytes) -> None:
        self._containers.execute(
            NODE_CONTAINER,
            *("kubectl", "--kubeconfig", _ADMIN, "apply", "--server-side", "--force-conflicts"),
            *("--field-manager", _FIELD_MANAGER, "-f", "-"),
            stdin=documents,
            log="apply",
        )

    def _await(self, paths: Sequence[str], complaint: Callable[[Object], str | None]) -> None:
        deadline = time.monotonic() + READY_LIMIT_S
        for path in paths:
            last = await_all(self._api, path, complaint, deadline=deadline)
            if last:
                pods = "; ".join(self._troubles()) or "none waits"
                raise DeadlineExceeded(
                    f"not ready after {READY_LIMIT_S:g} s: {_listed(last)}; pods: {pods}",
                    todo="see `make status`; `make down` and `make up` start afresh",
                )

    def _troubles(self) -> list[str]:
        pods = self._api.read("/api/v1/pods") or {"items": []}
        return pod_troubles(pods["items"])

    def _seed_fingerprint(self) -> str:
        processes = []
        for namespace in _SEEDED_NAMESPACES:
            pods = self._api.read(f"/api/v1/namespaces/{namespace}/pods") or {"items": []}
            for pod in pods["items"]:
                processes += [
                    str(container.get("containerID", "")) for container in pod["status"].get("containerStatuses", [])
                ]
        content = [tree_digest(self._workspace.reference / name) for name in ("gitops", "aws")]
        return combined([*sorted(processes), *content, self._plan.tags["builder"], self._plan.tags[PARSER_BASE]])


def read_stamp(api: ObjectApi) -> Stamp | None:
    """The stamp of the cluster, None when it has none."""
    return stamp_in(api.read(PATH))


def _stream(documents: Sequence[Document]) -> bytes:
    return "\n---\n".join(json.dumps(document) for document in documents).encode()


def _listed(complaints: dict[str, str]) -> str:
    return ", ".join(f"{name} ({text})" for name, text in sorted(complaints.items()))
