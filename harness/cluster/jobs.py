"""Build jobs, watched: each change of a job as plain data."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal

import urllib3
from kubernetes import client, watch
from kubernetes.client.exceptions import ApiException

from harness.errors import TargetError

Phase = Literal["created", "started", "succeeded", "failed", "settled", "deleted"]
_ORDER: dict[Phase, int] = {"created": 0, "started": 1, "succeeded": 2, "failed": 2, "settled": 3}
_ENDS: dict[str, Phase] = {"Complete": "succeeded", "Failed": "failed"}


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


class JobWatch:
    """The jobs of `namespace` that `selector` matches. For use in one thread.

    It keeps what it has told: a watch that begins anew after it was cut goes on from there, and nothing that is still
    to be seen of the time between is left out. A job is settled when it carries `settled_annotation`: its build will
    not be tried again.
    """

    def __init__(self, api: client.ApiClient, namespace: str, selector: str, settled_annotation: str) -> None:
        self._batch = client.BatchV1Api(api)
        self._namespace = namespace
        self._selector = selector
        self._settled_annotation = settled_annotation
        self._told: dict[str, JobChange] = {}
        self._listed = False

    def changes(self) -> Iterator[JobChange | None]:
        """Changes of the jobs, without end; None after the listing, and now and then after.

        Jobs that exist at the first call come first, with `known_before`; at a later call what changed meanwhile does,
        jobs that are gone among it. Raises TargetError when the watch is cut.
        """
        try:
            listed = self._batch.list_namespaced_job(self._namespace, label_selector=self._selector, _request_timeout=5)
            yield from self._listing(listed.items)
            yield None
            version = listed.metadata.resource_version
            while True:
                stream = watch.Watch().stream(
                    self._batch.list_namespaced_job,
                    self._namespace,
                    label_selector=self._selector,
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
                        self._told.pop(job.metadata.name, None)
                        yield _change(job, "deleted", "", None, known_before=False)
                    else:
                        yield from self._news(job, known_before=False)
                yield None
        except ApiException as error:
            raise TargetError(f"the watch on jobs ended: {error.status} {error.reason}") from error
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise TargetError(f"the watch on jobs was cut: {error}") from error

    def _listing(self, jobs: list[Any]) -> Iterator[JobChange]:
        known_before, self._listed = not self._listed, True
        there = {job.metadata.name for job in jobs}
        for name in [name for name in self._told if name not in there]:
            last = self._told.pop(name)
            yield replace(last, phase="deleted", reason="", stamped_at=None, known_before=False)
        # As they were created: another attempt is told of after the one before it.
        for job in sorted(jobs, key=lambda job: job.metadata.creation_timestamp):
            yield from self._news(job, known_before=known_before)

    def _news(self, job: Any, *, known_before: bool) -> Iterator[JobChange]:
        for phase, reason, stamp in self._reached(job):
            told = self._told.get(job.metadata.name)
            if told is None or _ORDER[phase] > _ORDER[told.phase]:
                change = _change(job, phase, reason, stamp, known_before=known_before)
                self._told[job.metadata.name] = change
                yield change

    def _reached(self, job: Any) -> Iterator[tuple[Phase, str, Any]]:
        """All phases that the job has reached, each with its reason and stamp."""
        yield "created", "", job.metadata.creation_timestamp
        if job.status.start_time is not None:
            yield "started", "", job.status.start_time
        for condition in job.status.conditions or []:
            if condition.type in _ENDS and condition.status == "True":
                reason = f"{condition.reason}: {condition.message}" if condition.reason else ""
                yield _ENDS[condition.type], reason, condition.last_transition_time
                if self._settled_annotation in (job.metadata.annotations or {}):
                    yield "settled", "", None


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
