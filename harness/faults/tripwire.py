"""The tripwire: while something is broken, probes that must never fail are looked at again and again."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

from harness.facts.timeline import Timeline
from harness.probe import Observation, Probe

_EVERY_S = 1.0


class Tripwire:
    """A thread that looks at each of `probes` every second, until stopped or until one is not accepted twice running.

    The second look is recorded as a "tripped" fact, and `trip` is called once with what it saw.
    """

    def __init__(self, timeline: Timeline, probes: Sequence[Probe], trip: Callable[[str], None]) -> None:
        self._timeline = timeline
        self._probes = probes
        self._trip = trip
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="tripwire", daemon=True)

    def start(self) -> None:
        """Begin with a look at once; nothing where there is nothing to look at."""
        if self._probes:
            self._thread.start()

    def stop(self) -> None:
        """End. A look that is under way is not waited for, and trips nothing."""
        self._stopping.set()

    def _watch(self) -> None:
        while not self._stopping.is_set():
            for probe in self._probes:
                seen = self._look(probe)
                if not seen.accepted and not self._stopping.is_set():
                    self._tripped(probe, seen)
                    return
            self._stopping.wait(_EVERY_S)

    def _look(self, probe: Probe) -> Observation:
        """What is seen, asked again at once when it is not accepted: a busy machine may be late with one answer."""
        seen = probe.try_look()
        return seen if seen.accepted else probe.try_look()

    def _tripped(self, probe: Probe, seen: Observation) -> None:
        self._timeline.record("tripped", probe.name, value=seen.value, detail=seen.detail)
        self._trip(f"{probe.name}: {seen.detail}")
