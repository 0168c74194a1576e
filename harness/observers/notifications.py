"""Notifications, as the receiver got them."""

from __future__ import annotations

from harness.clients.receiver import Receiver
from harness.facts.timeline import Timeline
from harness.observers.payloads import read_notification
from harness.observers.thread import ObserverThread


class NotificationObserver(ObserverThread):
    """Records a "notification" fact for each alert in each request that arrives from now on.

    What arrived while the receiver was out of sight is read when it is back.
    """

    source = "receiver"

    def __init__(self, timeline: Timeline, url: str) -> None:
        super().__init__(timeline)
        self._receiver = Receiver(url)
        self._after: int | None = None

    def watch(self) -> None:
        newest = self._receiver.last_seq()
        if self._after is None:
            self._after = newest
        elif newest < self._after:
            # The receiver has lost its journal, and counts from the start again.
            self._after = 0
        self.sighted()
        for received in self._receiver.stream(self._after):
            if self.stopping.is_set():
                return
            self._after = received.seq
            for told in read_notification(received.channel, received.payload):
                self.record(
                    "notification",
                    told.subject,
                    at=received.received_at,
                    channel=received.channel,
                    status=told.status,
                    severity=told.severity,
                    text=told.text,
                    firing=told.firing,
                    resolved=told.resolved,
                    runbook_url=told.runbook_url,
                    seq=received.seq,
                )
