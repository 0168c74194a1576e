"""What of the ground is there, for a person to read. Changes nothing."""

from __future__ import annotations

import os
from pathlib import Path

from harness.errors import GroundError
from harness.ground.api import ApiServer
from harness.ground.command import Commands
from harness.ground.containers import Containers
from harness.ground.deploy import read_stamp
from harness.ground.engine import engine_version
from harness.ground.images import plan_images, source_from
from harness.ground.kind import node_state
from harness.ground.plan import NODE, PARSER_BASE, missing_images
from harness.ground.readiness import pod_troubles, workload_complaint
from harness.ground.versions import load_versions
from harness.ground.workspace import CLUSTER_NAME, workspace


def status_lines(root: Path) -> tuple[bool, list[str]]:
    """Whether the pipeline is ready, and a line for each part. Raises NotOurs, UsageError."""
    space = workspace(root)
    commands = Commands(space.logs)
    version = engine_version(commands)
    if version is None:
        return False, ["engine    none answers"]
    lines = [f"engine    Docker {version}"]
    containers = Containers(commands)
    versions = load_versions(space.clusters)
    plan = plan_images(space, versions, source_from(os.environ))
    present = frozenset(tag for tag, _ in containers.images())
    missing = missing_images(versions, plan, present, (*plan.services, PARSER_BASE, NODE))
    lines.append(f"images    {'to be made: ' + ', '.join(missing) if missing else 'all there'}")
    state = node_state(containers)
    if state is None or not state.running:
        return False, [*lines, f"cluster   {'none' if state is None else 'stopped'}"]
    try:
        api = ApiServer.of_kubeconfig(space.kubeconfig)
        stamp = read_stamp(api)
        workloads = [
            (item, workload_complaint(item))
            for kind in ("deployments", "statefulsets")
            for item in (api.read(f"/apis/apps/v1/{kind}") or {"items": []})["items"]
        ]
        pods = (api.read("/api/v1/pods") or {"items": []})["items"]
    except GroundError as error:
        return False, [*lines, f"cluster   {CLUSTER_NAME}: {error.what}"]
    profile = f"alert profile {stamp.alert_profile}" if stamp else "never finished"
    lines.append(f"cluster   {CLUSTER_NAME}, image {state.image}, {profile}")
    for item, complaint in workloads:
        name = f"{item['metadata']['namespace']}/{item['metadata']['name']}"
        lines.append(f"workload  {name}: {complaint or 'ready'}")
    lines += [f"pod       {line}" for line in pod_troubles(pods)]
    return stamp is not None and not any(complaint for _, complaint in workloads), lines
