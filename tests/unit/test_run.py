"""Runs heal what they break and what others left, one at a time, and gates keep them from sick pipelines."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from harness.errors import HarnessError, NotOurs, TargetError
from harness.facts.timeline import read
from harness.faults.injection import Injection
from harness.faults.ledger import Ledger
from harness.judging.expectation import Expectation, fault_effective, job_ends
from harness.judging.judge import judge
from harness.judging.verdict import Verdict
from harness.probe import Observation, Probe
from harness.running.keeper import end
from harness.running.lock import Busy
from harness.running.run import Run
from harness.running.scenario import GateClosed, Scenario, Stuck
from harness.verbs import builds
from harness.verbs.gate import steady_state_gate
from harness.verbs.incident import apply_remedy, await_access, diagnose_build
from tests.unit.fakes import POLICY, FakeLeases, FakeTarget

FAULTS = ["iam-policy-removed", "role-annotation-wrong", "s3-object-missing"]


def events(run: Run, fault: str) -> list[str]:
    return [f.data["event"] for f in run.timeline.facts() if f.kind == "fault" and f.subject == fault]


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_lives_as_long_as_its_scene(running: Run, target: FakeTarget, fault: str) -> None:
    with Scenario(running, "a scenario", "a.feature") as scenario:
        injection = scenario.inject(fault, parser="p")
        assert injection.prove().accepted
        assert len(running.ledger.entries()) == 1
    assert target.parser_access("p").accepted
    assert running.ledger.entries() == []
    assert events(running, fault) == ["injecting", "injected", "effective", "healing", "healed"]


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt, SystemExit])
def test_it_is_healed_however_the_steps_end(running: Run, target: FakeTarget, error: type[BaseException]) -> None:
    def steps() -> None:
        with Scenario(running, "a scenario", "a.feature") as scenario:
            scenario.inject("iam-policy-removed", parser="p")
            raise error

    with pytest.raises(error):
        steps()
    assert target.identity.role_policy("prd", "S3Access") == POLICY
    assert running.ledger.entries() == []


class Half:
    """A fault that breaks something and then fails to go on."""

    name = "half"

    def available(self, _target: Any) -> str | None:
        return None

    def prepare(self, _target: Any, _parameters: Mapping[str, Any]) -> dict[str, Any]:
        return {}

    def inject(self, target: Any, _parameters: Mapping[str, Any], _undo: Mapping[str, Any]) -> None:
        target.parsers.delete("p")
        raise HarnessError("half done")

    def effective(self, _target: Any, _parameters: Mapping[str, Any], _undo: Mapping[str, Any]) -> Observation:
        raise AssertionError("never asked")

    def control(self, _target: Any) -> Observation:
        raise AssertionError("never asked")

    def heal(self, target: Any, _undo: Mapping[str, Any]) -> None:
        target.parsers.restore("p")


def test_an_inject_that_fails_half_way_is_healed(running: Run, target: FakeTarget) -> None:
    with pytest.raises(HarnessError, match="half done"), Injection(running, Half(), {}):
        pass
    assert target.parsers.exists("p")
    assert running.ledger.entries() == []


def test_a_run_begins_without_the_failed_jobs_of_others(new_run: Callable[[str], Run], target: FakeTarget) -> None:
    target.failed_jobs = ["build-parser-a-1"]
    with new_run("run") as run:
        assert target.failed_jobs == []
        assert [f.subject for f in run.timeline.facts() if f.kind == "tidied"] == ["build-parser-a-1"]


def test_the_next_run_heals_what_a_dead_one_left(new_run: Callable[[str], Run], target: FakeTarget) -> None:
    died = new_run("died")
    with died:
        Injection(died, died.lookup("iam-policy-removed"), {"parser": "p"}).__enter__()
    assert target.identity.role_policy("prd", "S3Access") is None
    with new_run("next") as following:
        assert target.identity.role_policy("prd", "S3Access") == POLICY
        assert [f.subject for f in following.timeline.facts() if f.kind == "leftover"] == ["iam-policy-removed"]
        assert following.ledger.entries() == []


def test_a_fault_of_a_removed_cluster_is_struck_out(new_run: Callable[[str], Run], target: FakeTarget) -> None:
    died = new_run("died")
    with died:
        Injection(died, died.lookup("s3-object-missing"), {"parser": "p"}).__enter__()
    target.incarnation = "second"
    target.parsers.versions.clear()
    with new_run("next") as following:
        assert following.ledger.entries() == []


def test_the_ledger_comes_before_the_change(running: Run, target: FakeTarget, monkeypatch: pytest.MonkeyPatch) -> None:
    known: list[int] = []
    delete = target.identity.delete_role_policy

    def watched(role: str, policy: str) -> None:
        known.append(len(running.ledger.entries()))
        delete(role, policy)

    monkeypatch.setattr(target.identity, "delete_role_policy", watched)
    with Scenario(running, "a scenario", "a.feature") as scenario:
        scenario.inject("iam-policy-removed", parser="p")
    assert known == [1]


def test_an_unreadable_entry_is_named(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text("{")
    with pytest.raises(HarnessError, match=r"x\.json cannot be read"):
        Ledger(tmp_path, FakeLeases()).entries()


def test_a_second_run_is_told_who_has_the_cluster(new_run: Callable[[str], Run]) -> None:
    with (
        new_run("first"),
        pytest.raises(Busy, match=rf"run first, process {os.getpid()}"),
        new_run("second"),
    ):
        pass


def test_a_run_that_cannot_begin_says_why(
    new_run: Callable[[str], Run], target: FakeTarget, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse() -> None:
        raise NotOurs("production")

    monkeypatch.setattr(target, "guard", refuse)
    run = new_run("run")
    with pytest.raises(NotOurs), run:
        pass
    report = judge(list(read(run.timeline.path)), "run")
    assert report.verdict is Verdict.HARNESS_ERROR
    assert "NotOurs: production" in report.reason


def test_a_signal_during_healing_waits_for_its_end(running: Run, target: FakeTarget) -> None:
    running.signals.install()
    try:
        restore = target.identity.put_role_policy

        def slowly(role: str, policy: str, document: str) -> None:
            os.kill(os.getpid(), signal.SIGTERM)
            restore(role, policy, document)

        target.identity.put_role_policy = slowly  # type: ignore[method-assign]
        with pytest.raises(KeyboardInterrupt), Scenario(running, "a scenario", "a.feature") as scenario:
            scenario.inject("iam-policy-removed", parser="p")
        assert target.identity.role_policy("prd", "S3Access") == POLICY
        assert running.ledger.entries() == []
        assert running.signals.received == "SIGTERM"
    finally:
        running.signals.restore()


def test_a_signal_during_injecting_waits_for_its_end(running: Run, target: FakeTarget) -> None:
    running.signals.install()
    try:
        delete = target.identity.delete_role_policy

        def slowly(role: str, policy: str) -> None:
            os.kill(os.getpid(), signal.SIGTERM)
            delete(role, policy)

        target.identity.delete_role_policy = slowly  # type: ignore[method-assign]
        with pytest.raises(KeyboardInterrupt), Scenario(running, "a scenario", "a.feature") as scenario:
            scenario.inject("iam-policy-removed", parser="p")
        assert target.identity.writes == 2, "deleted, and put back: the request was not cut off"
        assert target.identity.role_policy("prd", "S3Access") == POLICY
        assert running.ledger.entries() == []
    finally:
        running.signals.restore()


def test_two_signals_during_healing_still_stop_the_run(running: Run, target: FakeTarget) -> None:
    running.signals.install()
    try:
        restore = target.identity.put_role_policy

        def slowly(role: str, policy: str, document: str) -> None:
            os.kill(os.getpid(), signal.SIGINT)
            os.kill(os.getpid(), signal.SIGTERM)
            restore(role, policy, document)

        target.identity.put_role_policy = slowly  # type: ignore[method-assign]
        with pytest.raises(KeyboardInterrupt), Scenario(running, "a scenario", "a.feature") as scenario:
            scenario.inject("iam-policy-removed", parser="p")
        assert running.ledger.entries() == []
    finally:
        running.signals.restore()


def left_with(run: Run, error: BaseException, monkeypatch: pytest.MonkeyPatch) -> None:
    """A scenario that held until then, and which `error` comes to while it is left."""
    scenario = Scenario(run, "a scenario", "a.feature").__enter__()
    scenario.record("job", "c", event="started", job="j")
    scenario.record("job", "c", event="failed", job="j")
    scenario.expect(job_ends("c", "failed", 30.0, budget_name="job-fails", since=scenario.began))

    def broken() -> Mapping[str, str]:
        raise error

    monkeypatch.setattr(scenario.target, "snapshot", broken)
    with pytest.raises(type(error)):
        end(scenario, None)


@pytest.mark.parametrize(
    ("error", "verdict", "reason"),
    [
        (KeyboardInterrupt("SIGTERM"), Verdict.ABORTED, "stopped by SIGTERM"),
        (KeyError("role"), Verdict.HARNESS_ERROR, "leaving the scenario failed: KeyError: 'role'"),
        (TargetError("no answer"), Verdict.HARNESS_ERROR, "leaving the scenario failed: no answer"),
    ],
)
def test_a_scenario_that_is_not_left_whole_is_no_pass(
    new_run: Callable[[str], Run],
    monkeypatch: pytest.MonkeyPatch,
    error: BaseException,
    verdict: Verdict,
    reason: str,
) -> None:
    with new_run("run") as run:
        left_with(run, error, monkeypatch)
    report = judge(list(read(run.timeline.path)), "run")
    assert report.verdict is verdict
    assert reason in f"{report.reason} {report.scenarios[0].reason}"


def test_a_heal_that_fails_once_is_done_again_and_told(running: Run, target: FakeTarget) -> None:
    restore, calls = target.identity.put_role_policy, []

    def once(role: str, policy: str, document: str) -> None:
        calls.append(policy)
        if len(calls) == 1:
            raise TargetError("timed out")
        restore(role, policy, document)

    target.identity.put_role_policy = once  # type: ignore[method-assign]
    with Scenario(running, "a scenario", "a.feature") as scenario:
        scenario.inject("iam-policy-removed", parser="p")
    assert target.identity.role_policy("prd", "S3Access") == POLICY
    assert events(running, "iam-policy-removed")[-3:] == ["healing", "not-healed", "healed"]
    assert running.ledger.entries() == []


def test_one_that_cannot_be_healed_stays_in_the_ledger(running: Run, target: FakeTarget) -> None:
    def never(role: str, policy: str, document: str) -> None:
        raise TargetError(f"timed out: {role} {policy} {document}")

    target.identity.put_role_policy = never  # type: ignore[method-assign]
    with pytest.raises(TargetError), Scenario(running, "a scenario", "a.feature") as scenario:
        scenario.inject("iam-policy-removed", parser="p")
    assert [entry.fault for entry in running.ledger.entries()] == ["iam-policy-removed"]


def test_what_somebody_else_has_healed_is_told(running: Run, target: FakeTarget) -> None:
    with Scenario(running, "a scenario", "a.feature") as scenario:
        scenario.inject("iam-policy-removed", parser="p")
        target.leases.kept.clear()
    assert events(running, "iam-policy-removed")[-2:] == ["expired", "healed"]
    held = [finding for claim, finding in scenario.findings if claim.checker == "fault-held"]
    assert [finding.verdict for finding in held] == [Verdict.INCONCLUSIVE]


def test_a_target_that_does_not_answer_has_not_shown_the_fault(
    running: Run, target: FakeTarget, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, access = [], target.parser_access

    def late_once(parser: str) -> Observation:
        asked.append(parser)
        if len(asked) == 1:
            raise TargetError("timed out")
        return access(parser)

    with Scenario(running, "a scenario", "a.feature") as scenario:
        injection = scenario.inject("iam-policy-removed", parser="p")
        monkeypatch.setattr(target, "parser_access", late_once)
        assert injection.prove().accepted
    assert len(asked) >= 2


def test_evidence_is_collected_at_the_end(new_run: Callable[[str], Run]) -> None:
    with new_run("run") as run:
        assert not (run.folder / "collected").exists()
    assert (run.folder / "collected").exists()


def test_a_fault_without_effect_is_inconclusive(new_run: Callable[[str], Run]) -> None:
    with new_run("run") as run, Scenario(run, "a scenario", "a.feature") as scenario:
        injection = scenario.inject("noop")
        scenario.record("fault", "noop", event="not-effective", detail="noop breaks nothing")
        scenario.expect(fault_effective("noop", 30.0, since=injection.injected_at))
        scenario.ended("completed")
    report = judge(list(read(run.timeline.path)), "run")
    assert report.verdict is Verdict.INCONCLUSIVE
    assert "noop breaks nothing" in report.scenarios[0].reason


def test_each_injection_of_one_fault_has_its_own_end(new_run: Callable[[str], Run]) -> None:
    with new_run("run") as run:
        with Scenario(run, "a scenario", "a.feature") as scenario:
            for _ in range(3):
                scenario.inject("parser-invalid", parser="p").prove()
        scenario.ended("completed")
    (told,) = judge(list(read(run.timeline.path)), "run").scenarios
    times = [(fault.injected_at, fault.effective_at, fault.healed_at) for fault in told.faults]
    assert len(times) == 3
    assert all(at is not None for fault in times for at in fault)
    assert [fault[2] for fault in times] == sorted((fault[2] for fault in times), reverse=True)  # type: ignore[type-var]


def test_judging_again_finds_the_same(new_run: Callable[[str], Run]) -> None:
    with new_run("run") as run, Scenario(run, "a scenario", "a.feature") as scenario:
        correlation = builds.request(scenario, "p")
        scenario.record("job", correlation, event="started", job="j")
        scenario.record("job", correlation, event="failed", job="j")
        since = builds.requested_at(scenario, correlation)
        scenario.expect(job_ends(correlation, "failed", 30.0, budget_name="job-fails", since=since))
        late = Expectation(
            text="closed before it came", checker="log-says", since=since,
            params={"correlation_id": correlation, "container": "kaniko", "pattern": "x"},
        )  # fmt: skip
        scenario.expect(late)
        scenario.record("log", correlation, container="kaniko", line="x", job="j")
        scenario.ended("completed")
    report = judge(list(read(run.timeline.path)), "run")
    live = [finding.verdict for _, finding in scenario.findings]
    assert live[:2] == [Verdict.PASS, Verdict.INCONCLUSIVE]
    assert [claim.verdict for claim in report.scenarios[0].claims] == live


def test_a_timeline_cut_short_is_never_a_pass(new_run: Callable[[str], Run]) -> None:
    with new_run("run") as run, Scenario(run, "a scenario", "a.feature") as scenario:
        scenario.record("job", "c", event="started", job="j")
        scenario.record("job", "c", event="failed", job="j")
        scenario.expect(job_ends("c", "failed", 30.0, budget_name="job-fails", since=scenario.began))
        scenario.ended("completed")
    facts = list(read(run.timeline.path))
    assert judge(facts, "run").verdict is Verdict.PASS
    for length in range(len(facts)):
        assert judge(facts[:length], "run").verdict is not Verdict.PASS


def test_the_gate_names_what_is_wrong_and_stops(scene: Scenario, target: FakeTarget, monkeypatch: Any) -> None:
    monkeypatch.setattr("harness.verbs.gate._SETTLE_S", 0.01)
    monkeypatch.setattr("harness.verbs.gate._CANARY_S", 0.01)
    target.probes = [Probe("queues", lambda: Observation(None, False, "45 messages wait"))]
    with pytest.raises(GateClosed, match="45 messages wait"):
        steady_state_gate(scene)


def test_a_broken_promise_fails_before_anything_is_broken(
    new_run: Callable[[str], Run], target: FakeTarget, monkeypatch: Any
) -> None:
    monkeypatch.setattr("harness.verbs.gate._SETTLE_S", 0.01)
    firing = Observation(["High firing"], False, "High firing")
    target.probes = [Probe("no alert fires", lambda: firing, promised=True)]
    with new_run("run") as run, Scenario(run, "a scenario", "a.feature") as scenario:

        def succeed(_parser: str, correlation: str) -> None:
            scenario.record("job", correlation, event="succeeded", job="build-parser-canary-1")
            scenario.record("build", correlation, event="settled", outcome="succeeded", attempts=1, job="j")

        monkeypatch.setattr(target, "trigger_build", succeed)
        with pytest.raises(Stuck, match="High firing"):
            steady_state_gate(scenario)
        scenario.ended("stuck", "High firing")
    report = judge(list(read(run.timeline.path)), "run")
    assert report.verdict is Verdict.FAIL


def test_the_canary_says_why_it_failed(scene: Scenario, target: FakeTarget, monkeypatch: Any) -> None:
    target.identity.policies.clear()

    def fail(_parser: str, correlation: str) -> None:
        scene.record("job", correlation, event="failed", job="build-parser-canary-1")

    monkeypatch.setattr(target, "trigger_build", fail)
    with pytest.raises(GateClosed, match="iam-policy-removed: arn:aws:iam::1:role/prd has no policy S3Access"):
        steady_state_gate(scene)


@pytest.mark.parametrize("fault", FAULTS)
def test_the_responder_mends_what_it_found(scene: Scenario, target: FakeTarget, fault: str) -> None:
    scene.inject(fault, parser="p")
    scene.record("job", "c", event="failed", job="j")
    remedy = diagnose_build(scene, "p", "c")
    apply_remedy(scene, "p", "c")
    await_access(scene, remedy, "p", 1.0)
    acts = [f.data["event"] for f in scene.run.timeline.facts() if f.kind == "act"]
    assert acts == ["begun", "done", "in-effect"]
    assert target.parser_access("p").accepted


def test_without_a_remedy_the_responder_does_nothing(scene: Scenario, target: FakeTarget) -> None:
    assert diagnose_build(scene, "p", "c") == ""
    apply_remedy(scene, "p", "c")
    assert target.identity.writes == 0
    assert [f.data["event"] for f in scene.run.timeline.facts() if f.kind == "act"] == ["refused"]
