"""Leases in the cluster: what is broken in it, and when its runner was last heard from."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from kubernetes import client
from kubernetes.client.exceptions import ApiException

from harness.cluster.answering import answering
from harness.cluster.plain import ask, read
from harness.target import Lease

_LABEL = "chaos-harness/fault"
_TEXT = "chaos-harness/entry"
_NOT_FOUND = 404


class ClusterLeases:
    """`coordination.k8s.io` leases in `namespace`, one for each entry of the ledger. See harness.target.Leases."""

    def __init__(self, api: client.ApiClient, namespace: str) -> None:
        self._api = api
        self._namespace = namespace
        self._path = f"/apis/coordination.k8s.io/v1/namespaces/{namespace}/leases"

    def put(self, lease_id: str, holder: str, text: str, ttl_s: float) -> None:
        lease = {
            "apiVersion": "coordination.k8s.io/v1",
            "kind": "Lease",
            "metadata": {"name": _name(lease_id), "labels": {_LABEL: "true"}, "annotations": {_TEXT: text}},
            "spec": {"holderIdentity": holder, "leaseDurationSeconds": round(ttl_s), "renewTime": _now()},
        }
        with answering(f"a lease in {self._namespace}"):
            ask(self._api, "POST", self._path, lease)

    def renew(self, lease_id: str) -> bool:
        with answering(f"lease {lease_id}"):
            return self._change("PATCH", lease_id, {"spec": {"renewTime": _now()}})

    def delete(self, lease_id: str) -> bool:
        with answering(f"lease {lease_id}"):
            return self._change("DELETE", lease_id)

    def all(self) -> list[Lease]:
        with answering(f"the leases in {self._namespace}"):
            found = read(self._api, f"{self._path}?labelSelector={quote(f'{_LABEL}=true', safe='')}")
        now = datetime.now(UTC)
        return [
            Lease(
                id=item["metadata"]["name"].removeprefix(_name("")),
                text=item["metadata"]["annotations"][_TEXT],
                expired=_age_s(item["spec"], now) > item["spec"]["leaseDurationSeconds"],
            )
            for item in found["items"]
        ]

    def _change(self, method: str, lease_id: str, body: dict[str, Any] | None = None) -> bool:
        """Answers whether there was such a lease."""
        try:
            ask(self._api, method, f"{self._path}/{quote(_name(lease_id), safe='')}", body)
        except ApiException as error:
            if error.status == _NOT_FOUND:
                return False
            raise
        return True


def _name(lease_id: str) -> str:
    return f"fault-{lease_id}"


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def _age_s(spec: dict[str, Any], now: datetime) -> float:
    return (now - datetime.fromisoformat(spec["renewTime"])).total_seconds()
