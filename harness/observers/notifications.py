"""Notifications, as the receiver got them."""

from __future__ import annotations

from harness.clients.receiver import Receiver
from harness.notification import read_notification
from harness.observers.thread import ObserverThread
from harness.timeline import Timeline


class NotificationObserver(ObserverThread):
    """Records a "notification" fact for each alert in each request that arrives from now on."""

    source = "receiver"

    def __init__(self, timeline: Timeline, url: str) -> None:
        super().__init__(timeline)
        self._receiver = Receiver(url)
        self._after: int | None = None

    def watch(self) -> None:
        if self._after is None:
            self._after = self._receiver.last_seq()
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
                    seq=received.seq,
                )
