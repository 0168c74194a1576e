"""A run: one target, one timeline, one ledger, and the observers that fill the timeline."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

from harness.facts.timeline import Timeline
from harness.facts.timing import RunClock
from harness.faults.fault import FaultLookup
from harness.faults.heartbeat import Heartbeat
from harness.faults.ledger import Entry, Ledger, heal_all
from harness.progress import Progress
from harness.running.lock import RunLock
from harness.running.signals import Signals
from harness.target import Target


class Run:
    """Everything that the scenarios of one run share. A context manager.

    Entering takes the lock, refuses a target that is not ours, heals what an earlier run left, and starts the
    observers. Leaving collects evidence, stops them and closes the timeline.
    """

    def __init__(
        self,
        *,
        folder: Path,
        state: Path,
        target: Target,
        lookup: FaultLookup,
        progress: Progress,
        signals: Signals,
        lock: RunLock | None = None,
    ) -> None:
        self.name = folder.name
        self.folder = folder
        self.target = target
        self.lookup = lookup
        self.progress = progress
        self.signals = signals
        self.timeline = Timeline(folder / "timeline.jsonl", RunClock())
        self.ledger = Ledger(state / "ledger", target.leases)
        self.heartbeat = Heartbeat(self.ledger, self._lease_lost)
        self._began = self.timeline.clock.now()
        self._lock = lock or RunLock(self.name)
        self._stack = ExitStack()

    def __enter__(self) -> Run:
        with ExitStack() as stack:
            stack.callback(self.timeline.close)
            try:
                self._open(stack)
            except Exception as error:
                self.timeline.record("run-error", "run", what=f"{type(error).__name__}: {error}")
                raise
            except KeyboardInterrupt as error:
                self.timeline.record("run-stopped", "run", what=f"stopped by {error} before anything was broken")
                raise
            self._stack = stack.pop_all()
        return self

    def _open(self, stack: ExitStack) -> None:
        stack.enter_context(self._lock)
        self.target.guard()
        for entry in heal_all(self.ledger, self.target, self.lookup):
            self.timeline.record("leftover", entry.fault, event="healed", run=entry.run)
            self.progress.note(f"{entry.fault}, left by {entry.run}, healed")
        for name in self.target.tidy():
            self.timeline.record("tidied", name)
        stack.callback(self.heartbeat.stop)
        self.heartbeat.start()
        stack.callback(self._collect)
        for observer in self.target.observers(self.timeline):
            stack.callback(observer.stop)
            observer.start()

    def __exit__(self, *_unused: object) -> None:
        self._stack.close()

    def _lease_lost(self, entry: Entry) -> None:
        self.timeline.record("fault", entry.fault, event="expired")

    def _collect(self) -> None:
        with self.signals.held():
            self.target.collect_evidence(self.folder, self._began)
