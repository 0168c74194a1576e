"""Everything worth reading afterwards: objects, events and logs, saved before anything is torn down."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import urllib3
import yaml
from kubernetes import client
from kubernetes.client.exceptions import ApiException

from harness.cluster.answering import answering
from harness.cluster.connection import connect
from harness.errors import TargetError
from harness.facts.masking import mask, mask_text

_TIMEOUT_S = 10
_LOG_LINES = 2000


_READERS = 4
_FINISHED = ("Succeeded", "Failed")


def dump(api: client.ApiClient, namespaces: list[str], folder: Path, *, since: float = 0.0) -> None:
    """Write objects/<namespace>.yaml, events/<namespace>.txt and logs/<namespace>/<pod>/<container>.log.

    Pods and jobs that had come and gone by `since` (seconds since the epoch) are nobody's evidence. What cannot be
    read leaves a note in its place: evidence must not be lost to one missing piece.
    """
    core, batch, apps = client.CoreV1Api(api), client.BatchV1Api(api), client.AppsV1Api(api)
    for namespace in namespaces:
        pods = _try(
            lambda ns=namespace: [
                pod
                for pod in core.list_namespaced_pod(ns, _request_timeout=_TIMEOUT_S).items
                if pod.status.phase not in _FINISHED or _made(pod) >= since
            ]
        )
        kinds = {
            "pods": pods,
            "jobs": _try(
                lambda ns=namespace: [
                    job
                    for job in batch.list_namespaced_job(ns, _request_timeout=_TIMEOUT_S).items
                    if job.status.active or _made(job) >= since
                ]
            ),
            "deployments": _try(
                lambda ns=namespace: apps.list_namespaced_deployment(ns, _request_timeout=_TIMEOUT_S).items
            ),
            "configmaps": _try(
                lambda ns=namespace: core.list_namespaced_config_map(ns, _request_timeout=_TIMEOUT_S).items
            ),
            "serviceaccounts": _try(
                lambda ns=namespace: core.list_namespaced_service_account(ns, _request_timeout=_TIMEOUT_S).items
            ),
        }
        plain = {kind: _plain(api, found) for kind, found in kinds.items()}
        text = yaml.dump(mask(plain), Dumper=yaml.CSafeDumper, sort_keys=False)
        _write(folder / "objects" / f"{namespace}.yaml", text)
        events = _try(lambda ns=namespace: core.list_namespaced_event(ns, _request_timeout=_TIMEOUT_S).items)
        _write(folder / "events" / f"{namespace}.txt", _event_lines(events))
        with ThreadPoolExecutor(_READERS) as readers:
            for pod in pods if isinstance(pods, list) else []:
                readers.submit(_dump_logs, core, namespace, pod, folder)


def dump_cluster(kubeconfig: Path, folder: Path) -> None:
    """Everything of every namespace of a cluster that may be half-made. Raises NotOurs, TargetError."""
    api = connect(kubeconfig, finished=False)
    with answering("namespaces"):
        found = client.CoreV1Api(api).list_namespace(_request_timeout=_TIMEOUT_S).items
    dump(api, [namespace.metadata.name for namespace in found], folder)


def _dump_logs(core: client.CoreV1Api, namespace: str, pod: Any, folder: Path) -> None:
    containers = [*(pod.spec.init_containers or []), *pod.spec.containers]
    for container in containers:
        text = _try(
            lambda name=container.name: core.read_namespaced_pod_log(
                pod.metadata.name,
                namespace,
                container=name,
                tail_lines=_LOG_LINES,
                timestamps=True,
                _request_timeout=_TIMEOUT_S,
            )
        )
        _write(folder / "logs" / namespace / pod.metadata.name / f"{container.name}.log", str(text))


def _made(item: Any) -> float:
    return float(item.metadata.creation_timestamp.timestamp())


def _plain(api: client.ApiClient, found: Any) -> Any:
    """As plain data, without what only machines read: who manages which field, and packed files."""
    items = api.sanitize_for_serialization(found)
    for item in items if isinstance(items, list) else []:
        item.get("metadata", {}).pop("managedFields", None)
        item.pop("binaryData", None)
    return items


def _event_lines(events: Any) -> str:
    if not isinstance(events, list):
        return str(events)
    events.sort(key=lambda event: event.metadata.creation_timestamp)
    return "".join(
        f"{event.metadata.creation_timestamp:%H:%M:%S} {event.type} {event.involved_object.kind}/"
        f"{event.involved_object.name} {event.reason}: {event.message}\n"
        for event in events
    )


def _try(read: Any) -> Any:
    try:
        return read()
    except (ApiException, urllib3.exceptions.HTTPError, OSError, TargetError) as error:
        return f"could not be read: {error}"


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(mask_text(text))
