"""Leases in the cluster: what is broken in it, and when its runner was last heard from."""

from __future__ import annotations

from datetime import UTC, datetime

from kubernetes import client
from kubernetes.client.exceptions import ApiException

from harness.cluster.answering import answering
from harness.target import Lease

_LABEL = "chaos-harness/fault"
_TEXT = "chaos-harness/entry"
_NOT_FOUND = 404
_TIMEOUT_S = 5


class ClusterLeases:
    """`coordination.k8s.io` leases in `namespace`, one for each entry of the ledger. See harness.target.Leases."""

    def __init__(self, api: client.ApiClient, namespace: str) -> None:
        self._leases = client.CoordinationV1Api(api)
        self._namespace = namespace

    def put(self, lease_id: str, holder: str, text: str, ttl_s: float) -> None:
        body = client.V1Lease(
            metadata=client.V1ObjectMeta(name=_name(lease_id), labels={_LABEL: "true"}, annotations={_TEXT: text}),
            spec=client.V1LeaseSpec(
                holder_identity=holder, lease_duration_seconds=round(ttl_s), renew_time=datetime.now(UTC)
            ),
        )
        with answering(f"a lease in {self._namespace}"):
            self._leases.create_namespaced_lease(self._namespace, body, _request_timeout=_TIMEOUT_S)

    def renew(self, lease_id: str) -> bool:
        stamp = datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
        with answering(f"lease {lease_id}"):
            try:
                self._leases.patch_namespaced_lease(
                    _name(lease_id), self._namespace, {"spec": {"renewTime": stamp}}, _request_timeout=_TIMEOUT_S
                )
            except ApiException as error:
                if error.status == _NOT_FOUND:
                    return False
                raise
        return True

    def delete(self, lease_id: str) -> bool:
        with answering(f"lease {lease_id}"):
            try:
                self._leases.delete_namespaced_lease(_name(lease_id), self._namespace, _request_timeout=_TIMEOUT_S)
            except ApiException as error:
                if error.status == _NOT_FOUND:
                    return False
                raise
        return True

    def all(self) -> list[Lease]:
        with answering(f"the leases in {self._namespace}"):
            items = self._leases.list_namespaced_lease(
                self._namespace, label_selector=f"{_LABEL}=true", _request_timeout=_TIMEOUT_S
            ).items
        now = datetime.now(UTC)
        return [
            Lease(
                id=item.metadata.name.removeprefix(_name("")),
                text=item.metadata.annotations[_TEXT],
                expired=(now - item.spec.renew_time).total_seconds() > item.spec.lease_duration_seconds,
            )
            for item in items
        ]


def _name(lease_id: str) -> str:
    return f"fault-{lease_id}"
