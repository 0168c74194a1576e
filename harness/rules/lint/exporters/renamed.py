"""Metrics and labels that exporters no longer have: what they are called since, and since when.

Only what was renamed or dropped for good: no names that the same release exports beside the new ones, nor those that
a setting brings back.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple


class Renamed(NamedTuple):
    """What takes the place of a metric or a label, and the release since which the old one is gone."""

    now: str
    since: str


_NODE, _KSM_1, _KSM = "node_exporter 0.16", "kube-state-metrics 1.0", "kube-state-metrics 2.0"
_WINDOWS, _COREDNS, _PROMETHEUS = "windows_exporter 0.31", "CoreDNS 1.7", "Prometheus 2.23"
_KUBERNETES, _KUBERNETES_1_20, _ETCD = "Kubernetes 1.17", "Kubernetes 1.20", "etcd 3.5"
_MINIO, _TRAEFIK, _ARGO_CD = "MinIO of 2023", "Traefik 2.0", "Argo CD 3.0"

_BY_RELEASE: Mapping[str, Mapping[str, str]] = {
    _NODE: {
        "node_boot_time": "node_boot_time_seconds",
        "node_context_switches": "node_context_switches_total",
        "node_cpu": "node_cpu_seconds_total",
        "node_disk_bytes_read": "node_disk_read_bytes_total",
        "node_disk_bytes_written": "node_disk_written_bytes_total",
        "node_disk_io_time_ms": "node_disk_io_time_seconds_total",
        "node_disk_io_time_weighted": "node_disk_io_time_weighted_seconds_total",
        "node_disk_read_time_ms": "node_disk_read_time_seconds_total",
        "node_disk_reads_completed": "node_disk_reads_completed_total",
        "node_disk_reads_merged": "node_disk_reads_merged_total",
        "node_disk_sectors_read": "node_disk_read_bytes_total",
        "node_disk_sectors_written": "node_disk_written_bytes_total",
        "node_disk_write_time_ms": "node_disk_write_time_seconds_total",
        "node_disk_writes_completed": "node_disk_writes_completed_total",
        "node_disk_writes_merged": "node_disk_writes_merged_total",
        "node_filesystem_avail": "node_filesystem_avail_bytes",
        "node_filesystem_free": "node_filesystem_free_bytes",
        "node_filesystem_size": "node_filesystem_size_bytes",
        "node_forks": "node_forks_total",
        "node_interrupts": "node_interrupts_total",
        "node_intr": "node_intr_total",
        "node_md_is_active": "node_md_state",
        "node_textfile_mtime": "node_textfile_mtime_seconds",
        "node_time": "node_time_seconds",
    },
    _KSM_1: {
        "kube_node_status_disk_pressure": 'kube_node_status_condition{condition="DiskPressure"}',
        "kube_node_status_memory_pressure": 'kube_node_status_condition{condition="MemoryPressure"}',
        "kube_node_status_network_unavailable": 'kube_node_status_condition{condition="NetworkUnavailable"}',
        "kube_node_status_out_of_disk": 'kube_node_status_condition{condition="DiskPressure"}',
        "kube_node_status_ready": 'kube_node_status_condition{condition="Ready"}',
    },
    _KSM: {
        "kube_daemonset_updated_number_scheduled": "kube_daemonset_status_updated_number_scheduled",
        "kube_node_status_allocatable_cpu_cores": 'kube_node_status_allocatable{resource="cpu"}',
        "kube_node_status_allocatable_memory_bytes": 'kube_node_status_allocatable{resource="memory"}',
        "kube_node_status_allocatable_pods": 'kube_node_status_allocatable{resource="pods"}',
        "kube_node_status_capacity_cpu_cores": 'kube_node_status_capacity{resource="cpu"}',
        "kube_node_status_capacity_memory_bytes": 'kube_node_status_capacity{resource="memory"}',
        "kube_node_status_capacity_pods": 'kube_node_status_capacity{resource="pods"}',
        "kube_pod_container_resource_limits_cpu_cores": 'kube_pod_container_resource_limits{resource="cpu"}',
        "kube_pod_container_resource_limits_memory_bytes": 'kube_pod_container_resource_limits{resource="memory"}',
        "kube_pod_container_resource_requests_cpu_cores": 'kube_pod_container_resource_requests{resource="cpu"}',
        "kube_pod_container_resource_requests_memory_bytes": 'kube_pod_container_resource_requests{resource="memory"}',
        "kube_pod_deleted": "kube_pod_deletion_timestamp",
    },
    "kube-state-metrics 2.14": {
        "kube_endpoint_address_available": 'kube_endpoint_address{ready="true"}',
        "kube_endpoint_address_not_ready": 'kube_endpoint_address{ready="false"}',
    },
    _KUBERNETES: {
        "apiserver_admission_controller_admission_latencies_seconds":
            "apiserver_admission_controller_admission_duration_seconds",
        "apiserver_request_count": "apiserver_request_total",
        "apiserver_request_latencies": "apiserver_request_duration_seconds",
        "apiserver_request_latencies_summary": "apiserver_request_duration_seconds",
        "kubelet_cgroup_manager_latency_microseconds": "kubelet_cgroup_manager_duration_seconds",
        "kubelet_docker_operations": "kubelet_runtime_operations_total",
        "kubelet_docker_operations_errors": "kubelet_runtime_operations_errors_total",
        "kubelet_docker_operations_latency_microseconds": "kubelet_runtime_operations_duration_seconds",
        "kubelet_pleg_relist_interval_microseconds": "kubelet_pleg_relist_interval_seconds",
        "kubelet_pleg_relist_latency_microseconds": "kubelet_pleg_relist_duration_seconds",
        "kubelet_pod_start_latency_microseconds": "kubelet_pod_start_duration_seconds",
        "kubelet_pod_worker_latency_microseconds": "kubelet_pod_worker_duration_seconds",
        "kubelet_pod_worker_start_latency_microseconds": "kubelet_pod_worker_start_duration_seconds",
        "kubelet_runtime_operations": "kubelet_runtime_operations_total",
        "kubelet_runtime_operations_errors": "kubelet_runtime_operations_errors_total",
        "kubelet_runtime_operations_latency_microseconds": "kubelet_runtime_operations_duration_seconds",
        "kubeproxy_sync_proxy_rules_latency_microseconds": "kubeproxy_sync_proxy_rules_duration_seconds",
        "rest_client_request_latency_seconds": "rest_client_request_duration_seconds",
        "scheduler_binding_latency_microseconds": "scheduler_scheduling_attempt_duration_seconds",
        "scheduler_e2e_scheduling_latency_microseconds": "scheduler_scheduling_attempt_duration_seconds",
        "scheduler_scheduling_algorithm_latency_microseconds": "scheduler_scheduling_algorithm_duration_seconds",
    },
    _KUBERNETES_1_20: {
        "aggregator_unavailable_apiservice_count": "aggregator_unavailable_apiservice_total",
        "kubelet_running_container_count": "kubelet_running_containers",
        "kubelet_running_pod_count": "kubelet_running_pods",
    },
    "Kubernetes 1.24": {
        "kubelet_docker_operations_errors_total": "kubelet_runtime_operations_errors_total",
        "kubelet_docker_operations_total": "kubelet_runtime_operations_total",
        "scheduler_e2e_scheduling_duration_seconds": "scheduler_scheduling_attempt_duration_seconds",
    },
    _COREDNS: {
        "coredns_cache_size": "coredns_cache_entries",
        "coredns_dns_request_count_total": "coredns_dns_requests_total",
        "coredns_dns_request_type_count_total": "coredns_dns_requests_total",
        "coredns_dns_response_rcode_count_total": "coredns_dns_responses_total",
        "coredns_forward_healthcheck_broken_count_total": "coredns_forward_healthcheck_broken_total",
        "coredns_forward_healthcheck_failure_count_total": "coredns_forward_healthcheck_failures_total",
        "coredns_forward_request_count_total": "coredns_forward_requests_total",
        "coredns_forward_response_rcode_count_total": "coredns_forward_responses_total",
        "coredns_hosts_entries_count": "coredns_hosts_entries",
        "coredns_panic_count_total": "coredns_panics_total",
        "coredns_reload_failed_count_total": "coredns_reload_failed_total",
    },
    _PROMETHEUS: {
        "prometheus_remote_storage_dropped_samples_total": "prometheus_remote_storage_samples_dropped_total",
        "prometheus_remote_storage_failed_samples_total": "prometheus_remote_storage_samples_failed_total",
        "prometheus_remote_storage_pending_samples": "prometheus_remote_storage_samples_pending",
        "prometheus_remote_storage_retried_samples_total": "prometheus_remote_storage_samples_retried_total",
        "prometheus_remote_storage_sent_bytes_total": "prometheus_remote_storage_bytes_total",
        "prometheus_remote_storage_succeeded_samples_total": "prometheus_remote_storage_samples_total",
    },
    "Prometheus 2.3": {
        "prometheus_evaluator_iterations_missed_total": "prometheus_rule_group_iterations_missed_total",
        "prometheus_evaluator_iterations_total": "prometheus_rule_group_iterations_total",
    },
    _ETCD: {
        "etcd_debugging_mvcc_db_total_size_in_bytes": "etcd_mvcc_db_total_size_in_bytes",
        "etcd_debugging_mvcc_delete_total": "etcd_mvcc_delete_total",
        "etcd_debugging_mvcc_put_total": "etcd_mvcc_put_total",
        "etcd_debugging_mvcc_range_total": "etcd_mvcc_range_total",
        "etcd_debugging_mvcc_txn_total": "etcd_mvcc_txn_total",
        "etcd_network_member_round_trip_time_seconds": "etcd_network_peer_round_trip_time_seconds",
    },
    _WINDOWS: {
        "windows_cs_logical_processors": "windows_cpu_logical_processor",
        "windows_cs_physical_memory_bytes": "windows_memory_physical_total_bytes",
        "windows_os_physical_memory_free_bytes": "windows_memory_physical_free_bytes",
        "windows_service_status": "windows_service_state",
    },
    _MINIO: {
        "minio_cluster_disk_offline_total": "minio_cluster_drive_offline_total",
        "minio_cluster_disk_online_total": "minio_cluster_drive_online_total",
        "minio_disks_offline": "minio_cluster_drive_offline_total",
        "minio_offline_disks": "minio_cluster_drive_offline_total",
    },
    _TRAEFIK: {
        "traefik_backend_open_connections": "traefik_service_open_connections",
        "traefik_backend_request_duration_seconds": "traefik_service_request_duration_seconds",
        "traefik_backend_requests_total": "traefik_service_requests_total",
        "traefik_backend_server_up": "traefik_service_server_up",
    },
    _ARGO_CD: {
        "argocd_app_health_status": 'argocd_app_info{health_status="..."}',
        "argocd_app_sync_status": 'argocd_app_info{sync_status="..."}',
    },
    "Istio 1.5": {
        "istio_request_count": "istio_requests_total",
        "istio_request_duration_seconds": "istio_request_duration_milliseconds",
    },
    "Kong 3.0": {"kong_http_status": "kong_http_requests_total"},
    "KubeVirt 1.0": {
        "kubevirt_virt_api_up_total": "kubevirt_virt_api_up",
        "kubevirt_virt_controller_up_total": "kubevirt_virt_controller_up",
        "kubevirt_virt_operator_up_total": "kubevirt_virt_operator_up",
    },
    "prometheus-operator 0.25": {
        "prometheus_operator_alertmanager_spec_replicas": "prometheus_operator_spec_replicas",
        "prometheus_operator_prometheus_spec_replicas": "prometheus_operator_spec_replicas",
    },
}  # fmt: skip
_METRICS = {old: Renamed(new, since) for since, renames in _BY_RELEASE.items() for old, new in renames.items()}
# The whole name, what it is now, and since when.
_PATTERNS = (
    (re.compile(r"node_memory_(?!HugePages)([A-Z]\w*?)(?<!_bytes)"), r"node_memory_\1_bytes", _NODE),
    (
        re.compile(
            r"node_network_(receive|transmit)_(bytes|packets|errs|drop|fifo|frame|compressed|multicast|colls|carrier)"
        ),
        r"node_network_\1_\2_total",
        _NODE,
    ),
    (re.compile(r"kube_hpa_(\w+)"), r"kube_horizontalpodautoscaler_\1", _KSM),
    (re.compile(r"wmi_(\w+)"), r"windows_\1", "windows_exporter 0.13"),
)
_SUFFIXES = ("", "_bucket", "_sum", "_count")
# By the beginning of the metric's name.
_LABELS = (
    ("container_", "pod_name", Renamed("pod", "Kubernetes 1.16")),
    ("container_", "container_name", Renamed("container", "Kubernetes 1.16")),
    ("kube_pod_", "pod_name", Renamed("pod", _KSM_1)),
    ("kube_pod_", "container_name", Renamed("container", _KSM_1)),
)


def renamed_metric(name: str) -> Renamed | None:
    """What the metric is called since, None when nothing is known against it. Suffixes of histograms are kept."""
    for suffix in _SUFFIXES:
        found = _METRICS.get(name.removesuffix(suffix)) if name.endswith(suffix) else None
        if found is not None:
            return Renamed(found.now + suffix, found.since) if "{" not in found.now else found
    for pattern, now, since in _PATTERNS:
        match = pattern.fullmatch(name)
        if match is not None:
            return Renamed(match.expand(now), since)
    return None


def renamed_label(metric: str, label: str) -> Renamed | None:
    """What the label of this metric is called since, None when nothing is known against it."""
    return next((to for start, old, to in _LABELS if label == old and metric.startswith(start)), None)
