"""Leases, jobs and service accounts as they are asked for over HTTP."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from harness.cluster.leases import ClusterLeases
from harness.cluster.workloads import Workloads
from harness.errors import TargetError
from harness.target import Lease
from tests.component.api_server import ApiServer, api_server

LEASES = "/apis/coordination.k8s.io/v1/namespaces/aws/leases"
JOBS = "/apis/batch/v1/namespaces/builds/jobs"
ACCOUNTS = "/api/v1/namespaces/builds/serviceaccounts"


@pytest.fixture
def server() -> Iterator[ApiServer]:
    with api_server(LEASES, JOBS, ACCOUNTS) as serving:
        yield serving


@pytest.fixture
def leases(server: ApiServer) -> ClusterLeases:
    return ClusterLeases(server.api, "aws")


@pytest.fixture
def workloads(server: ApiServer) -> Workloads:
    return Workloads(server.api, "builds")


def test_a_lease_is_put_renewed_and_taken_away(server: ApiServer, leases: ClusterLeases) -> None:
    assert leases.all() == []
    leases.put("s3-denied-1", "run-1", '{"fault": "s3-denied"}', 30.4)
    lease = server.collections[LEASES]["fault-s3-denied-1"]
    assert (lease["spec"]["holderIdentity"], lease["spec"]["leaseDurationSeconds"]) == ("run-1", 30)
    assert leases.all() == [Lease(id="s3-denied-1", text='{"fault": "s3-denied"}', expired=False)]
    lease["spec"]["renewTime"] = (datetime.now(UTC) - timedelta(seconds=31)).isoformat().replace("+00:00", "Z")
    assert [found.expired for found in leases.all()] == [True]
    assert leases.renew("s3-denied-1")
    assert [found.expired for found in leases.all()] == [False]
    leases.delete("s3-denied-1")
    assert server.collections[LEASES] == {}


def test_a_lease_that_is_not_there_is_no_failure(leases: ClusterLeases) -> None:
    assert not leases.renew("gone")
    leases.delete("gone")


def test_other_peoples_leases_are_not_ours(server: ApiServer, leases: ClusterLeases) -> None:
    server.collections[LEASES]["election"] = {"metadata": {"name": "election", "labels": {}}, "spec": {}}
    assert leases.all() == []


def test_a_refusal_is_told(server: ApiServer, leases: ClusterLeases) -> None:
    elsewhere = ClusterLeases(server.api, "elsewhere")
    with pytest.raises(TargetError, match="answered 403 Forbidden for the leases in elsewhere"):
        elsewhere.all()
    with pytest.raises(TargetError, match="answered 403 Forbidden for a lease in elsewhere"):
        elsewhere.put("x", "run-1", "", 30)
    leases.put("x", "run-1", "", 30)
    with pytest.raises(TargetError, match="answered 409 Conflict"):
        leases.put("x", "run-2", "", 30)


def test_silence_is_told(server: ApiServer, leases: ClusterLeases) -> None:
    server.api.configuration.host = "http://127.0.0.1:9"
    with pytest.raises(TargetError, match="did not answer for the leases in aws"):
        leases.all()


def job(name: str, created: str, **status: Any) -> dict[str, Any]:
    labels = {"app": "parser"}
    return {"metadata": {"name": name, "labels": labels, "creationTimestamp": created}, "status": status}


def test_failed_jobs_are_found_oldest_first_and_deleted(server: ApiServer, workloads: Workloads) -> None:
    failed = [{"type": "FailureTarget", "status": "True"}, {"type": "Failed", "status": "True"}]
    jobs = [
        job("later", "2026-11-22T10:00:01Z", conditions=failed),
        job("running", "2026-11-22T10:00:00Z"),
        job("complete", "2026-11-22T09:00:00Z", conditions=[{"type": "Complete", "status": "True"}]),
        job("first", "2026-11-22T09:59:59Z", conditions=failed),
    ]
    server.collections[JOBS] = {one["metadata"]["name"]: one for one in jobs}
    assert workloads.failed_jobs("app=parser") == ["first", "later"]
    assert workloads.failed_jobs("app=other") == []
    workloads.delete_jobs(["first", "later", "gone"])
    assert sorted(server.collections[JOBS]) == ["complete", "running"]
    # In the background the pods go with their job; by default they would be left.
    assert server.asked[-1] == f"DELETE {JOBS}/gone?propagationPolicy=Background"


def test_complete_jobs_are_deleted_in_one_request(server: ApiServer, workloads: Workloads) -> None:
    jobs = [job(name, "2026-11-22T10:00:00Z") for name in ("first", "running", "second")]
    for one in (jobs[0], jobs[2]):
        one["status"]["succeeded"] = 1
    server.collections[JOBS] = {one["metadata"]["name"]: one for one in jobs}
    assert workloads.delete_complete_jobs("app=parser") == ["first", "second"]
    assert list(server.collections[JOBS]) == ["running"]
    assert [asked.split("?")[0] for asked in server.asked] == [f"DELETE {JOBS}"]
    assert "fieldSelector=status.successful%3D1" in server.asked[0]
    assert "propagationPolicy=Background" in server.asked[0]


def test_a_service_account_is_read_and_gives_a_token(server: ApiServer, workloads: Workloads) -> None:
    server.collections[ACCOUNTS] = {
        "builder": {"metadata": {"name": "builder", "annotations": {"role-arn": "arn:aws:iam::1:role/builder"}}},
        "bare": {"metadata": {"name": "bare"}},
    }
    assert workloads.annotations("builder") == {"role-arn": "arn:aws:iam::1:role/builder"}
    assert workloads.annotations("bare") == {}
    with pytest.raises(TargetError, match="answered 404"):
        workloads.annotations("gone")
    assert workloads.token("builder", "sts.amazonaws.com") == "a-token"
    assert server.asked[-1] == f"POST {ACCOUNTS}/builder/token"
    assert server.said[-1]["spec"] == {"audiences": ["sts.amazonaws.com"], "expirationSeconds": 600}


def test_none_of_it_imports_the_models_of_all_kinds() -> None:
    """They take as long as all else before the first injection."""
    code = """if True:
        import sys
        from harness.cluster.leases import ClusterLeases
        from harness.cluster.workloads import Workloads
        from tests.component.api_server import api_server
        from tests.component.test_plain_objects import JOBS, LEASES
        with api_server(JOBS, LEASES) as server:
            Workloads(server.api, "builds").failed_jobs("a=b")
            leases = ClusterLeases(server.api, "aws")
            leases.put("x", "run", "", 30)
            leases.all()
            import harness.cluster.pressure
            from harness.cluster.longrunning import LongRunning
            LongRunning(server.api, {}).alive([])
        sys.exit(sum(name.startswith("kubernetes.client.models.v1_") for name in sys.modules))
    """
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
