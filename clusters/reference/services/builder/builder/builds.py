"""The life of a build: a request becomes a Job, a Job that ended becomes a result or another attempt.

All state is in the Jobs. Whoever deletes one that is not finished ends its build as failed, unless another
attempt is due: that one is still made. Each step writes its mark with the resource version it decided on, so
that of several builders, or of one before and after a restart, exactly one counts the step. Publishing comes
before its mark: a crash between the two publishes again, under the same message id.
"""

from __future__ import annotations

import asyncio
import dataclasses
import time
from collections.abc import Awaitable, Callable

from kubernetes_asyncio.client import ApiException

from builder import jobs, logs, retry
from builder.classify import Category, Failure, classify
from builder.cluster import CONFLICT, NOT_FOUND, Cluster
from builder.events import BuildRequest, BuildResult
from builder.jobs import Attempt, Build
from builder.metrics import Metrics
from builder.settings import JobSettings, RetryPolicy

log = logs.logger(__name__)

NAME_TRIES = 120  # seconds by which a Job's unix time may be moved to find a free name
LATEST_UNIX = 10**10 - 1  # a Job name has room for ten digits
SEEN_LATE_SECONDS = 2.0  # the API gives the end in whole seconds; what is seen sooner is timed by the own clock
DELETED = Failure(Category.UNKNOWN, False, "the Job was deleted before its build had ended")


