"""The build service put together: consumers of both event queues, the follower of Jobs, HTTP."""

from __future__ import annotations

import asyncio
import time

from kubernetes_asyncio import client, config

from builder import events, http, logs
from builder.broker import Broker, Consumption, Handler
from builder.builds import Builds
from builder.cluster import Cluster, Unavailable
from builder.events import BuildResult, Message, Rejected
from builder.follow import Follower
from builder.metrics import Metrics
from builder.settings import Settings

log = logs.logger(__name__)

SOURCE = "/knative-lambda/builder"
EVENT_CONTENT_TYPE = "application/cloudevents+json"
FIRST_WAIT_SECONDS = 0.2
LONGEST_WAIT_SECONDS = 10.0


async def run(settings: Settings) -> None:
    """Serve until cancelled."""
    config.load_incluster_config()  # type: ignore[no-untyped-call]
    metrics = Metrics()
    broker = Broker(settings.broker.url, settings.broker.dead_letter_exchange, settings.broker.prefetch)

    async def publish(result: BuildResult) -> None:
        body = events.result_event(result, SOURCE, time.time())
        await broker.publish(settings.broker.result_queue, body, result.message_id, EVENT_CONTENT_TYPE)

    async with client.ApiClient() as api:
        cluster = Cluster(api, settings.job.namespace)
        builds = Builds(cluster, publish, metrics, settings.job, settings.retry)
        follower = Follower(cluster, builds)

        def readiness() -> dict[str, bool]:
            return {"consuming": broker.consuming, "watching": follower.synced.is_set()}

        async with (
            http.serve(settings.http_port, metrics.registry, readiness),
            asyncio.TaskGroup() as tasks,
        ):
            tasks.create_task(follower.run())
            # Without knowing the Jobs that there are, a redelivered event would be built twice.
            await follower.synced.wait()
            tasks.create_task(
                broker.run(
                    [
                        Consumption(
                            settings.broker.build_queue,
                            _build_handler(builds, metrics),
                            settings.broker.consumers,
                        ),
                        Consumption(
                            settings.broker.service_queue,
                            _service_handler(metrics),
                            settings.broker.consumers,
                        ),
                    ]
                )
            )


def _build_handler(builds: Builds, metrics: Metrics) -> Handler:
    async def handle(message: Message) -> None:
        try:
            request = events.parse_build_request(message)
        except Rejected:
            metrics.build_event("rejected")
            raise
        wait = FIRST_WAIT_SECONDS
        while True:
            try:
                created = await builds.start(request)
                break
            except Unavailable as error:
                log.warning(
                    "Job not created",
                    correlation_id=request.correlation_id,
                    parser_id=request.parser_id,
                    error=repr(error),
                    retry_in_seconds=wait,
                )
                await asyncio.sleep(wait)
                wait = min(wait * 2, LONGEST_WAIT_SECONDS)
        metrics.build_event("accepted" if created else "duplicate")

    return handle


def _service_handler(metrics: Metrics) -> Handler:
    # This service owns builds only: service events are checked, counted and logged, and their queue drains.
    async def handle(message: Message) -> None:
        try:
            event = events.parse_service_event(message)
        except Rejected:
            metrics.service_event("rejected")
            raise
        metrics.service_event("accepted")
        log.info("service event", action=event.action, event_id=event.event_id, correlation_id=event.correlation_id)

    return handle
