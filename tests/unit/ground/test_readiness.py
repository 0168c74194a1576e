"""When a workload counts as ready, and what is said when it does not."""

from __future__ import annotations

from typing import Any

import pytest

from harness.ground.readiness import condition_complaint, pod_troubles, workload_complaint


def workload(generation: int = 2, **status: int) -> dict[str, Any]:
    return {"metadata": {"name": "x", "generation": generation}, "spec": {"replicas": 1}, "status": status}


READY = {"observedGeneration": 2, "replicas": 1, "updatedReplicas": 1, "availableReplicas": 1}


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({}, None),
        ({"observedGeneration": 1}, "not taken up yet"),
        ({"availableReplicas": 0}, "0 of 1 ready, 1 of the newest form"),
        ({"updatedReplicas": 0}, "1 of 1 ready, 0 of the newest form"),
        ({"replicas": 2}, "1 of an older form not gone yet"),
    ],
)
def test_deployment(change: dict[str, int], complaint: str | None) -> None:
    assert workload_complaint(workload(**{**READY, **change})) == complaint


def test_a_workload_scaled_to_nothing_is_ready() -> None:
    item = workload(observedGeneration=2)
    item["spec"]["replicas"] = 0
    assert workload_complaint(item) is None


def test_daemon_set() -> None:
    status = {"observedGeneration": 2, "desiredNumberScheduled": 1, "updatedNumberScheduled": 1}
    assert workload_complaint(workload(**status, numberReady=1)) is None
    assert workload_complaint(workload(**status, numberReady=0)) == "0 of 1 ready, 1 of the newest form"


def conditioned(status: str, observed: int) -> dict[str, Any]:
    condition = {"type": "Ready", "status": status, "message": "cannot fetch", "observedGeneration": observed}
    return {"metadata": {"name": "k", "generation": 2}, "status": {"conditions": [condition]}}


def test_condition_of_an_older_form_does_not_count() -> None:
    ready = condition_complaint("Ready")
    assert ready(conditioned("True", 2)) is None
    assert ready(conditioned("True", 1)) is not None
    assert ready(conditioned("False", 2)) == "Ready is False: cannot fetch"
    assert ready({"metadata": {"name": "k"}}) == "no condition Ready yet"
    assert ready({"metadata": {"name": "k"}, "status": {"conditions": None}}) == "no condition Ready yet"


def pod(phase: str, state: dict[str, Any], *, ready: bool = False) -> dict[str, Any]:
    container = {"name": "c", "ready": ready, "state": state, "lastState": {"terminated": {"exitCode": 2}}}
    return {"metadata": {"namespace": "n", "name": "p"}, "status": {"phase": phase, "containerStatuses": [container]}}


def test_waiting_containers_are_told_with_their_reason() -> None:
    waiting = {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 10s"}}
    assert pod_troubles([pod("Running", waiting)]) == ["n/p c: CrashLoopBackOff back-off 10s (exit code 2 before)"]


def test_what_runs_or_has_ended_is_no_trouble() -> None:
    ended = {"terminated": {"exitCode": 1}}
    assert (
        pod_troubles([pod("Running", {"running": {}}, ready=True), pod("Failed", ended), pod("Succeeded", ended)]) == []
    )
