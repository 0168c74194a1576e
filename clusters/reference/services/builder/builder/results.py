"""`python -m builder.results`: consumes build results, tells the developer which builds failed for good."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping
from typing import Any

import aiohttp
from prometheus_client import CollectorRegistry, Counter

from builder import events, http, logs, process, settings
from builder.broker import Broker, Consumption, Handler
from builder.events import Message, Rejected
from builder.settings import ResultSettings

log = logs.logger(__name__)

POST_TIMEOUT = aiohttp.ClientTimeout(total=10)
FIRST_WAIT_SECONDS = 0.5
LONGEST_WAIT_SECONDS = 30.0


class Notifier:
    """Posts to the developer's endpoint until it takes the notification."""

    def __init__(self, http_client: aiohttp.ClientSession, url: str) -> None:
        self._client = http_client
        self._url = url

    async def send(self, notification_id: str, notification: Mapping[str, Any]) -> None:
        """Returns when the endpoint has answered 2xx. The id lets it drop what it has already."""
        wait = FIRST_WAIT_SECONDS
        while True:
            try:
                async with self._client.post(
                    self._url,
                    json=notification,
                    headers={"Idempotency-Key": notification_id},
                    timeout=POST_TIMEOUT,
                ) as answer:
                    answer.raise_for_status()
                    return
            except (aiohttp.ClientError, TimeoutError) as error:
                log.warning("developer not reached", error=repr(error), retry_in_seconds=wait)
                await asyncio.sleep(wait)
                wait = min(wait * 2, LONGEST_WAIT_SECONDS)


def notification_of(message: Message) -> tuple[str, dict[str, Any]] | None:
    """Id and content of what the developer is to hear about a result, or None. Raises Rejected."""
    event = events.parse(message)
    if event.get_type() not in (events.BUILD_COMPLETE, events.BUILD_FAILED):
        raise Rejected("unknown-type", f"not a build result: {event.get_type()!r}")
    data = event.get_data()
    if not isinstance(data, dict):
        raise Rejected("invalid-data", "data is not a JSON object")
    if event.get_type() == events.BUILD_COMPLETE or not data.get("permanent"):
        return None
    wanted = ("parser_id", "correlation_id", "category", "file", "line", "message", "job")
    missing = [name for name in wanted if name not in data]
    if missing:
        raise Rejected("invalid-data", f"without {', '.join(missing)}")
    return event.get_id(), {name: data[name] for name in wanted}


def handler(notifier: Notifier, consumed: Counter) -> Handler:
    """Handles one result message."""

    async def handle(message: Message) -> None:
        notification = notification_of(message)
        if notification is not None:
            await notifier.send(*notification)
            log.info("developer notified", **notification[1])
        consumed.inc()

    return handle


async def run(loaded: ResultSettings) -> None:
    """Serve until cancelled."""
    registry = CollectorRegistry()
    consumed = Counter("build_results_consumed", "Results taken from the queue", registry=registry)
    broker = Broker(loaded.broker.url, loaded.broker.dead_letter_exchange, loaded.broker.prefetch)
    async with (
        aiohttp.ClientSession() as http_client,
        http.serve(loaded.http_port, registry, lambda: {"consuming": broker.consuming}),
    ):
        handle = handler(Notifier(http_client, loaded.developer_url), consumed)
        await broker.run([Consumption(loaded.broker.result_queue, handle)])


def main() -> int:
    """Returns the exit status."""
    try:
        loaded = settings.load_results()
    except settings.SettingsError as error:
        sys.stderr.write(f"results: {error}\n")
        return 2
    logs.configure(loaded.log_level)
    return process.run(run(loaded))


if __name__ == "__main__":
    sys.exit(main())
