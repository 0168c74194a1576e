"""What a namespace holds, as digests: all that a fault could leave behind, nothing that changes by itself."""

from __future__ import annotations

from typing import Any

from kubernetes import client

from harness.cluster.answering import answering
from harness.judging.residue import digest

_TIMEOUT_S = 10
_OWN_WILL = ("deployment.kubernetes.io/", "kubectl.kubernetes.io/", "reconcile.fluxcd.io/")
"""Prefixes of annotations that controllers and tools write."""


def snapshot(api: client.ApiClient, namespaces: list[str]) -> dict[str, str]:
    """Digests of workloads, services, configuration and access rights, by "cluster/namespace/kind/name".

    Raises TargetError.
    """
    core, apps, rbac = client.CoreV1Api(api), client.AppsV1Api(api), client.RbacAuthorizationV1Api(api)
    listers = {
        "deployment": apps.list_namespaced_deployment,
        "statefulset": apps.list_namespaced_stateful_set,
        "service": core.list_namespaced_service,
        "configmap": core.list_namespaced_config_map,
        "secret": core.list_namespaced_secret,
        "serviceaccount": core.list_namespaced_service_account,
        "role": rbac.list_namespaced_role,
        "rolebinding": rbac.list_namespaced_role_binding,
    }
    found = {}
    for namespace in namespaces:
        for kind, lister in listers.items():
            with answering(f"{kind}s of {namespace}"):
                items = lister(namespace, _request_timeout=_TIMEOUT_S).items
            for item in items:
                found[f"cluster/{namespace}/{kind}/{item.metadata.name}"] = digest(
                    _lasting(api.sanitize_for_serialization(item))
                )
    return found


def _lasting(item: dict[str, Any]) -> dict[str, Any]:
    annotations = item["metadata"].get("annotations", {})
    kept = {key: value for key, value in item.items() if key not in ("metadata", "status")}
    kept["labels"] = item["metadata"].get("labels", {})
    kept["annotations"] = {key: value for key, value in annotations.items() if not key.startswith(_OWN_WILL)}
    return kept
