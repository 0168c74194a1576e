"""The clocks of the sources, compared with the run's when the run begins and now and then after."""

from __future__ import annotations

from collections.abc import Mapping

from harness.facts.clocks import AskTime, Compared, offset
from harness.facts.timeline import Timeline
from harness.observers.thread import ObserverThread

_LOOKS = 8
_APART_S = 0.13
"""Eight looks a second apart by their fractions narrow a clock of whole seconds to about an eighth of one."""
_AGAIN_S = 60.0


class ClockObserver(ObserverThread):
    """Records a "source-clock" fact for each of `clocks` (how to ask a source for its time, by the source's name)."""

    source = "clocks"

    def __init__(self, timeline: Timeline, clocks: Mapping[str, AskTime]) -> None:
        super().__init__(timeline)
        self._clocks = dict(clocks)

    def watch(self) -> None:
        while not self.stopping.is_set():
            self._compare()
            self.stopping.wait(_AGAIN_S)

    def _compare(self) -> None:
        looks: dict[str, list[Compared]] = {source: [] for source in self._clocks}
        for _ in range(_LOOKS):
            for source, ask in self._clocks.items():
                asked = self._timeline.clock.now()
                reading = ask()
                looks[source].append(Compared(asked, self._timeline.clock.now(), reading))
            self.sighted()
            if self.stopping.wait(_APART_S):
                return
        for source, compared in looks.items():
            found = offset(compared)
            self.record("source-clock", source, offset_s=found.offset_s, error_s=found.error_s, looks=len(compared))
