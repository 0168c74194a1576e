"""Build jobs, watched: each change of a job as plain data."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import urllib3
from kubernetes import client, watch
from kubernetes.client.exceptions import ApiException

from harness.errors import TargetError

Phase = Literal["created", "started", "succeeded", "failed", "settled", "deleted"]
_GONE = 410


@dataclass(frozen=True)
class JobChange:
    """A job has reached a phase. `stamped_at` is the API server's own time for it (whole seconds since the epoch)."""

    job: str
    phase: Phase
    reason: str
    labels: dict[str, str]
    annotations: dict[str, str]
    stamped_at: float | None
    known_before: bool


def watch_jobs(
    api: client.ApiClient, namespace: str, selector: str, settled_annotation: str
) -> Iterator[JobChange | None]:
    """Changes of the jobs that `selector` matches, without end; None after the listing, and now and then after.

    A job is settled when it carries `settled_annotation`: its build will not be tried again. Jobs that exist at the
    start come first, with `known_before`. Raises TargetError when the watch is cut.
    """
    batch = client.BatchV1Api(api)
    phases: dict[str, Phase] = {}

    def changes(job: Any, *, known_before: bool) -> Iterator[JobChange]:
        yield from _changes(job, phases, known_before=known_before)
        name = job.metadata.name
        if phases[name] in ("succeeded", "failed") and settled_annotation in (job.metadata.annotations or {}):
            phases[name] = "settled"
            yield _change(job, "settled", "", None, known_before=known_before)

    try:
        listed = batch.list_namespaced_job(namespace, label_selector=selector, _request_timeout=5)
        for job in listed.items:
            yield from changes(job, known_before=True)
        yield None
        version = listed.metadata.resource_version
        while True:
            stream = watch.Watch().stream(
                batch.list_namespaced_job,
                namespace,
                label_selector=selector,
                resource_version=version,
                timeout_seconds=60,
                allow_watch_bookmarks=True,
            )
            for event in stream:
                job = event["object"]
                if event["type"] == "BOOKMARK":
                    version = event["raw_object"]["metadata"]["resourceVersion"]
                    continue
                version = job.metadata.resource_version
                if event["type"] == "DELETED":
                    phases.pop(job.metadata.name, None)
                    yield _change(job, "deleted", "", None, known_before=False)
                else:
                    yield from changes(job, known_before=False)
            yield None
    except ApiException as error:
        raise TargetError(f"the watch on jobs ended: {error.status} {error.reason}") from error
    except (urllib3.exceptions.HTTPError, OSError) as error:
        raise TargetError(f"the watch on jobs was cut: {error}") from error


def _changes(job: Any, phases: dict[str, Phase], *, known_before: bool) -> Iterator[JobChange]:
    name = job.metadata.name
    if name not in phases:
        phases[name] = "created"
        yield _change(job, "created", "", job.metadata.creation_timestamp, known_before=known_before)
    if phases[name] == "created" and job.status.start_time is not None:
        phases[name] = "started"
        yield _change(job, "started", "", job.status.start_time, known_before=known_before)
    for condition in job.status.conditions or []:
        ended: Phase | None = {"Complete": "succeeded", "Failed": "failed"}.get(condition.type)  # type: ignore[assignment]
        if ended and condition.status == "True" and phases[name] not in ("succeeded", "failed", "settled"):
            phases[name] = ended
            reason = f"{condition.reason}: {condition.message}" if condition.reason else ""
            yield _change(job, ended, reason, condition.last_transition_time, known_before=known_before)


def _change(job: Any, phase: Phase, reason: str, stamp: Any, *, known_before: bool) -> JobChange:
    return JobChange(
        job=job.metadata.name,
        phase=phase,
        reason=reason,
        labels=dict(job.metadata.labels or {}),
        annotations=dict(job.metadata.annotations or {}),
        stamped_at=stamp.timestamp() if stamp is not None else None,
        known_before=known_before,
    )
