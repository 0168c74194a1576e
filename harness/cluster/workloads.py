"""Jobs, logs, events and service accounts of one namespace, as plain data."""

from __future__ import annotations

from functools import cached_property
from typing import Any
from urllib.parse import quote

from kubernetes import client
from kubernetes.client.exceptions import ApiException

from harness.cluster.answering import answering
from harness.cluster.plain import ask, read
from harness.diagnosis.evidence import Ending

_TIMEOUT_S = 10
_MANY_TIMEOUT_S = 60


class Workloads:
    """What the harness reads and does in `namespace`."""

    def __init__(self, api: client.ApiClient, namespace: str) -> None:
        self._api = api
        self._namespace = namespace
        self._jobs = f"/apis/batch/v1/namespaces/{namespace}/jobs"

    # Made when they are first used, for what they import: see harness.cluster.plain.

    @cached_property
    def _core(self) -> client.CoreV1Api:
        return client.CoreV1Api(self._api)

    @cached_property
    def _batch(self) -> client.BatchV1Api:
        return client.BatchV1Api(self._api)

    @cached_property
    def _apps(self) -> client.AppsV1Api:
        return client.AppsV1Api(self._api)

    def annotations(self, service_account: str) -> dict[str, str]:
        """A service account's annotations. Raises TargetError."""
        with answering(f"service account {service_account}"):
            found = read(self._api, self._account(service_account), timeout_s=_TIMEOUT_S)
            return {key: str(value) for key, value in found["metadata"].get("annotations", {}).items()}

    def token(self, service_account: str, audience: str) -> str:
        """A fresh token of the service account for `audience`, valid ten minutes. Raises TargetError."""
        with answering(f"a token of {service_account}"):
            request = {
                "apiVersion": "authentication.k8s.io/v1",
                "kind": "TokenRequest",
                "spec": {"audiences": [audience], "expirationSeconds": 600},
            }
            made = ask(self._api, "POST", f"{self._account(service_account)}/token", request, timeout_s=_TIMEOUT_S)
            return str(made["status"]["token"])

    def log(self, job: str, container: str) -> tuple[str, ...]:
        """The lines of a container of the job's newest pod; none when it never started. Raises TargetError."""
        pods = self._pods(f"job-name={job}")
        if not pods:
            return ()
        with answering(f"the log of {container} in {job}"):
            try:
                text = self._core.read_namespaced_pod_log(
                    pods[-1].metadata.name, self._namespace, container=container, _request_timeout=_TIMEOUT_S
                )
            except ApiException as error:
                if error.status in (400, 404):
                    return ()
                raise
            return tuple(str(text).splitlines())

    def ending(self, job: str, container: str) -> Ending:
        """How the job, its newest pod and that container ended; empty where there is nothing. Raises TargetError."""
        with answering(f"job {job}"):
            try:
                found = self._batch.read_namespaced_job(job, self._namespace, _request_timeout=_TIMEOUT_S)
            except ApiException as error:
                if error.status == 404:
                    return Ending()
                raise
        conditions = found.status.conditions or []
        failed = next((c for c in conditions if _is_true(c, "Failed")), None)
        complete = "Complete" if any(_is_true(c, "Complete") for c in conditions) else ""
        condition = f"Failed: {failed.reason}" if failed else complete
        pods = self._pods(f"job-name={job}")
        if not pods:
            return Ending(condition)
        status = pods[-1].status
        ended = next((c.state.terminated for c in status.container_statuses or [] if c.name == container), None)
        return Ending(
            condition,
            exit_code=ended.exit_code if ended else None,
            exit_reason=(ended.reason or "") if ended else "",
            pod_reason=status.reason or "",
        )

    def events(self, job: str) -> tuple[str, ...]:
        """Events about the job and its pods, oldest first, as "reason: message". Raises TargetError."""
        with answering("events"):
            found = self._core.list_namespaced_event(self._namespace, _request_timeout=_TIMEOUT_S).items
        about = [event for event in found if (event.involved_object.name or "").startswith(job)]
        about.sort(key=lambda event: event.metadata.creation_timestamp)
        return tuple(f"{event.reason}: {event.message}" for event in about)

    def delete_jobs(self, names: list[str]) -> None:
        """Delete these jobs and their pods; one that is gone already is fine. Raises TargetError."""
        for name in names:
            with answering(f"job {name}"):
                try:
                    path = f"{self._jobs}/{quote(name, safe='')}?propagationPolicy=Background"
                    ask(self._api, "DELETE", path, timeout_s=_TIMEOUT_S)
                except ApiException as error:
                    if error.status != 404:
                        raise

    def failed_jobs(self, selector: str) -> list[str]:
        """Names of the jobs that failed, oldest first. Raises TargetError."""
        with answering("jobs"):
            path = f"{self._jobs}?labelSelector={quote(selector, safe='')}"
            jobs = read(self._api, path, timeout_s=_TIMEOUT_S)["items"]
        jobs.sort(key=lambda job: job["metadata"]["creationTimestamp"])
        return [job["metadata"]["name"] for job in jobs if _has_failed(job)]

    def delete_complete_jobs(self, selector: str) -> list[str]:
        """Delete the jobs that succeeded, and their pods; answers with their names. Raises TargetError."""
        chosen = f"labelSelector={quote(selector, safe='')}&fieldSelector=status.successful%3D1"
        with answering("complete jobs"):
            path = f"{self._jobs}?{chosen}&propagationPolicy=Background"
            gone = ask(self._api, "DELETE", path, timeout_s=_MANY_TIMEOUT_S)["items"]
        return [job["metadata"]["name"] for job in gone]

    def ready_replicas(self, deployment: str) -> tuple[int, int]:
        """Ready and wanted replicas of a deployment. Raises TargetError."""
        with answering(f"deployment {deployment}"):
            found = self._apps.read_namespaced_deployment(deployment, self._namespace, _request_timeout=_TIMEOUT_S)
            return found.status.ready_replicas or 0, found.spec.replicas or 0

    def _account(self, name: str) -> str:
        return f"/api/v1/namespaces/{self._namespace}/serviceaccounts/{quote(name, safe='')}"

    def _pods(self, selector: str) -> list[Any]:
        with answering("pods"):
            pods = self._core.list_namespaced_pod(
                self._namespace, label_selector=selector, _request_timeout=_TIMEOUT_S
            ).items
        return sorted(pods, key=lambda pod: pod.metadata.creation_timestamp)


def _is_true(condition: Any, kind: str) -> bool:
    return bool(condition.type == kind and condition.status == "True")


def _has_failed(job: dict[str, Any]) -> bool:
    conditions = job.get("status", {}).get("conditions", [])
    return any(condition["type"] == "Failed" and condition["status"] == "True" for condition in conditions)
