"""The labels that well-known exporters give their metrics, beside those that Prometheus gives to all of a target."""

from __future__ import annotations

import re
from typing import NamedTuple


class Own(NamedTuple):
    """The exporter, and all labels that it gives the metric; None where it gives others as well."""

    exporter: str
    labels: frozenset[str] | None


_KSM, _NODE, _CADVISOR, _KUBELET = "kube-state-metrics", "node_exporter", "cAdvisor", "the kubelet"
_POD, _CONTAINER = "namespace pod uid", "namespace pod uid container"
_IN_CADVISOR = "container id image name namespace pod"
_FILESYSTEM = r"node_filesystem_(avail_bytes|free_bytes|size_bytes|files|files_free|readonly)"
# The first that matches the whole name counts.
_METRICS = tuple(
    (re.compile(names), Own(exporter, None if labels is None else frozenset(labels.split())))
    for names, exporter, labels in (
        (r"kube_pod_status_phase", _KSM, f"{_POD} phase"),
        (r"kube_pod_status_(ready|scheduled)", _KSM, f"{_POD} condition"),
        (r"kube_pod_container_status_\w*reason", _KSM, f"{_CONTAINER} reason"),
        (r"kube_pod_container_status_(ready|running|waiting|terminated|restarts_total)", _KSM, _CONTAINER),
        (r"kube_deployment_status_condition", _KSM, "namespace deployment condition status"),
        (r"kube_deployment_(spec|status)_(replicas\w*|observed_generation|paused)", _KSM, "namespace deployment"),
        (r"kube_deployment_metadata_generation", _KSM, "namespace deployment"),
        (r"kube_statefulset_status_(current|update)_revision", _KSM, "namespace statefulset revision"),
        (r"kube_statefulset_(replicas|status_(replicas\w*|observed_generation)|metadata_generation)", _KSM,
         "namespace statefulset"),
        (r"kube_daemonset_status_\w+", _KSM, "namespace daemonset"),
        (r"kube_replicaset_(spec|status)_\w*replicas", _KSM, "namespace replicaset"),
        (r"kube_horizontalpodautoscaler_status_condition", _KSM, "namespace horizontalpodautoscaler condition status"),
        (r"kube_horizontalpodautoscaler_(spec_(min|max)|status_(current|desired))_replicas", _KSM,
         "namespace horizontalpodautoscaler"),
        (r"kube_node_status_condition", _KSM, "node condition status"),
        (r"kube_node_status_(allocatable|capacity)", _KSM, "node resource unit"),
        (r"kube_node_spec_unschedulable", _KSM, "node"),
        (r"kube_persistentvolumeclaim_status_phase", _KSM, "namespace persistentvolumeclaim phase"),
        (r"kube_persistentvolumeclaim_access_mode", _KSM, "namespace persistentvolumeclaim access_mode"),
        (r"kube_persistentvolumeclaim_resource_requests_storage_bytes", _KSM, "namespace persistentvolumeclaim"),
        (r"kube_pod_info", _KSM,
         f"{_POD} host_ip pod_ip node created_by_kind created_by_name priority_class host_network"),
        (r"kube_pod_owner", _KSM, f"{_POD} owner_kind owner_name owner_is_controller"),
        (r"kube_\w+", _KSM, None),
        (r"kubelet_volume_stats_\w+", _KUBELET, "namespace persistentvolumeclaim"),
        (r"kubelet_\w+", _KUBELET, None),
        (r"container_spec_\w+|container_memory_(usage_bytes|working_set_bytes|rss|cache|swap)", _CADVISOR,
         _IN_CADVISOR),
        (r"container_cpu_cfs_\w+", _CADVISOR, _IN_CADVISOR),
        (r"container_cpu_usage_seconds_total", _CADVISOR, f"{_IN_CADVISOR} cpu"),
        (r"container_\w+", _CADVISOR, None),
        (_FILESYSTEM, _NODE, "device fstype mountpoint"),
        (r"node_memory_\w+_bytes|node_load\d+|node_(boot_)?time_seconds", _NODE, ""),
        (r"node_cpu_seconds_total", _NODE, "cpu mode"),
        (r"node_(network|disk)_\w+_total", _NODE, "device"),
        (r"node_(cpu|disk|filesystem|load|memory|network|nf_conntrack|timex|vmstat)\w*", _NODE, None),
        (r"alertmanager_notifications_failed_total", "Alertmanager", "integration reason"),
        (r"alertmanager_notifications_total", "Alertmanager", "integration"),
        (r"prometheus_tsdb_head_samples_appended_total", "Prometheus", "type"),
        (r"prometheus_target_metadata_cache_entries", "Prometheus", "scrape_job"),
        (r"prometheus_rule_group_rules", "Prometheus", "rule_group"),
        (r"probe_\w+", "blackbox_exporter", None),
        (r"mysql_\w+", "mysqld_exporter", None),
        (r"pg_\w+", "postgres_exporter", None),
        (r"redis_\w+", "redis_exporter", None),
    )
)  # fmt: skip


def own_labels(metric: str) -> Own | None:
    """What is known of the metric, None when nothing is."""
    return next((own for names, own in _METRICS if names.fullmatch(metric)), None)


# Prometheus, or its discovery, gives these to targets.
_OF_TARGETS = frozenset(
    {"container", "endpoint", "instance", "job", "name", "namespace", "node", "pod", "uid", "id", "image"}
)


def given_to_some(exporter: str) -> frozenset[str]:
    """The labels that the exporter gives to one metric or another, but for those that a target may have as well."""
    every = (own.labels for _, own in _METRICS if own.exporter == exporter and own.labels is not None)
    return frozenset().union(*every) - _OF_TARGETS
