"""Follows the build Jobs by list and watch, and takes each that ended through its remaining steps."""

from __future__ import annotations

import asyncio

from builder import jobs, logs
from builder.broker import Undelivered
from builder.builds import Builds
from builder.cluster import Cluster, Unavailable

log = logs.logger(__name__)

FIRST_WAIT_SECONDS = 0.2
LONGEST_WAIT_SECONDS = 10.0


class Follower:
    """One list-and-watch loop, and a task for each Job that has a step to take."""

    def __init__(self, cluster: Cluster, builds: Builds) -> None:
        self._cluster = cluster
        self._builds = builds
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self.synced = asyncio.Event()
        """Set while what is known of the Jobs is what the API has, give or take a watch event."""

    async def run(self) -> None:
        """Follow until cancelled; an API server that is away is tried again with growing waits."""
        wait = FIRST_WAIT_SECONDS
        try:
            while True:
                try:
                    await self._follow()
                    wait = FIRST_WAIT_SECONDS
                except Unavailable as error:
                    self.synced.clear()
                    log.warning("lost the Kubernetes API", error=repr(error), retry_in_seconds=wait)
                    await asyncio.sleep(wait)
                    wait = min(wait * 2, LONGEST_WAIT_SECONDS)
        finally:
            for task in self._tasks.values():
                task.cancel()

    async def _follow(self) -> None:
        found, version = await self._cluster.list_jobs()
        attempts = [attempt for job in found if (attempt := _read(job)) is not None]
        for name in self._builds.reset(attempts):
            self._advance(name)
        self.synced.set()
        async for kind, job in self._cluster.watch_jobs(version):
            attempt = _read(job)
            if attempt is None:
                continue
            self._builds.observe(attempt)
            if kind == "DELETED":
                self._builds.deleted(attempt.name)
            self._advance(attempt.name)

    def _advance(self, name: str) -> None:
        running = self._tasks.get(name)
        if running is None or running.done():
            self._tasks[name] = asyncio.create_task(self._steps(name), name=name)
            self._tasks[name].add_done_callback(lambda task: self._drop(name, task))

    def _drop(self, name: str, task: asyncio.Task[None]) -> None:
        if self._tasks.get(name) is task:
            del self._tasks[name]

    async def _steps(self, name: str) -> None:
        failures = 0
        while True:
            try:
                wait = await self._builds.advance(name)
                if wait is None:
                    return
                failures = 0
            except (*Unavailable, Undelivered) as error:
                wait = min(FIRST_WAIT_SECONDS * 2**failures, LONGEST_WAIT_SECONDS)
                failures += 1
                log.warning("step failed", job=name, error=repr(error), retry_in_seconds=wait)
            await asyncio.sleep(wait)


def _read(job: dict[str, object]) -> jobs.Attempt | None:
    try:
        return jobs.read(job)
    except (ValueError, KeyError) as error:
        log.warning("a Job carries our label and is not ours", error=str(error))
        return None
