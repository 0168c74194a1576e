"""One connection to RabbitMQ that comes back: consumers that acknowledge by outcome, confirmed publishing."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import aio_pika
from aio_pika.abc import AbstractChannel, AbstractIncomingMessage
from aio_pika.exceptions import CONNECTION_EXCEPTIONS, DeliveryError

from builder import logs
from builder.events import Message, Rejected

log = logs.logger(__name__)

HEARTBEAT_SECONDS = 10
CONFIRM_SECONDS = 15
FIRST_WAIT_SECONDS = 0.2
LONGEST_WAIT_SECONDS = 2.0

Handler = Callable[[Message], Awaitable[None]]
"""Returns when the message is dealt with for good; raises Rejected to have it dead-lettered."""

Lost = (*CONNECTION_EXCEPTIONS, DeliveryError, TimeoutError)


class Undelivered(RuntimeError):
    """The broker has not confirmed a message. It may have it nevertheless."""


@dataclass(frozen=True)
class Consumption:
    """A queue, what handles its messages, how many consumers there are."""

    queue: str
    handler: Handler
    consumers: int = 1


class Broker:
    """Consumes and publishes over one connection at a time."""

    def __init__(self, url: str, dead_letter_exchange: str, prefetch: int) -> None:
        self._url = url
        self._dead_letter_exchange = dead_letter_exchange
        self._prefetch = prefetch
        self._channel: AbstractChannel | None = None
        self._connected = asyncio.Event()

    @property
    def consuming(self) -> bool:
        """Whether all consumers are registered on a connection that is alive as far as is known."""
        return self._connected.is_set()

    async def run(self, consumptions: list[Consumption]) -> None:
        """Connect and consume until cancelled; a lost broker is tried again with growing waits."""
        wait = FIRST_WAIT_SECONDS
        while True:
            try:
                await self._session(consumptions)
                wait = FIRST_WAIT_SECONDS
            except Lost as error:
                log.warning("lost the broker", error=repr(error), retry_in_seconds=wait)
                await asyncio.sleep(wait)
                wait = min(wait * 2, LONGEST_WAIT_SECONDS)

    async def publish(self, queue: str, body: bytes, message_id: str, content_type: str) -> None:
        """Return once the broker has the message safe. Waits for a connection; raises Undelivered."""
        message = aio_pika.Message(
            body,
            message_id=message_id,
            content_type=content_type,
            delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
        )
        await self._connected.wait()
        channel = self._channel
        if channel is None:
            raise Undelivered("the connection was lost before publishing")
        try:
            await channel.default_exchange.publish(message, queue, timeout=CONFIRM_SECONDS)
        except Lost as error:
            raise Undelivered(repr(error)) from error

    async def _session(self, consumptions: list[Consumption]) -> None:
        ended = asyncio.Event()
        connection = await aio_pika.connect(self._url, timeout=HEARTBEAT_SECONDS, heartbeat=HEARTBEAT_SECONDS)
        async with connection:
            connection.close_callbacks.add(lambda *_: ended.set())
            channel = await connection.channel(publisher_confirms=True, on_return_raises=True)
            channel.close_callbacks.add(lambda *_: ended.set())
            await channel.set_qos(prefetch_count=self._prefetch)
            self._channel = channel
            for consumption in consumptions:
                queue = await channel.get_queue(consumption.queue)
                for _ in range(consumption.consumers):
                    await queue.consume(self._receiver(consumption))
            self._connected.set()
            log.info("consuming", queues=[consumption.queue for consumption in consumptions])
            try:
                await ended.wait()
            finally:
                self._connected.clear()
                self._channel = None
        log.warning("connection to the broker ended")

    def _receiver(self, consumption: Consumption) -> Callable[[AbstractIncomingMessage], Awaitable[None]]:
        async def receive(incoming: AbstractIncomingMessage) -> None:
            message = Message(incoming.body, incoming.content_type, dict(incoming.headers))
            try:
                try:
                    await consumption.handler(message)
                except Rejected as rejection:
                    log.warning(
                        "message rejected",
                        queue=consumption.queue,
                        message_id=incoming.message_id,
                        reason=rejection.reason,
                        detail=rejection.detail,
                    )
                    await self._dead_letter(consumption.queue, incoming, rejection)
                await incoming.ack()
            except Lost as error:
                # Unacknowledged: the broker delivers it again.
                log.warning("message not acknowledged", queue=consumption.queue, error=repr(error))

        return receive

    async def _dead_letter(self, queue: str, incoming: AbstractIncomingMessage, rejection: Rejected) -> None:
        headers = {
            **incoming.headers,
            "x-reject-reason": rejection.reason,
            "x-reject-detail": rejection.detail,
        }
        message = aio_pika.Message(
            incoming.body,
            headers=headers,
            content_type=incoming.content_type,
            message_id=incoming.message_id,
            delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
        )
        channel = self._channel
        if channel is None:
            raise ConnectionError("the connection was lost before dead-lettering")
        exchange = await channel.get_exchange(self._dead_letter_exchange, ensure=False)
        await exchange.publish(message, queue, timeout=CONFIRM_SECONDS)
