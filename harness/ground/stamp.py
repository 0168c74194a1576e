"""The stamp: what a cluster was made of and holds, kept in the cluster itself, so that reuse knows what changed."""

from __future__ import annotations

import msgspec

NAMESPACE = "kube-system"
NAME = "chaos-harness"
PATH = f"/api/v1/namespaces/{NAMESPACE}/configmaps/{NAME}"
_KEY = "stamp.json"


class Stamp(msgspec.Struct, frozen=True):
    """`ground` hashes what only a new cluster can change; `documents` maps a source file to the hash of its
    rendered text; `services` maps a service to its image; `seeded` hashes the processes that the seed filled."""

    ground: str
    alert_profile: str
    alert_factor: int
    documents: dict[str, str]
    services: dict[str, str]
    seeded: str


def manifest(stamp: Stamp) -> bytes:
    """The stamp as the object that is applied."""
    return msgspec.json.encode(
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": NAME, "namespace": NAMESPACE, "labels": {"app.kubernetes.io/managed-by": NAME}},
            "data": {
                _KEY: msgspec.json.encode(stamp, order="sorted").decode(),
                # Read by whoever must know by how much the cluster's durations were divided.
                "alert-factor": str(stamp.alert_factor),
            },
        }
    )


def stamp_in(config_map: object) -> Stamp | None:
    """The stamp held by a ConfigMap as read from the cluster; None when it is absent or not readable as one."""
    if not isinstance(config_map, dict):
        return None
    text = (config_map.get("data") or {}).get(_KEY, "")
    try:
        return msgspec.json.decode(text, type=Stamp)
    except msgspec.DecodeError:
        return None
