"""RabbitMQ: publishing events, and what its Prometheus plugin says of the queues."""

from __future__ import annotations

import time
from dataclasses import dataclass

import pika
import pika.exceptions
import requests
from cloudevents.core.bindings.rabbitmq import to_binary
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent
from prometheus_client.parser import text_string_to_metric_families

from harness.errors import TargetError
from harness.probe import Observation

_TIMEOUT_S = 5.0
_FAMILIES = ("queue_coarse_metrics", "queue_consumer_count")


@dataclass(frozen=True)
class QueueState:
    """Messages (ready and unacknowledged) and consumers of one queue."""

    messages: int
    consumers: int


class Broker:
    """Publishes to `amqp_url`; reads queue states from the plugin at `metrics_url`."""

    def __init__(self, amqp_url: str, metrics_url: str) -> None:
        self._amqp_url = amqp_url
        self._metrics_url = metrics_url

    def publish(self, queue: str, event: CloudEvent) -> None:
        """Publish a CloudEvent (binary mode, persistent) and wait until the broker has confirmed it.

        Raises:
            TargetError: the broker cannot be reached, has no such queue, or did not confirm.
        """
        message = to_binary(event, JSONFormat())
        try:
            connection = self._connect()
            try:
                channel = connection.channel()
                channel.confirm_delivery()
                channel.basic_publish(
                    exchange="",
                    routing_key=queue,
                    body=message.body,
                    properties=pika.BasicProperties(
                        headers=message.headers,
                        content_type=message.content_type,
                        message_id=event.get_id(),
                        delivery_mode=pika.DeliveryMode.Persistent,
                    ),
                    mandatory=True,
                )
            finally:
                connection.close()
        except (pika.exceptions.AMQPError, OSError) as error:
            raise TargetError(f"RabbitMQ did not take the event for {queue}: {error!r}", todo="make status") from error

    def ping(self) -> Observation:
        """Open a connection, as the pipeline does. The value is how long it took, in ms."""
        begun = time.monotonic()
        try:
            self._connect().close()
        except (pika.exceptions.AMQPError, OSError) as error:
            return Observation(value=None, accepted=False, detail=f"RabbitMQ refuses: {error!r}")
        took_ms = (time.monotonic() - begun) * 1000
        return Observation(value=took_ms, accepted=True, detail=f"RabbitMQ answers in {took_ms:.0f} ms")

    def queues(self) -> dict[str, QueueState]:
        """All queues by name. Raises TargetError."""
        try:
            response = requests.get(
                f"{self._metrics_url}/metrics/detailed", params={"family": list(_FAMILIES)}, timeout=_TIMEOUT_S
            )
            response.raise_for_status()
        except requests.RequestException as error:
            raise TargetError(f"RabbitMQ's metrics did not answer: {error}", todo="make status") from error
        messages: dict[str, int] = {}
        consumers: dict[str, int] = {}
        for family in text_string_to_metric_families(response.text):
            for sample in family.samples:
                if sample.name == "rabbitmq_detailed_queue_messages":
                    messages[sample.labels["queue"]] = int(sample.value)
                elif sample.name == "rabbitmq_detailed_queue_consumers":
                    consumers[sample.labels["queue"]] = int(sample.value)
        return {queue: QueueState(count, consumers.get(queue, 0)) for queue, count in messages.items()}

    def _connect(self) -> pika.BlockingConnection:
        parameters = pika.URLParameters(self._amqp_url)
        parameters.socket_timeout = _TIMEOUT_S
        parameters.blocked_connection_timeout = _TIMEOUT_S
        return pika.BlockingConnection(parameters)
