"""What a namespace holds, as digests: all that a fault could leave behind, nothing that changes by itself."""

from __future__ import annotations

from typing import Any

from kubernetes import client

from harness.cluster.answering import answering
from harness.cluster.plain import read
from harness.judging.residue import digest

_TIMEOUT_S = 10
_OWN_WILL = ("deployment.kubernetes.io/", "kubectl.kubernetes.io/", "reconcile.fluxcd.io/")
"""Prefixes of annotations that controllers and tools write."""
_KINDS = {
    "deployment": "apis/apps/v1",
    "statefulset": "apis/apps/v1",
    "service": "api/v1",
    "configmap": "api/v1",
    "secret": "api/v1",
    "serviceaccount": "api/v1",
    "pod": "api/v1",
    "role": "apis/rbac.authorization.k8s.io/v1",
    "rolebinding": "apis/rbac.authorization.k8s.io/v1",
}


def snapshot(api: client.ApiClient, namespaces: list[str]) -> dict[str, str]:
    """Digests of workloads, services, configuration and access rights, by "cluster/namespace/kind/name".

    Of pods those that nothing else has made: the others come and go by themselves. Raises TargetError.
    """
    found = {}
    for namespace in namespaces:
        for kind, group in _KINDS.items():
            with answering(f"{kind}s of {namespace}"):
                items = read(api, f"/{group}/namespaces/{namespace}/{kind}s", timeout_s=_TIMEOUT_S)["items"]
            for item in items:
                if kind != "pod" or not item["metadata"].get("ownerReferences"):
                    found[f"cluster/{namespace}/{kind}/{item['metadata']['name']}"] = digest(_lasting(item))
    return found


def _lasting(item: dict[str, Any]) -> dict[str, Any]:
    annotations = item["metadata"].get("annotations", {})
    kept = {key: value for key, value in item.items() if key not in ("metadata", "status")}
    kept["labels"] = item["metadata"].get("labels", {})
    kept["annotations"] = {key: value for key, value in annotations.items() if not key.startswith(_OWN_WILL)}
    return kept
