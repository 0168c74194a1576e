"""The life of a build against an API server in memory: once started, once retried as often as allowed, once told."""

from __future__ import annotations

import asyncio
import copy
from collections.abc import Coroutine
from typing import Any, TypeVar

import pytest
from builder import jobs
from builder.broker import Undelivered
from builder.builds import Builds
from builder.classify import Evidence
from builder.cluster import CONFLICT, NOT_FOUND
from builder.events import BuildRequest, BuildResult
from builder.jobs import Attempt
from builder.metrics import Metrics
from builder.settings import RetryPolicy
from kubernetes_asyncio.client import ApiException

from tests.unit.reference.samples import POLICY, ROLE, SETTINGS, condition, request

T = TypeVar("T")
THROTTLED = Evidence(exit_code=1, log="error pushing image: failed to push to destination x: 429 Too Many Requests")
DENIED = Evidence(exit_code=1, log="Error: operation error S3: GetObject, StatusCode: 403, api error AccessDenied")


class MemoryCluster:
    """Keeps Jobs as the API server does: unique names, a version that grows, writes refused on an old version."""

    def __init__(self) -> None:
        self.jobs: dict[str, dict[str, Any]] = {}
        self.what_failed: Evidence = DENIED
        self._version = 0

    async def role_arn(self, _: str) -> str:
        return ROLE

    async def create_job(self, manifest: dict[str, Any]) -> dict[str, Any]:
        name = manifest["metadata"]["name"]
        if name in self.jobs:
            raise ApiException(status=CONFLICT, reason="AlreadyExists")
        self.jobs[name] = copy.deepcopy(manifest) | {"status": {}}
        return self._changed(name)

    async def read_job(self, name: str) -> dict[str, Any]:
        if name not in self.jobs:
            raise ApiException(status=NOT_FOUND, reason="NotFound")
        return copy.deepcopy(self.jobs[name])

    async def annotate(self, attempt: Attempt, notes: dict[str, str]) -> dict[str, Any]:
        job = await self.read_job(attempt.name)
        if int(job["metadata"]["resourceVersion"]) != attempt.version:
            raise ApiException(status=CONFLICT, reason="Conflict")
        self.jobs[attempt.name]["metadata"]["annotations"] |= notes
        return self._changed(attempt.name)

    async def evidence(self, _: Attempt) -> Evidence:
        return self.what_failed

    def end(self, name: str, kind: str) -> Attempt:
        self.jobs[name]["status"] = {"conditions": [condition(kind)]}
        return jobs.read(self._changed(name))

    def _changed(self, name: str) -> dict[str, Any]:
        self._version += 1
        self.jobs[name]["metadata"] |= {"resourceVersion": str(self._version), "uid": f"uid-{name}"}
        return copy.deepcopy(self.jobs[name])


class Outbox:
    """Takes results, or loses the broker."""

    def __init__(self) -> None:
        self.results: list[BuildResult] = []
        self.lost = False

    async def publish(self, result: BuildResult) -> None:
        if self.lost:
            raise Undelivered("no broker")
        self.results.append(result)


class World:
    """A builder and what it works with. A second builder on the same cluster is a restart, or another replica."""

    def __init__(self, policy: RetryPolicy = POLICY) -> None:
        self.cluster = MemoryCluster()
        self.outbox = Outbox()
        self.policy = policy
        self.metrics = Metrics()
        self.builds = self.another()

    def another(self) -> Builds:
        made = Builds(self.cluster, self.outbox.publish, self.metrics, SETTINGS, self.policy)  # type: ignore[arg-type]
        made.reset([jobs.read(job) for job in self.cluster.jobs.values()])
        return made

    def start(self, wanted: BuildRequest | None = None) -> str:
        before = set(self.cluster.jobs)
        run(self.builds.start(wanted or request()))
        (name,) = set(self.cluster.jobs) - before
        return name

    def end(self, name: str, kind: str) -> None:
        self.builds.observe(self.cluster.end(name, kind))

    def value(self, name: str, **labels: str) -> float:
        found = self.metrics.registry.get_sample_value(name, labels)
        assert found is not None
        return found


