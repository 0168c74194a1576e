"""A fault's control: while the fault is there, something outside its blast radius is looked at again and again."""

from __future__ import annotations

import threading
from contextlib import suppress

from harness.errors import HarnessError, TargetError
from harness.facts.timeline import Timeline
from harness.faults.fault import Fault
from harness.probe import Observation
from harness.target import Target

_EVERY_S = 1.0


class ControlWatch:
    """A thread that records a "control" fact at each look, until stopped."""

    def __init__(self, timeline: Timeline, target: Target, fault: Fault) -> None:
        self._timeline = timeline
        self._target = target
        self._fault = fault
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._watch, name=f"control-{fault.name}", daemon=True)

    def start(self) -> None:
        """Begin with a look at once."""
        self._thread.start()

    def stop(self) -> None:
        """End. A look that is under way is not waited for, and not recorded."""
        self._stopping.set()

    def _watch(self) -> None:
        while not self._stopping.is_set():
            seen = self._look()
            if not self._stopping.is_set():
                self._timeline.record(
                    "control", self._fault.name, value=seen.value, accepted=seen.accepted, detail=seen.detail
                )
            self._stopping.wait(_EVERY_S)

    def _look(self) -> Observation:
        """What is seen; of a target that did not answer, asked twice, that."""
        # A busy machine may be late with one answer. What does answer, and refuses, is not asked again.
        with suppress(TargetError):
            return self._fault.control(self._target)
        try:
            return self._fault.control(self._target)
        except HarnessError as error:
            return Observation(value=None, accepted=False, detail=str(error))
