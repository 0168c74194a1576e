"""What `make up` wrote into the cluster: its stamp, and secrets it made."""

from __future__ import annotations

from kubernetes import client

from harness.cluster.answering import answering
from harness.cluster.connection import STAMP_NAME, STAMP_NAMESPACE

_TIMEOUT_S = 5


def alert_factor(api: client.ApiClient) -> int:
    """By how much the durations of the deployed alerting are divided; 1 is production. Raises TargetError."""
    with answering("the cluster's stamp"):
        stamp = client.CoreV1Api(api).read_namespaced_config_map(
            STAMP_NAME, STAMP_NAMESPACE, _request_timeout=_TIMEOUT_S
        )
    return int((stamp.data or {}).get("alert-factor", "1"))


def cluster_uid(api: client.ApiClient) -> str:
    """What tells this cluster from any made before or after it under the same name. Raises TargetError."""
    with answering("namespace kube-system"):
        found = client.CoreV1Api(api).read_namespace("kube-system", _request_timeout=_TIMEOUT_S)
    return str(found.metadata.uid)


def secret(api: client.ApiClient, namespace: str, name: str) -> dict[str, str]:
    """The data (base64) of a secret. Raises TargetError."""
    with answering(f"secret {namespace}/{name}"):
        found = client.CoreV1Api(api).read_namespaced_secret(name, namespace, _request_timeout=_TIMEOUT_S)
    return {key: str(value) for key, value in (found.data or {}).items()}
