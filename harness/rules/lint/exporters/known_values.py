"""Labels of well-known metrics whose values are known: what a state or a condition can be."""

from __future__ import annotations

import re
from typing import NamedTuple


class Known(NamedTuple):
    """The values that a label has. `all_of_them`: there are no others, or the rest is anybody's; `gone`: those that
    older releases had."""

    values: frozenset[str]
    all_of_them: bool
    gone: frozenset[str] = frozenset()


def _all(*values: str) -> Known:
    return Known(frozenset(values), True)


def _some(*values: str) -> Known:
    return Known(frozenset(values), False)


_TRUTH = _all("true", "false", "unknown")
_CONDITIONS = _all("True", "False", "Unknown", "Deleted")
_POD_PHASES = _all("Pending", "Running", "Succeeded", "Failed", "Unknown")
_NODE_CONDITIONS = Known(
    frozenset({"Ready", "MemoryPressure", "DiskPressure", "PIDPressure", "NetworkUnavailable"}),
    all_of_them=False,
    gone=frozenset({"OutOfDisk"}),
)
_WAITING = _some(
    "ContainerCreating", "CrashLoopBackOff", "CreateContainerConfigError", "CreateContainerError", "ErrImagePull",
    "ImagePullBackOff", "InvalidImageName", "PodInitializing",
)  # fmt: skip
_TERMINATED = _some("Completed", "ContainerCannotRun", "DeadlineExceeded", "Error", "Evicted", "OOMKilled")
_DEPLOYMENT = _some("Available", "Progressing", "ReplicaFailure")
_AUTOSCALER = _all("AbleToScale", "ScalingActive", "ScalingLimited")
_KNOWN = tuple(
    (re.compile(metrics), labels)
    for metrics, labels in (
        (r"kube_pod_status_phase", {"phase": _POD_PHASES}),
        (r"kube_pod_status_(ready|scheduled)", {"condition": _TRUTH}),
        (r"kube_pod_container_status_waiting_reason", {"reason": _WAITING}),
        (r"kube_pod_container_status_(last_)?terminated_reason", {"reason": _TERMINATED}),
        (r"kube_node_status_condition", {"condition": _NODE_CONDITIONS, "status": _TRUTH}),
        (r"kube_deployment_status_condition", {"condition": _DEPLOYMENT, "status": _TRUTH}),
        (r"kube_horizontalpodautoscaler_status_condition", {"condition": _AUTOSCALER, "status": _TRUTH}),
        (r"kube_job_(complete|failed)", {"condition": _TRUTH}),
        (r"certmanager_certificate_ready_status", {"condition": _CONDITIONS}),
        (r"gotk_reconcile_condition", {"status": _CONDITIONS}),
        (r"kube_namespace_status_phase", {"phase": _all("Active", "Terminating")}),
        (r"kube_persistentvolume_status_phase", {"phase": _all("Pending", "Available", "Bound", "Released", "Failed")}),
        (r"kube_persistentvolumeclaim_status_phase", {"phase": _all("Lost", "Bound", "Pending")}),
        (r"kube_resourcequota", {"type": _all("hard", "used")}),
        (
            r"node_systemd_unit_state",
            {"state": _all("active", "activating", "deactivating", "failed", "inactive", "reloading")},
        ),
        (
            r"node_cpu_seconds_total",
            {"mode": _all("idle", "iowait", "irq", "nice", "softirq", "steal", "system", "user", "interrupt", "dpc")},
        ),
        (r"elasticsearch_cluster_health_status", {"color": _all("green", "yellow", "red")}),
        (r"ALERTS", {"alertstate": _all("pending", "firing")}),
        (
            r"argocd_app_info",
            {
                "health_status": _all("Healthy", "Progressing", "Degraded", "Suspended", "Missing", "Unknown"),
                "sync_status": _all("Synced", "OutOfSync", "Unknown"),
            },
        ),
    )
)


def known_values(metric: str, label: str) -> Known | None:
    """What is known of the label's values, None when nothing is."""
    return next((labels.get(label) for metrics, labels in _KNOWN if metrics.fullmatch(metric)), None)
