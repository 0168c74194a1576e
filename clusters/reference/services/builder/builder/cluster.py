"""The service's view of the Kubernetes API: Jobs, the evidence they leave, the service account's role."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any

import aiohttp
from kubernetes_asyncio import client, watch

from builder.classify import PULL_WAITS, Evidence
from builder.jobs import BUILD_CONTAINER, ROLE_ANNOTATION, SELECTOR, Attempt

CALL_TIMEOUT_SECONDS = 10
WATCH_SECONDS = 240  # the server ends a watch after that long; a connection that died silently is noticed then
LOG_LINES = 400  # more than kaniko's list of flags, which follows an error in its arguments

Unavailable = (aiohttp.ClientError, TimeoutError, OSError, client.ApiException)
"""What a call raises when the API server cannot be reached or refuses; ApiException has the status."""

CONFLICT = 409
NOT_FOUND = 404


class Cluster:
    """Calls of one namespace. Each raises one of Unavailable."""

    def __init__(self, api: client.ApiClient, namespace: str) -> None:
        self._api = api
        self._namespace = namespace
        self._batch = client.BatchV1Api(api)
        self._core = client.CoreV1Api(api)

    async def list_jobs(self) -> tuple[list[dict[str, Any]], str]:
        """All build Jobs, and the resource version to watch from."""
        found = await self._batch.list_namespaced_job(
            self._namespace, label_selector=SELECTOR, _request_timeout=CALL_TIMEOUT_SECONDS
        )
        return [self._plain(job) for job in found.items], found.metadata.resource_version

    async def watch_jobs(self, resource_version: str) -> AsyncIterator[tuple[str, dict[str, Any]]]:
        """Changes of build Jobs as (event type, Job), until the server ends the watch."""
        async with watch.Watch() as stream:
            async for event in stream.stream(
                self._batch.list_namespaced_job,
                self._namespace,
                label_selector=SELECTOR,
                resource_version=resource_version,
                timeout_seconds=WATCH_SECONDS,
                _request_timeout=WATCH_SECONDS + CALL_TIMEOUT_SECONDS,
            ):
                yield event["type"], event["raw_object"]

    async def create_job(self, manifest: dict[str, Any]) -> dict[str, Any]:
        """The Job as created. An existing name raises ApiException with status CONFLICT."""
        # The call takes plain data as well as its models, whatever it declares.
        created = await self._batch.create_namespaced_job(
            self._namespace,
            manifest,  # type: ignore[arg-type]
            _request_timeout=CALL_TIMEOUT_SECONDS,
        )
        return self._plain(created)

    async def read_job(self, name: str) -> dict[str, Any]:
        """The Job as it is now. A missing one raises ApiException with status NOT_FOUND."""
        found = await self._batch.read_namespaced_job(name, self._namespace, _request_timeout=CALL_TIMEOUT_SECONDS)
        return self._plain(found)

    async def annotate(self, attempt: Attempt, notes: Mapping[str, str]) -> dict[str, Any]:
        """The Job with `notes` added, if nobody changed it since it was read; else ApiException CONFLICT."""
        patch = {"metadata": {"resourceVersion": str(attempt.version), "annotations": dict(notes)}}
        changed = await self._batch.patch_namespaced_job(
            attempt.name,
            self._namespace,
            patch,
            _request_timeout=CALL_TIMEOUT_SECONDS,
        )
        return self._plain(changed)

    async def role_arn(self, service_account: str) -> str:
        """The IAM role that the service account names, or an empty text."""
        account = await self._core.read_namespaced_service_account(
            service_account, self._namespace, _request_timeout=CALL_TIMEOUT_SECONDS
        )
        return str((account.metadata.annotations or {}).get(ROLE_ANNOTATION, ""))

    async def evidence(self, attempt: Attempt) -> Evidence:
        """What is left of a failed attempt: pod state and kaniko's log, or events if the pod is gone."""
        pods = await self._core.list_namespaced_pod(
            self._namespace,
            label_selector=f"batch.kubernetes.io/job-name={attempt.name}",
            _request_timeout=CALL_TIMEOUT_SECONDS,
        )
        if not pods.items:
            return Evidence(attempt.failed_reason, waiting_reasons=await self._waits_of_gone_pods(attempt.name))
        pod = self._plain(pods.items[0])
        status = pod.get("status", {})
        containers = [*status.get("initContainerStatuses", ()), *status.get("containerStatuses", ())]
        kaniko: dict[str, Any] = next((c["state"] for c in containers if c["name"] == BUILD_CONTAINER), {})
        terminated = kaniko.get("terminated", {})
        return Evidence(
            job_reason=attempt.failed_reason,
            exit_code=terminated.get("exitCode"),
            terminated_reason=terminated.get("reason", ""),
            waiting_reasons=tuple(c["state"]["waiting"]["reason"] for c in containers if "waiting" in c["state"]),
            pod_reason=status.get("reason", ""),
            log=await self._log(pod["metadata"]["name"]) if terminated else "",
        )

    async def _log(self, pod: str) -> str:
        text = await self._core.read_namespaced_pod_log(
            pod,
            self._namespace,
            container=BUILD_CONTAINER,
            tail_lines=LOG_LINES,
            _request_timeout=CALL_TIMEOUT_SECONDS,
        )
        return str(text)

    async def _waits_of_gone_pods(self, job: str) -> tuple[str, ...]:
        # A Job past its deadline deletes its pod; only the pod's events still tell that an image was missing.
        events = await self._core.list_namespaced_event(
            self._namespace,
            field_selector="involvedObject.kind=Pod,type=Warning",
            _request_timeout=CALL_TIMEOUT_SECONDS,
        )
        messages = [e.message or "" for e in events.items if (e.involved_object.name or "").startswith(f"{job}-")]
        return tuple(reason for reason in sorted(PULL_WAITS) if any(reason in message for message in messages))

    def _plain(self, model: object) -> dict[str, Any]:
        plain: dict[str, Any] = self._api.sanitize_for_serialization(model)
        return plain
