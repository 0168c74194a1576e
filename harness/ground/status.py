"""What of the ground is there, for a person to read. Changes nothing."""

from __future__ import annotations

import os
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

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

LEASE_NAMESPACE = "chaos-harness"
_LEASES = f"/apis/coordination.k8s.io/v1/namespaces/{LEASE_NAMESPACE}/leases"


class _Entry(msgspec.Struct):
    """What is read of a ledger entry here."""

    fault: str


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
        leases = (api.read(_LEASES) or {"items": []})["items"]
    except GroundError as error:
        return False, [*lines, f"cluster   {CLUSTER_NAME}: {error.what}"]
    profile = f"alert profile {stamp.alert_profile}" if stamp else "never finished"
    lines.append(f"cluster   {CLUSTER_NAME}, image {state.image}, {profile}")
    for item, complaint in workloads:
        name = f"{item['metadata']['namespace']}/{item['metadata']['name']}"
        lines.append(f"workload  {name}: {complaint or 'ready'}")
    lines += [f"pod       {line}" for line in pod_troubles(pods)]
    lines += [f"fault     {line}" for line in held_faults(leases, datetime.now(UTC))]
    return stamp is not None and not any(complaint for _, complaint in workloads), lines


def held_faults(leases: Iterable[dict[str, Any]], now: datetime) -> list[str]:
    """One line for each lease of a ledger entry: which run holds which fault, and when it was last heard from."""
    lines = []
    for lease in leases:
        entry, spec = lease["metadata"]["annotations"]["chaos-harness/entry"], lease["spec"]
        try:
            fault = msgspec.json.decode(entry, type=_Entry).fault
        except msgspec.MsgspecError:
            fault = f"lease {lease['metadata']['name']}, which cannot be read"
        silent = (now - datetime.fromisoformat(spec["renewTime"])).total_seconds()
        expired = ", expired: the watchdog heals it" if silent > spec["leaseDurationSeconds"] else ""
        lines.append(f"{fault}, held by run {spec['holderIdentity']}, last heard from {silent:.0f} s ago{expired}")
    return lines
