"""What `make up` wrote into the cluster: its stamp, and secrets it made."""

from __future__ import annotations

from kubernetes import client
from kubernetes.client.exceptions import ApiException

from harness.cluster.answering import answering
from harness.cluster.connection import STAMP_PATH
from harness.cluster.plain import read

_NOT_FOUND = 404


def alert_factor(api: client.ApiClient) -> int:
    """By how much the durations of the deployed alerting are divided; 1 is production, and what a cluster has that
    `make up` did not make. Raises TargetError."""
    with answering("the cluster's stamp"):
        try:
            stamp = read(api, STAMP_PATH)
        except ApiException as error:
            if error.status == _NOT_FOUND:
                return 1
            raise
    return int(stamp.get("data", {}).get("alert-factor", "1"))


def cluster_uid(api: client.ApiClient) -> str:
    """What tells this cluster from any made before or after it under the same name. Raises TargetError."""
    with answering("namespace kube-system"):
        found = read(api, "/api/v1/namespaces/kube-system")
    return str(found["metadata"]["uid"])


def secret(api: client.ApiClient, namespace: str, name: str) -> dict[str, str]:
    """The data (base64) of a secret. Raises TargetError."""
    with answering(f"secret {namespace}/{name}"):
        found = read(api, f"/api/v1/namespaces/{namespace}/secrets/{name}")
    return {key: str(value) for key, value in found.get("data", {}).items()}
