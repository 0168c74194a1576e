"""A scenario while it runs: its claims, the faults it injects, and what happens when it ends, however it ends."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from typing import Any, TypeVar

import msgspec

from harness.checkers import decide
from harness.errors import HarnessError, TargetError
from harness.facts.alert_history import ON_ALERTS
from harness.facts.history import Fact, History
from harness.facts.timing import Deadline, poll
from harness.faults.control import ControlWatch
from harness.faults.injection import Injection
from harness.faults.tripwire import Tripwire
from harness.judging.claims import Claim, Finding
from harness.judging.expectation import (
    Expectation,
    alerts_as_kept,
    builds_end_once,
    correlation_kept,
    dead_letters,
    fault_held,
    no_residue,
)
from harness.judging.residue import Snapshot, differences, with_stored
from harness.judging.verdict import Verdict
from harness.running.run import Run

T = TypeVar("T")

_APPLY_S = 10.0
"""How long what a heal committed to git may take to be applied before it counts as left behind."""
_LOOK_EVERY_S = 0.2
_OUTSTANDING_S = 45.0
"""How long builds that are still on when a scenario ends may go on: another attempt and the wait before it."""


class GateClosed(HarnessError):
    """The pipeline was not in steady state; nothing was broken."""

    exit_code = Verdict.ABORTED.exit_code


class Stuck(HarnessError):
    """The pipeline did not do what everything after it is measured from; the claims so far stand."""

    exit_code = Verdict.FAIL.exit_code


class Scenario:
    """One scenario of a run. Use as a context manager: leaving it heals what it injected."""

    def __init__(self, run: Run, name: str, feature: str) -> None:
        self.run = run
        self.name = name
        self.feature = feature
        self.target = run.target
        self.findings: list[tuple[Claim, Finding]] = []
        self._injections = ExitStack()
        self._first_injected: dict[str, float] = {}
        self._tripwire: Tripwire | None = None
        self._began = 0.0
        self._before: Snapshot = {}

    def __enter__(self) -> Scenario:
        self._began = self.run.timeline.record("scenario", self.name, event="started", feature=self.feature).at
        self.run.progress.scenario(self.name)
        self._before = self._snapshot("before", self.target.snapshot())
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _trace: object) -> None:
        try:
            self.heal()
        finally:
            if self._tripwire is not None:
                self._tripwire.stop()
        if not self.run.signals.received:
            for fault, since in self._first_injected.items():
                self.expect(fault_held(fault, since=since))
            self._expect_of_builds()
            if any(claim.checker in ON_ALERTS for claim, _ in self.findings):
                self._keep("alert-history", self.target.alert_history)
                self.expect(alerts_as_kept(since=self._began))
                # For `rules mutate`. Nothing is judged by it: without it a run is as good.
                self._keep("rule-inputs", self.target.rule_inputs)
            self._snapshot("after", self._settled_snapshot())
            self.expect(no_residue(self.name, self.target.may_remain(), since=self._began))

    def _keep(self, kind: str, read: Callable[[float], msgspec.Struct]) -> None:
        """Record as a fact of that kind what Prometheus has kept of the scenario's time, or that it did not answer."""
        try:
            kept = read(self.run.timeline.clock.now() - self._began)
        except TargetError as error:
            self.record("observer", kind, event="lost", why=str(error))
        else:
            self.run.timeline.record(kind, "prometheus", source="prometheus", **msgspec.to_builtins(kept))

    def _expect_of_builds(self) -> None:
        """What every scenario claims, whatever it broke, of the builds that it asked for."""
        asked = self.run.timeline.facts().of("job", since=self._began)
        if any(fact.data["event"] == "requested" for fact in asked):
            wait_s = self.run.timeline.clock.now() - self._began + _OUTSTANDING_S
            self.expect(builds_end_once(self.target.retry_policy, wait_s, since=self._began))
            self.expect(correlation_kept(since=self._began))
            self.expect(dead_letters(0, wait_s, since=self._began))

    def _snapshot(self, when: str, content: Snapshot) -> Snapshot:
        self.record("snapshot", self.name, when=when, content=content)
        return content

    def _settled_snapshot(self) -> Snapshot:
        """The first snapshot that is as it should be, or the last one when what was healed had time to be applied."""
        deadline = Deadline.after(self.run.timeline.clock, _APPLY_S)
        allowed = self.target.may_remain()
        expected = with_stored(self._before, self.run.timeline.facts(), self._began)
        return poll(
            self.target.snapshot,
            lambda after: not differences(expected, after, allowed),
            deadline,
            _LOOK_EVERY_S,
        )[0]

    def ended(self, outcome: str, reason: str = "") -> None:
        """Record how the steps ended: "completed", "skipped", "stuck", "stopped" (a gate, a signal) or "error"."""
        self.run.timeline.record("scenario", self.name, event="ended", outcome=outcome, reason=reason)

    @property
    def began(self) -> float:
        """When the scenario started, seconds since the epoch."""
        return self._began

    def record(self, kind: str, subject: str, **data: Any) -> Fact:
        """Append a fact; see harness.facts.timeline.Timeline.record."""
        return self.run.timeline.record(kind, subject, **data)

    def wait_until(self, look: Callable[[History], T | None], seconds: float, what: str) -> T | None:
        """Wait for a fact, `seconds` at most; None when it did not come."""
        with self.run.progress.waiting(what, seconds):
            return self.run.timeline.wait_until(look, Deadline.after(self.run.timeline.clock, seconds))

    def expect(self, expectation: Expectation) -> Finding:
        """Put a claim on the timeline, wait until it is decided or its time is over, and say what was found.

        A claim that does not hold does not end the scenario: what comes after it is still worth knowing.
        """
        claim = Claim(
            id=f"{self.name}#{len(self.findings) + 1}",
            scenario=self.name,
            text=expectation.text,
            checker=expectation.checker,
            params=dict(expectation.params),
            since=expectation.since,
            limit_s=expectation.limit_s,
            allowance=expectation.allowance,
            role=expectation.role,
        )
        self.record("claim", claim.id, **msgspec.to_builtins(claim))
        if expectation.wait_s > 0:
            deadline = Deadline(self.run.timeline.clock, expectation.since + expectation.wait_s)
            with self.run.progress.waiting(claim.text, deadline.remaining()):
                answer = self.run.timeline.wait_until(lambda facts: decide(claim, facts, closed=False), deadline)
            if answer is None:
                expectation.on_miss()
        end = self.record("claim-closed", claim.id)
        finding = decide(claim, self.run.timeline.facts()[: end.seq], closed=True)
        assert finding is not None
        self.findings.append((claim, finding))
        self.run.progress.found(claim, finding)
        return finding

    def inject(self, fault: str, **parameters: Any) -> Injection:
        """Inject a fault, to be healed when the scenario ends at the latest; from now on its control is watched.

        Raises:
            Unavailable: the fault cannot be had here; nothing was changed.
        """
        found = self.run.lookup(fault)
        injection = self._injections.enter_context(Injection(self.run, found, parameters))
        if fault not in self._first_injected:
            self._first_injected[fault] = injection.injected_at
            watch = ControlWatch(self.run.timeline, self.target, found)
            self._injections.callback(watch.stop)
            watch.start()
            self._watch_tripwire()
        return injection

    def _watch_tripwire(self) -> None:
        if self._tripwire is None:
            probes = [probe for probe in self.target.steady_state() if probe.stop]
            self._tripwire = Tripwire(self.run.timeline, probes, self.run.signals.stop)
            self._tripwire.start()

    def heal(self) -> None:
        """Take back every fault that was injected so far; a second time changes nothing."""
        self._injections.close()
