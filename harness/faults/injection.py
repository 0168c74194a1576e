"""A fault being injected, proven and healed, with its ledger entry and its facts on the timeline."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from harness.errors import TargetError, Unavailable
from harness.facts.timing import Deadline, poll
from harness.faults.fault import Fault
from harness.probe import Observation

if TYPE_CHECKING:
    from harness.faults.ledger import Entry
    from harness.running.run import Run

EFFECT_LIMIT_S = 30.0
"""How long a fault may take to act: the slowest way in is a commit that Flux applies (SRE-001: 30 s)."""
_LOOK_EVERY_S = 0.005


class Injection:
    """Context manager: inside it the fault is injected.

    The ledger entry comes before the change and goes after the heal, so no death of this process loses track.
    Entering raises Unavailable, before anything was changed, when the fault cannot be had here.
    """

    def __init__(self, run: Run, fault: Fault, parameters: dict[str, Any]) -> None:
        self._run = run
        self._fault = fault
        self._parameters = parameters
        self._entry: Entry | None = None
        self._undo: dict[str, Any] = {}
        self.injected_at = 0.0
        self.effective_at: float | None = None

    def __enter__(self) -> Injection:
        fault, target, timeline = self._fault, self._run.target, self._run.timeline
        reason = fault.available(target)
        if reason is not None:
            raise Unavailable(f"{fault.name} is unavailable here: {reason}")
        undo = self._undo = fault.prepare(target, self._parameters)
        self._entry = self._run.ledger.open(
            fault.name,
            self._parameters,
            undo,
            target=target.incarnation,
            at=timeline.clock.now(),
            run=self._run.name,
        )
        self._run.heartbeat.hold(self._entry)
        try:
            begun = timeline.record("fault", fault.name, event="injecting", parameters=self._parameters)
            self.injected_at = begun.at
            # Held: a request cut off half-way might still be carried out, after the heal had found all well.
            with self._run.signals.held():
                fault.inject(target, self._parameters, undo)
            timeline.record("fault", fault.name, event="injected")
            self._run.progress.note(f"{fault.name} injected")
        except BaseException:
            self.heal()
            raise
        return self

    def __exit__(self, *_unused: object) -> None:
        self.heal()

    def prove(self) -> Observation:
        """Look until the fault is seen to act, at most EFFECT_LIMIT_S; answers with the last look."""
        deadline = Deadline.after(self._run.timeline.clock, EFFECT_LIMIT_S)
        with self._run.progress.waiting(f"{self._fault.name} to act", EFFECT_LIMIT_S):
            seen, asked = poll(
                self._look,
                lambda look: look.accepted,
                deadline,
                _LOOK_EVERY_S,
            )
        if not seen.accepted:
            self._run.timeline.record("fault", self._fault.name, event="not-effective", detail=seen.detail)
            return seen
        self.effective_at = asked
        self._run.timeline.record("fault", self._fault.name, at=asked, event="effective", detail=seen.detail)
        return seen

    def heal(self) -> None:
        """Take the fault back; a second time changes nothing.

        Raises TargetError when it could not be healed, asked twice: its lease is renewed no more, so the watchdog will.
        """
        if self._entry is None:
            return
        entry = self._entry
        with self._run.signals.held():
            self._run.heartbeat.release(entry)
            self._run.timeline.record("fault", self._fault.name, event="healing")
            try:
                self._fault.heal(self._run.target, entry.undo)
            except TargetError as error:
                self._run.timeline.record("fault", self._fault.name, event="not-healed", detail=str(error))
                self._fault.heal(self._run.target, entry.undo)
            if not self._run.ledger.close(entry):
                self._run.timeline.record("fault", self._fault.name, event="expired")
            self._entry = None
            self._run.timeline.record("fault", self._fault.name, event="healed")

    def _look(self) -> Observation:
        """Whether it acts; a target that does not answer has not shown it."""
        try:
            return self._fault.effective(self._run.target, self._parameters, self._undo)
        except TargetError as error:
            return Observation(value=None, accepted=False, detail=str(error))
