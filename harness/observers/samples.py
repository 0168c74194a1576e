"""Figures sampled from Prometheus: one fact for each change of a value."""

from __future__ import annotations

from collections.abc import Mapping

from harness.clients.prometheus import Prometheus
from harness.facts.timeline import Timeline
from harness.observers.thread import ObserverThread

_POLL_S = 0.25


class SampleObserver(ObserverThread):
    """Records the value of each of `expressions` (by the name it is known by) whenever it changes."""

    source = "prometheus-samples"

    def __init__(self, timeline: Timeline, url: str, expressions: Mapping[str, str]) -> None:
        super().__init__(timeline)
        self._prometheus = Prometheus(url)
        self._expressions = dict(expressions)
        self._values: dict[str, float | None] = {}

    def watch(self) -> None:
        while not self.stopping.is_set():
            for name, expression in self._expressions.items():
                value = self._prometheus.value(expression)
                if name not in self._values or self._values[name] != value:
                    self._values[name] = value
                    self.record("sample", name, value=value)
            self.sighted()
            self.stopping.wait(_POLL_S)
