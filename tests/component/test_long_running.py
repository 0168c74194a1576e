"""Workloads that run on, and a pod that presses their node, as they are asked for over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import pytest

from harness.cluster.longrunning import LongRunning
from harness.cluster.pressure import NodePressure
from harness.errors import TargetError, UsageError
from tests.component.api_server import ApiServer, api_server

SETS = "/apis/apps/v1/namespaces/messaging/statefulsets"
PODS = "/api/v1/namespaces/messaging/pods"
PROCESS = "messaging/rabbitmq-0/broker/uid-0"


@dataclass(frozen=True)
class Where:
    kind: Literal["Deployment", "StatefulSet"] = "StatefulSet"
    namespace: str = "messaging"
    name: str = "rabbitmq"


class FakeLifeline:
    """Ends when a test says so."""

    ended_ones: ClassVar[set[str]] = set()

    def __init__(self, _api: Any, namespace: str, pod: str, container: str) -> None:
        self._where = f"{namespace}/{pod}/{container}"

    def ended(self) -> bool:
        return self._where in self.ended_ones

    def close(self) -> None:
        return


def pod(name: str, *, phase: str = "Running", labels: dict[str, str] | None = None, **metadata: Any) -> dict[str, Any]:
    labels = {"app": "rabbitmq", "tier": "queue"} if labels is None else labels
    return {
        "metadata": {"name": name, "namespace": "messaging", "uid": f"uid-{name[-1]}", "labels": labels} | metadata,
        "spec": {"nodeName": "node-1", "containers": [{"name": "broker", "image": "broker:1"}]},
        "status": {"phase": phase, "containerStatuses": [{"name": "broker", "state": {"running": {}}}]},
    }


@pytest.fixture
def server() -> Iterator[ApiServer]:
    with api_server(SETS, PODS) as serving:
        labels = {"app": "rabbitmq", "tier": "queue"}
        spec = {"replicas": 3, "selector": {"matchLabels": labels}}
        serving.collections[SETS]["rabbitmq"] = {"metadata": {"name": "rabbitmq"}, "spec": spec}
        serving.collections[PODS]["rabbitmq-0"] = pod("rabbitmq-0")
        yield serving


@pytest.fixture
def workloads(server: ApiServer, monkeypatch: pytest.MonkeyPatch) -> LongRunning:
    monkeypatch.setattr("harness.cluster.longrunning.Lifeline", FakeLifeline)
    monkeypatch.setattr(FakeLifeline, "ended_ones", set())
    return LongRunning(server.api, {"rabbitmq": Where()})


def test_what_is_watched_is_what_runs_and_is_the_workloads(server: ApiServer, workloads: LongRunning) -> None:
    server.collections[PODS] |= {
        "rabbitmq-1": pod("rabbitmq-1", phase="Pending"),
        "rabbitmq-2": pod("rabbitmq-2", deletionTimestamp="2026-11-26T10:00:00Z"),
        "other-3": pod("other-3", labels={"app": "rabbitmq"}),
    }
    assert workloads.watch("rabbitmq") == [PROCESS]


def test_a_workload_of_which_nothing_runs_is_told(server: ApiServer, workloads: LongRunning) -> None:
    server.collections[PODS] = {}
    with pytest.raises(TargetError, match="no pod of messaging/rabbitmq is running"):
        workloads.watch("rabbitmq")
    with pytest.raises(UsageError, match="no workload 'grafana'"):
        workloads.watch("grafana")


def test_a_kill_allows_no_grace_and_hits_that_very_pod(server: ApiServer, workloads: LongRunning) -> None:
    workloads.kill(workloads.watch("rabbitmq"))
    assert server.said[-1] == {"gracePeriodSeconds": 0, "preconditions": {"uid": "uid-0"}}
    assert server.collections[PODS] == {}
    # Another pod of that name has come in its place, then none has.
    server.collections[PODS]["rabbitmq-0"] = pod("rabbitmq-0", uid="another")
    workloads.kill([PROCESS])
    assert list(server.collections[PODS]) == ["rabbitmq-0"]
    server.collections[PODS] = {}
    workloads.kill([PROCESS])


def test_a_watched_process_lives_until_its_stream_ends(server: ApiServer, workloads: LongRunning) -> None:
    watched = workloads.watch("rabbitmq")
    # The API server forgets the pod before its process is gone.
    server.collections[PODS] = {}
    assert workloads.alive(watched) == watched
    FakeLifeline.ended_ones.add("messaging/rabbitmq-0/broker")
    assert workloads.alive(watched) == []


@pytest.mark.parametrize(
    ("found", "alive"),
    [
        (pod("rabbitmq-0"), True),
        (pod("rabbitmq-0", uid="another"), False),
        (pod("rabbitmq-0") | {"status": {"phase": "Pending"}}, False),
        (pod("rabbitmq-0") | {"status": {"containerStatuses": [{"name": "broker", "state": {"waiting": {}}}]}}, False),
        (None, False),
    ],
)
def test_what_nobody_watches_is_judged_by_the_api_server(
    server: ApiServer, workloads: LongRunning, found: dict[str, Any] | None, alive: bool
) -> None:
    server.collections[PODS] = {"rabbitmq-0": found} if found else {}
    assert workloads.alive([PROCESS]) == [PROCESS] * alive


def test_a_workload_is_scaled_and_nothing_else_of_it_changes(server: ApiServer, workloads: LongRunning) -> None:
    before = dict(server.collections[SETS]["rabbitmq"]["spec"])
    assert workloads.replicas("rabbitmq") == 3
    workloads.scale("rabbitmq", 0)
    assert server.asked[-1] == f"PATCH {SETS}/rabbitmq/scale"
    assert server.collections[SETS]["rabbitmq"]["spec"] == before | {"replicas": 0}


def test_a_pod_presses_the_instruments_node_until_it_is_deleted(server: ApiServer) -> None:
    node = NodePressure(server.api, "messaging", Where())
    assert node.pressing("press-1") is None
    node.press("press-1", 30)
    pressing = server.collections[PODS]["press-1"]
    assert pressing["spec"]["nodeName"] == "node-1"
    assert pressing["spec"]["containers"][0]["image"] == "broker:1"
    assert pressing["spec"]["activeDeadlineSeconds"] == 30
    pressing["status"] = {"phase": "Pending"}
    assert node.pressing("press-1") is None
    pressing["status"] = {"phase": "Running"}
    # This server's log is no three numbers.
    assert node.pressing("press-1") is None
    assert server.asked[-1] == f"GET {PODS}/press-1/log?tailLines=1"
    node.relieve("press-1")
    assert server.said[-1] == {"gracePeriodSeconds": 0}
    node.relieve("press-1")
    assert list(server.collections[PODS]) == ["rabbitmq-0"]
