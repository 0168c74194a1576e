"""Long-running workloads: their processes watched and killed, their replicas. See harness.target.Workloads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, Protocol
from urllib.parse import quote

from kubernetes import client
from kubernetes.client.exceptions import ApiException

from harness.cluster.answering import answering
from harness.cluster.lifeline import Lifeline
from harness.cluster.plain import ask, pods, read
from harness.errors import TargetError, UsageError

_TIMEOUT_S = 10
_GONE = (404, 409)
"""Not there, or another pod under the same name (409: it has not the uid that was asked for)."""


class Named(Protocol):
    """Where a workload is."""

    @property
    def kind(self) -> Literal["Deployment", "StatefulSet"]: ...

    @property
    def namespace(self) -> str: ...

    @property
    def name(self) -> str: ...


class LongRunning:
    """The workloads of `known`, by the names they go by. A process is named "namespace/pod/container/pod uid"."""

    def __init__(self, api: client.ApiClient, known: Mapping[str, Named]) -> None:
        self._api = api
        self._known = known
        self._lifelines: dict[str, Lifeline] = {}

    def watch(self, workload: str) -> list[str]:
        found = running_pods(self._api, self._named(workload))
        processes = []
        for pod in found:
            where, container = pod["metadata"], pod["spec"]["containers"][0]["name"]
            process = f"{where['namespace']}/{where['name']}/{container}/{where['uid']}"
            self._lifelines[process] = Lifeline(self._api, where["namespace"], where["name"], container)
            processes.append(process)
        return processes

    def kill(self, processes: Sequence[str]) -> None:
        for process in processes:
            namespace, pod, _, uid = process.split("/")
            options = {"gracePeriodSeconds": 0, "preconditions": {"uid": uid}}
            with answering(f"pod {namespace}/{pod}"):
                try:
                    ask(self._api, "DELETE", f"{pods(namespace)}/{pod}", options, timeout_s=_TIMEOUT_S)
                except ApiException as error:
                    if error.status not in _GONE:
                        raise

    def alive(self, processes: Sequence[str]) -> list[str]:
        return [process for process in processes if self._lives(process)]

    def forget(self, processes: Sequence[str]) -> None:
        for process in processes:
            lifeline = self._lifelines.pop(process, None)
            if lifeline is not None:
                lifeline.close()

    def replicas(self, workload: str) -> int:
        return int(_read(self._api, self._named(workload))["spec"]["replicas"])

    def scale(self, workload: str, replicas: int) -> None:
        named = self._named(workload)
        with answering(f"{named.kind} {named.namespace}/{named.name}"):
            path, wanted = f"{_workload(named)}/scale", {"spec": {"replicas": replicas}}
            ask(self._api, "PATCH", path, wanted, timeout_s=_TIMEOUT_S)

    def _lives(self, process: str) -> bool:
        lifeline = self._lifelines.get(process)
        if lifeline is not None:
            return not lifeline.ended()
        namespace, name, container, uid = process.split("/")
        with answering(f"pod {namespace}/{name}"):
            try:
                pod = read(self._api, f"{pods(namespace)}/{name}", timeout_s=_TIMEOUT_S)
            except ApiException as error:
                if error.status == 404:
                    return False
                raise
        states = {status["name"]: status["state"] for status in pod["status"].get("containerStatuses", [])}
        return pod["metadata"]["uid"] == uid and "running" in states.get(container, {})

    def _named(self, workload: str) -> Named:
        if workload not in self._known:
            raise UsageError(f"there is no workload {workload!r}", todo=f"one of: {', '.join(sorted(self._known))}")
        return self._known[workload]


def running_pods(api: client.ApiClient, named: Named) -> list[dict[str, Any]]:
    """The workload's pods that run and are not being deleted, as the API server writes them.

    Raises TargetError when there is none.
    """
    wanted = _read(api, named)["spec"]["selector"]["matchLabels"]
    selector = ",".join(f"{key}={value}" for key, value in wanted.items())
    with answering(f"pods of {named.namespace}/{named.name}"):
        path = f"{pods(named.namespace)}?labelSelector={quote(selector, safe='')}"
        found = read(api, path, timeout_s=_TIMEOUT_S)["items"]
    running = [
        pod for pod in found if pod["status"].get("phase") == "Running" and "deletionTimestamp" not in pod["metadata"]
    ]
    if not running:
        raise TargetError(f"no pod of {named.namespace}/{named.name} is running", todo="make status")
    return running


def _read(api: client.ApiClient, named: Named) -> dict[str, Any]:
    with answering(f"{named.kind} {named.namespace}/{named.name}"):
        return read(api, _workload(named), timeout_s=_TIMEOUT_S)


def _workload(named: Named) -> str:
    return f"/apis/apps/v1/namespaces/{named.namespace}/{named.kind.lower()}s/{named.name}"
