"""What the fault proxy did to requests, as it happens."""

from __future__ import annotations

from harness.clients.proxy import FaultProxy
from harness.facts.timeline import Timeline
from harness.observers.thread import ObserverThread


class HitObserver(ObserverThread):
    """Records a "hit" fact for each request that a rule matched, whatever it did to it."""

    source = "fault-proxy"

    def __init__(self, timeline: Timeline, url: str) -> None:
        super().__init__(timeline)
        self._proxy = FaultProxy(url)
        self._after: int | None = None

    def watch(self) -> None:
        if self._after is None:
            self._after = self._proxy.last_seq()
        self.sighted()
        for hit in self._proxy.stream(self._after):
            if self.stopping.is_set():
                return
            self._after = hit.seq
            self.record(
                "hit",
                hit.rule,
                at=hit.at,
                owner=hit.owner,
                operation=hit.call.operation,
                reference=hit.call.reference or hit.call.key,
                outcome=hit.outcome,
                status=hit.status,
                waited_ms=hit.waited_ms,
            )