def run(steps: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(steps)


def advance(builds: Builds, name: str) -> None:
    """Take all steps of a Job, without the waits between them."""

    async def steps() -> None:
        for _ in range(10):
            if await builds.advance(name) is None:
                return
        raise AssertionError("the Job never comes to an end")

    run(steps())


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def hasty() -> World:
    """Retries come due at once."""
    return World(RetryPolicy(max_attempts=3, base_seconds=0.0, max_seconds=0.0))


def test_an_event_delivered_again_starts_nothing(world: World) -> None:
    world.start()

    assert run(world.builds.start(request())) is False
    assert len(world.cluster.jobs) == 1


def test_two_builders_with_the_same_event_make_one_job(world: World) -> None:
    other = world.another()
    world.start()

    assert run(other.start(request())) is False
    assert len(world.cluster.jobs) == 1


def test_the_same_second_leaves_room_for_another_event(world: World) -> None:
    first = world.start(request(event="e-1"))
    second = world.start(request(event="e-2"))

    images = {world.cluster.jobs[name]["metadata"]["annotations"][jobs.NOTE_IMAGE] for name in (first, second)}
    assert len(images) == 2


@pytest.mark.parametrize("sent_at", [None, -5.0, 0.0, 1e12])
def test_an_absurd_time_of_the_event_still_makes_a_valid_name(world: World, sent_at: float | None) -> None:
    name = world.start(request(parser="a" * 39, sent_at=sent_at))

    assert len(name) <= 63


def test_a_success_is_told_and_counted_once(world: World) -> None:
    name = world.start()
    world.end(name, "Complete")

    advance(world.builds, name)
    advance(world.builds, name)

    (result,) = world.outbox.results
    assert result.succeeded
    assert result.image.endswith("abc123-1700000000")
    assert world.value("builds_total") == 1
    assert world.value("build_attempts_total", outcome="succeeded", category="none") == 1
    assert world.value("build_duration_seconds_count") == 1


def test_a_permanent_failure_is_not_tried_again(world: World) -> None:
    name = world.start()
    world.end(name, "Failed")

    advance(world.builds, name)

    (result,) = world.outbox.results
    assert (result.category, result.permanent, result.attempts) == ("s3_access_denied", True, 1)
    assert len(world.cluster.jobs) == 1
    assert world.value("build_failures_total", category="s3_access_denied") == 1


def test_a_transient_failure_waits_for_its_time(world: World) -> None:
    world.cluster.what_failed = THROTTLED
    name = world.start()
    world.end(name, "Failed")

    wait = run(world.builds.advance(name))

    assert wait is not None
    assert 0 < wait <= POLICY.base_seconds
    assert world.outbox.results == []
    assert world.value("builds_total") == 0
    assert world.value("build_attempts_total", outcome="failed", category="ecr_rate_limit") == 1


def test_a_retry_that_succeeds_is_one_successful_build(hasty: World) -> None:
    hasty.cluster.what_failed = THROTTLED
    first = hasty.start()
    hasty.end(first, "Failed")
    advance(hasty.builds, first)
    (second,) = set(hasty.cluster.jobs) - {first}
    hasty.end(second, "Complete")
    advance(hasty.builds, second)

    (result,) = hasty.outbox.results
    assert (result.succeeded, result.attempts) == (True, 2)
    assert hasty.value("builds_total") == 1
    assert hasty.value("build_failures_total", category="ecr_rate_limit") == 0
    first_image, second_image = (
        hasty.cluster.jobs[name]["metadata"]["annotations"][jobs.NOTE_IMAGE] for name in (first, second)
    )
    assert first_image == second_image


def test_the_last_attempt_is_the_end(hasty: World) -> None:
    hasty.cluster.what_failed = THROTTLED
    hasty.start()
    for _ in range(3):
        name = list(hasty.cluster.jobs)[-1]
        hasty.end(name, "Failed")
        advance(hasty.builds, name)

    assert len(hasty.cluster.jobs) == 3
    (result,) = hasty.outbox.results
    assert (result.succeeded, result.permanent, result.attempts) == (False, False, 3)
    assert hasty.value("build_attempts_total", outcome="failed", category="ecr_rate_limit") == 3
    assert hasty.value("build_failures_total", category="ecr_rate_limit") == 1


def test_a_restart_neither_repeats_nor_forgets_a_retry(hasty: World) -> None:
    hasty.cluster.what_failed = THROTTLED
    first = hasty.start()
    hasty.end(first, "Failed")
    restarted = hasty.another()
    advance(hasty.builds, first)
    advance(restarted, first)

    assert len(hasty.cluster.jobs) == 2
    assert hasty.value("build_attempts_total", outcome="failed", category="ecr_rate_limit") == 1


def test_a_restart_after_the_end_tells_nothing_again(world: World) -> None:
    name = world.start()
    world.end(name, "Complete")
    advance(world.builds, name)

    advance(world.another(), name)

    assert len(world.outbox.results) == 1


def test_of_two_builders_one_counts(world: World) -> None:
    name = world.start()
    world.end(name, "Failed")
    other = world.another()
    advance(world.builds, name)
    advance(other, name)

    assert world.value("builds_total") == 1
    assert len({result.message_id for result in world.outbox.results}) == 1


def test_a_result_is_published_when_the_broker_is_back(world: World) -> None:
    name = world.start()
    world.end(name, "Complete")
    world.outbox.lost = True
    with pytest.raises(Undelivered):
        run(world.builds.advance(name))
    world.outbox.lost = False

    advance(world.builds, name)

    assert len(world.outbox.results) == 1
    assert world.value("build_attempts_total", outcome="succeeded", category="none") == 1


def test_what_a_late_watch_event_shows_is_not_believed(world: World) -> None:
    name = world.start()
    world.end(name, "Complete")
    stale = jobs.read(run(world.cluster.read_job(name)))
    advance(world.builds, name)

    world.builds.observe(stale)
    advance(world.builds, name)

    assert len(world.outbox.results) == 1


def test_a_job_deleted_while_it_runs_is_a_failed_build(world: World) -> None:
    name = world.start()
    del world.cluster.jobs[name]
    world.builds.deleted(name)

    advance(world.builds, name)

    (result,) = world.outbox.results
    assert (result.succeeded, result.category) == (False, "unknown")
    assert world.value("builds_total") == 1


def test_a_job_deleted_unseen_is_noticed_at_the_next_listing(world: World) -> None:
    name = world.start()
    del world.cluster.jobs[name]

    assert world.builds.reset([]) == [name]
    advance(world.builds, name)

    assert len(world.outbox.results) == 1


def test_cleaning_up_a_failed_attempt_does_not_cancel_its_retry(hasty: World) -> None:
    hasty.cluster.what_failed = THROTTLED
    first = hasty.start()
    hasty.end(first, "Failed")
    run(hasty.builds._settle(hasty.builds._attempts[first]))
    del hasty.cluster.jobs[first]
    hasty.builds.deleted(first)

    advance(hasty.builds, first)

    assert len(hasty.cluster.jobs) == 1
    assert hasty.outbox.results == []


def test_cleaning_up_an_ended_build_tells_nothing_again(world: World) -> None:
    name = world.start()
    world.end(name, "Failed")
    advance(world.builds, name)
    del world.cluster.jobs[name]
    world.builds.deleted(name)

    advance(world.builds, name)

    assert len(world.outbox.results) == 1


def test_every_label_set_exists_before_the_first_build(world: World) -> None:
    for category in ("s3_access_denied", "unknown", "invalid_parser", "timeout"):
        assert world.value("build_failures_total", category=category) == 0
        assert world.value("build_attempts_total", outcome="failed", category=category) == 0
    assert world.value("builds_total") == 0
