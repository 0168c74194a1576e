"""What the fault proxy did to requests, as it happens."""

from __future__ import annotations

from harness.clients.proxy import FaultProxy
from harness.facts.timeline import Timeline
from harness.observers.thread import ObserverThread


class HitObserver(ObserverThread):
    """Records a "hit" fact for each request that a rule matched, whatever it did to it.

    A proxy that starts anew ends the stream, so that it is lost from sight, and has forgotten its rules: from when it
    was lost until it is back no fault of its held.
    """

    source = "fault-proxy"

    def __init__(self, timeline: Timeline, url: str) -> None:
        super().__init__(timeline)
        self._proxy = FaultProxy(url)
        self._instance = ""
        self._after = 0

    def watch(self) -> None:
        instance = self._proxy.version().instance
        if not self._instance:
            self._after = self._proxy.last_seq()
        elif instance != self._instance:
            # It has started anew, and counts from the start again.
            self._after = 0
        self._instance = instance
        hits = self._proxy.stream(self._after)
        self.sighted()
        for hit in hits:
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
