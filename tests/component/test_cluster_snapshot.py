"""What a snapshot has of a namespace, as it is asked for over HTTP."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from harness.cluster.snapshot import snapshot
from harness.errors import TargetError
from harness.judging.residue import differences
from tests.component.api_server import ApiServer, api_server

Object = dict[str, Any]

COLLECTIONS = {
    kind: f"/{group}/namespaces/builds/{kind}s"
    for group, kinds in {
        "api/v1": ["service", "configmap", "secret", "serviceaccount", "pod"],
        "apis/apps/v1": ["deployment", "statefulset"],
        "apis/rbac.authorization.k8s.io/v1": ["role", "rolebinding"],
    }.items()
    for kind in kinds
}


def thing(name: str, **more: Any) -> Object:
    return {"metadata": {"name": name, "labels": {"app": name}, "annotations": {"role": "right"}}, **more}


@pytest.fixture
def server() -> Iterator[ApiServer]:
    with api_server(*COLLECTIONS.values()) as serving:
        for kind, path in COLLECTIONS.items():
            serving.collections[path]["a"] = thing("a", spec={"of": kind})
        yield serving


@pytest.mark.parametrize("kind", COLLECTIONS)
def test_what_is_added_changed_or_gone_is_a_difference(server: ApiServer, kind: str) -> None:
    before, kept = snapshot(server.api, ["builds"]), server.collections[COLLECTIONS[kind]]
    kept["b"] = thing("b")
    assert differences(before, snapshot(server.api, ["builds"])) == [f"+ cluster/builds/{kind}/b"]
    del kept["b"]
    kept["a"]["spec"]["of"] = "another"
    assert differences(before, snapshot(server.api, ["builds"])) == [f"~ cluster/builds/{kind}/a"]
    del kept["a"]
    assert differences(before, snapshot(server.api, ["builds"])) == [f"- cluster/builds/{kind}/a"]


@pytest.mark.parametrize(
    ("change", "seen"),
    [
        (lambda found: found.update(status={"replicas": 2}), False),
        (lambda found: found["metadata"].update(resourceVersion="2", generation=5), False),
        (lambda found: found["metadata"]["annotations"].update({"deployment.kubernetes.io/revision": "3"}), False),
        (lambda found: found["metadata"]["annotations"].update({"role": "wrong"}), True),
        (lambda found: found["metadata"]["labels"].update({"opt-in": "yes"}), True),
    ],
)
def test_what_changes_by_itself_is_none(server: ApiServer, change: Callable[[Object], None], seen: bool) -> None:
    before = snapshot(server.api, ["builds"])
    change(server.collections[COLLECTIONS["deployment"]]["a"])
    assert differences(before, snapshot(server.api, ["builds"])) == ["~ cluster/builds/deployment/a"] * seen


def test_pods_that_a_controller_makes_come_and_go(server: ApiServer) -> None:
    before, pods = snapshot(server.api, ["builds"]), server.collections[COLLECTIONS["pod"]]
    pods["of-a-job"] = copy.deepcopy(pods["a"])
    pods["of-a-job"]["metadata"] |= {"name": "of-a-job", "ownerReferences": [{"kind": "Job", "name": "a"}]}
    assert differences(before, snapshot(server.api, ["builds"])) == []


def test_a_namespace_that_may_not_be_read_is_told(server: ApiServer) -> None:
    with pytest.raises(TargetError, match="answered 403 Forbidden for deployments of elsewhere"):
        snapshot(server.api, ["elsewhere"])