class Builds:
    """Starts, follows and ends builds."""

    def __init__(
        self,
        cluster: Cluster,
        publish: Callable[[BuildResult], Awaitable[None]],
        metrics: Metrics,
        job_settings: JobSettings,
        policy: RetryPolicy,
    ) -> None:
        self._cluster = cluster
        self._publish = publish
        self._metrics = metrics
        self._settings = job_settings
        self._policy = policy
        self._attempts: dict[str, Attempt] = {}
        self._deleted: set[str] = set()
        self._creating = asyncio.Lock()

    def observe(self, attempt: Attempt) -> None:
        """A Job as the API showed it. A watch may show less than an own change has already answered."""
        known = self._attempts.get(attempt.name)
        if known is None or known.uid != attempt.uid or known.version <= attempt.version:
            self._attempts[attempt.name] = attempt

    def deleted(self, name: str) -> None:
        """A Job is gone; `advance` decides what that means for its build."""
        if name in self._attempts:
            self._deleted.add(name)

    def reset(self, attempts: list[Attempt]) -> list[str]:
        """All Jobs that there are. Returns the names to advance, those of Jobs that went unseen included."""
        present = {attempt.name: attempt for attempt in attempts}
        self._deleted.update(self._attempts.keys() - present.keys())
        self._attempts.update(present)
        return list(self._attempts)

    async def start(self, request: BuildRequest) -> bool:
        """Make sure that the request has a Job. False if it had one. Raises one of cluster.Unavailable."""
        async with self._creating:
            if self._find(request.fingerprint) is not None:
                return False
            received_at = time.time()
            # A redelivered event carries the same time, so it asks for the name that another builder took.
            unix = int(received_at if request.sent_at is None else request.sent_at)
            unix = unix if 0 < unix <= LATEST_UNIX - NAME_TRIES else int(received_at)
            build = jobs.new_build(request, received_at)
            attempt, created = await self._create(build, 1, unix)
        if created:
            log.info(
                "build started",
                correlation_id=build.correlation_id,
                parser_id=build.parser_id,
                event_id=build.event_id,
                job=attempt.name,
            )
        return created

    async def advance(self, name: str) -> float | None:
        """Take the next step of a Job that ended.

        Returns the seconds to wait before calling again, or None when nothing is left to do.
        Raises one of cluster.Unavailable, or what publishing raises; calling again is safe.
        """
        attempt = self._attempts.get(name)
        if attempt is None:
            return None
        if name in self._deleted and attempt.retry_at is None:
            await self._abandon(attempt)
            return None
        if not attempt.ended:
            return None
        try:
            if not attempt.outcome:
                attempt = await self._settle(attempt)
            if attempt.retry_at is None:
                await self._finish(attempt)
                return None
            return await self._retry(attempt, attempt.retry_at)
        except ApiException as error:
            if error.status == NOT_FOUND:
                self._deleted.add(name)
            elif error.status == CONFLICT:
                await self._refresh(name)
            else:
                raise
            return 0.0

    async def _refresh(self, name: str) -> None:
        try:
            self.observe(jobs.read(await self._cluster.read_job(name)))
        except ApiException as error:
            if error.status != NOT_FOUND:
                raise
            self._deleted.add(name)

    async def _abandon(self, attempt: Attempt) -> None:
        if not attempt.published:
            failure = None if attempt.succeeded else attempt.failure or DELETED
            attempt = dataclasses.replace(attempt, failure=failure, ended_at=attempt.ended_at or time.time())
            result = _result(attempt)
            await self._publish(result)
            if not attempt.outcome:
                self._metrics.attempt_ended(failure)
            self._metrics.build_ended(failure, result.duration_seconds)
            log.warning(
                "Job deleted before its result was recorded",
                correlation_id=attempt.build.correlation_id,
                parser_id=attempt.build.parser_id,
                job=attempt.name,
            )
        self._forget(attempt.name)

    def _forget(self, name: str) -> None:
        self._attempts.pop(name, None)
        self._deleted.discard(name)

    async def _settle(self, attempt: Attempt) -> Attempt:
        failure = None if attempt.succeeded else classify(await self._cluster.evidence(attempt))
        now = time.time()
        ended_at = now if now - attempt.ended_at < SEEN_LATE_SECONDS else attempt.ended_at
        notes = {
            jobs.NOTE_OUTCOME: "succeeded" if failure is None else "failed",
            jobs.NOTE_ENDED_AT: repr(round(ended_at, 3)),
        }
        if failure is not None:
            notes[jobs.NOTE_FAILURE] = jobs.failure_note(failure)
            if failure.transient and attempt.number < self._policy.max_attempts:
                wait = retry.delay_seconds(self._policy, attempt.build.fingerprint, attempt.number)
                notes[jobs.NOTE_RETRY_AT] = repr(now + wait)
        attempt = await self._mark(attempt, notes)
        self._metrics.attempt_ended(failure)
        log.info(
            "attempt ended",
            correlation_id=attempt.build.correlation_id,
            parser_id=attempt.build.parser_id,
            job=attempt.name,
            attempt=attempt.number,
            outcome=attempt.outcome,
            category=failure.category if failure else "",
            message=failure.message if failure else "",
            retry_at=attempt.retry_at,
        )
        return attempt

    async def _retry(self, attempt: Attempt, retry_at: float) -> float | None:
        if attempt.retried_as:
            if attempt.name in self._deleted:
                self._forget(attempt.name)
            return None
        wait = retry_at - time.time()
        if wait > 0:
            return wait
        async with self._creating:
            following = self._find(attempt.build.fingerprint, attempt.number + 1)
            if following is None:
                following, _ = await self._create(attempt.build, attempt.number + 1, int(retry_at))
        if attempt.name in self._deleted:
            self._forget(attempt.name)
        else:
            await self._mark(attempt, {jobs.NOTE_RETRIED_AS: following.name})
        log.info(
            "build retried",
            correlation_id=attempt.build.correlation_id,
            parser_id=attempt.build.parser_id,
            job=following.name,
            attempt=following.number,
            after=attempt.name,
        )
        return None

    async def _finish(self, attempt: Attempt) -> None:
        if attempt.published:
            return
        result = _result(attempt)
        await self._publish(result)
        await self._mark(attempt, {jobs.NOTE_PUBLISHED_AT: repr(round(time.time(), 3))})
        self._metrics.build_ended(attempt.failure, result.duration_seconds)
        log.info(
            "build ended",
            correlation_id=result.correlation_id,
            parser_id=result.parser_id,
            job=result.job,
            succeeded=result.succeeded,
            category=result.category,
            attempts=result.attempts,
            duration_seconds=round(result.duration_seconds, 3),
        )

    async def _create(self, build: Build, number: int, unix: int) -> tuple[Attempt, bool]:
        """The Job of this attempt, and whether it had to be created."""
        role_arn = await self._cluster.role_arn(self._settings.service_account)
        for candidate in range(unix, unix + NAME_TRIES):
            if number == 1:
                build = dataclasses.replace(build, image=jobs.destination(self._settings, build.parser_id, candidate))
            manifest = jobs.manifest(build, number, candidate, role_arn, self._settings)
            try:
                attempt, created = jobs.read(await self._cluster.create_job(manifest)), True
            except ApiException as error:
                if error.status != CONFLICT:
                    raise
                attempt, created = (
                    jobs.read(await self._cluster.read_job(manifest["metadata"]["name"])),
                    False,
                )
            if created or (attempt.build.fingerprint, attempt.number) == (build.fingerprint, number):
                self.observe(attempt)
                return attempt, created
        raise ApiException(status=CONFLICT, reason=f"no free Job name for {build.parser_id} from {unix} on")

    async def _mark(self, attempt: Attempt, notes: dict[str, str]) -> Attempt:
        marked = jobs.read(await self._cluster.annotate(attempt, notes))
        self.observe(marked)
        return marked

    def _find(self, fingerprint: str, number: int | None = None) -> Attempt | None:
        return next(
            (
                attempt
                for attempt in self._attempts.values()
                if attempt.build.fingerprint == fingerprint and number in (None, attempt.number)
            ),
            None,
        )


def _result(attempt: Attempt) -> BuildResult:
    failure: Failure | None = attempt.failure
    build = attempt.build
    return BuildResult(
        parser_id=build.parser_id,
        correlation_id=build.correlation_id,
        source_event_id=build.event_id,
        fingerprint=build.fingerprint,
        succeeded=failure is None,
        category=failure.category.value if failure else "",
        permanent=failure is not None and not failure.transient,
        file=failure.file if failure else "",
        line=failure.line if failure else None,
        message=failure.message if failure else "",
        image=build.image if failure is None else "",
        job=attempt.name,
        attempts=attempt.number,
        duration_seconds=max(attempt.ended_at - build.received_at, 0.0),
    )
