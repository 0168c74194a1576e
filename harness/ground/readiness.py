"""What is still missing until the cluster's workloads are as asked for. Pure; for use with `api.await_all`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

Object = dict[str, Any]


def workload_complaint(item: Object) -> str | None:
    """Why a Deployment, StatefulSet or DaemonSet is not ready in its newest form; None when it is."""
    status = item.get("status") or {}
    if status.get("observedGeneration", 0) < item["metadata"].get("generation", 0):
        return "not taken up yet"
    if "desiredNumberScheduled" in status:
        wanted, updated, ready = (
            status["desiredNumberScheduled"], status.get("updatedNumberScheduled", 0), status.get("numberReady", 0)
        )  # fmt: skip
        total = wanted
    else:
        wanted = item["spec"].get("replicas", 1)
        updated = status.get("updatedReplicas", 0)
        ready = status.get("availableReplicas", 0)
        total = status.get("replicas", 0)
    if updated < wanted or ready < wanted:
        return f"{ready} of {wanted} ready, {updated} of the newest form"
    if total > updated:
        return f"{total - updated} of an older form not gone yet"
    return None


def condition_complaint(condition: str) -> Callable[[Object], str | None]:
    """A complaint about objects whose `condition` is not True for their newest form."""

    def complaint(item: Object) -> str | None:
        generation = item["metadata"].get("generation", 0)
        for found in (item.get("status") or {}).get("conditions") or []:
            if found["type"] == condition:
                if found["status"] == "True" and found.get("observedGeneration", generation) >= generation:
                    return None
                return f"{condition} is {found['status']}: {found.get('message', '')}"
        return f"no condition {condition} yet"

    return complaint


def pod_troubles(pods: Iterable[Object]) -> list[str]:
    """One line for each container that should run and does not, and why as far as the kubelet says."""
    lines = []
    for pod in pods:
        if pod.get("status", {}).get("phase") in ("Succeeded", "Failed"):
            continue
        name = f"{pod['metadata']['namespace']}/{pod['metadata']['name']}"
        status = pod.get("status", {})
        containers = [*(status.get("initContainerStatuses") or []), *(status.get("containerStatuses") or [])]
        if not containers:
            lines.append(f"{name}: {status.get('phase', 'unknown')}, no container yet")
        for container in containers:
            state = container.get("state", {})
            terminated = state.get("terminated", {})
            if container.get("ready") or terminated.get("exitCode") == 0:
                continue
            trouble = state.get("waiting") or terminated or {"reason": "running, not ready"}
            last = container.get("lastState", {}).get("terminated", {})
            detail = f" (exit code {last['exitCode']} before)" if last else ""
            reason = f"{trouble.get('reason', '')} {trouble.get('message', '')}".strip()
            lines.append(f"{name} {container['name']}: {reason}{detail}")
    return lines
