"""Whole experiments, played by chaostoolkit on a fake target: what they do, and how they end when all goes wrong."""

from __future__ import annotations

import json
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from chaoslib.experiment import run_experiment

from chaos import session
from chaos.experiments import FAULTS, experiments
from harness.errors import NotOurs, TargetError, UsageError
from harness.probe import Observation, Probe
from harness.running.lock import RunLock
from tests.unit.fakes import POLICY, FakeTarget

OF_FAULTS = {path.stem: found for path, found in experiments(FAULTS).items()}
STOP_LIMIT_S = 2.0

Journal = dict[str, Any]
Play = Callable[[dict[str, Any]], Journal]


@pytest.fixture(autouse=True)
def _handlers_are_given_back() -> Iterator[None]:
    """Whatever they were: a job that a shell has put into the background begins with SIGINT ignored."""
    before = {each: signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)}
    yield
    assert {each: signal.getsignal(each) for each in before} == before


@pytest.fixture
def play(tmp_path: Path, target: FakeTarget, monkeypatch: pytest.MonkeyPatch) -> Play:
    """Plays an experiment as `chaos run` does."""
    (tmp_path / "clusters").mkdir()
    (tmp_path / "features").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("harness.running.keeper.target_for", lambda _profile, _root: target)
    monkeypatch.setattr("harness.running.run.RunLock", lambda name: RunLock(name, tmp_path / "lock"))
    monkeypatch.setattr("harness.verbs.gate._SETTLE_S", 0.01)
    monkeypatch.setattr("harness.verbs.gate._CANARY_S", 0.5)
    monkeypatch.setattr("harness.faults.injection.EFFECT_LIMIT_S", 0.05)
    monkeypatch.setattr("harness.judging.expectation._JOB_START_S", 0.5)
    monkeypatch.setattr(target, "trigger_build", _build)
    settings = {"runtime": {"rollbacks": {"strategy": "always"}}}
    return lambda experiment: dict(run_experiment(deepcopy(experiment), settings=settings))


def _build(parser: str, correlation: str) -> None:
    for event in ("created", "started", "succeeded"):
        session.story().scenario.record(
            "job", correlation, event=event, job=f"job-{parser}", parser=parser, attempt="1"
        )
    session.story().scenario.record(
        "build", correlation, event="settled", outcome="succeeded", attempts=1, category="", job=f"job-{parser}"
    )


def with_method(*method: dict[str, Any]) -> dict[str, Any]:
    """An experiment with another method."""
    return {**OF_FAULTS["iam-policy-removed"], "method": list(method)}


def step(module: str, func: str, pauses: dict[str, float] | None = None, **arguments: Any) -> dict[str, Any]:
    provider = {"type": "python", "module": f"chaos.{module}", "func": func, "arguments": arguments}
    kind = module.removesuffix("s")
    return {"type": kind, "name": f"{func} {arguments}", "provider": provider, "pauses": pauses or {}}


STORE = step("actions", "store_parser", parser="p")
INJECT = step("actions", "inject", fault="iam-policy-removed")
BUILD = step("actions", "build_parser")
LATER = step("actions", "store_parser", parser="later")


def kept(journal: Journal, file: str) -> Any:
    return json.loads((Path("reports") / journal["chaos-harness"]["run"] / file).read_text())


def facts(journal: Journal, kind: str) -> list[dict[str, Any]]:
    path = Path("reports") / journal["chaos-harness"]["run"] / "timeline.jsonl"
    return [fact for fact in map(json.loads, path.read_text().splitlines()) if fact["kind"] == kind]


def is_healed(target: FakeTarget) -> bool:
    left = list(Path(".state/ledger").glob("*"))
    return target.identity.role_policy("prd", "S3Access") == POLICY and not target.leases.kept and not left


@pytest.mark.parametrize("fault", ["iam-policy-removed", "s3-denied", "registry-slow", "parser-invalid"])
def test_an_experiment_passes_and_its_journal_is_kept(play: Play, fault: str) -> None:
    experiment = deepcopy(OF_FAULTS[fault])
    for activity in experiment["method"]:
        activity["pauses"] = {"before": 0.2} if "pauses" in activity else {}
    journal = play(experiment)
    assert (journal["status"], journal["deviated"]) == ("completed", False)
    assert journal["chaos-harness"]["verdict"] == "PASS", journal["chaos-harness"]
    assert kept(journal, "report.json")["verdict"] == "PASS"
    assert kept(journal, "journal.json")["status"] == "completed"
    claimed = {claim["text"]: claim["role"] for claim in kept(journal, "report.json")["scenarios"][0]["claims"]}
    assert claimed[f"{fault} acts"] == claimed[f"{fault} stays, and hits nothing else"] == "assumption"
    assert claimed["the pipeline is in steady state again"] == claimed["nothing is left behind"] == "claim"


def test_noop_can_never_pass(play: Play) -> None:
    journal = play(OF_FAULTS["noop"])
    assert journal["status"] == "failed"
    assert journal["chaos-harness"]["verdict"] == "INCONCLUSIVE"
    assert "noop breaks nothing" in journal["chaos-harness"]["reason"]


def test_what_is_left_behind_fails_the_experiment(play: Play, target: FakeTarget) -> None:
    snapshots: Iterator[dict[str, str]] = iter([{}])
    target.snapshot = lambda: next(snapshots, {"a stray rule": "x"})  # type: ignore[method-assign]
    journal = play(with_method(STORE, INJECT, step("actions", "heal", {"before": 0.2})))
    assert (journal["status"], journal["deviated"]) == ("failed", True)
    assert journal["chaos-harness"]["verdict"] == "FAIL"
    assert "a stray rule" in journal["chaos-harness"]["reason"]


def test_a_pipeline_that_stays_sick_deviates(play: Play, target: FakeTarget) -> None:
    well = iter([True])
    target.probes = [Probe("queues", lambda: Observation(None, next(well, False), "45 messages wait"))]
    journal = play(with_method(STORE, INJECT, step("actions", "heal", {"before": 0.2})))
    assert (journal["status"], journal["deviated"]) == ("failed", True)
    assert "45 messages wait" in journal["chaos-harness"]["reason"]
    assert is_healed(target)


def test_the_gate_keeps_from_a_sick_pipeline(play: Play, target: FakeTarget) -> None:
    target.probes = [Probe("queues", lambda: Observation(None, False, "45 messages wait"))]
    journal = play(with_method(STORE, INJECT))
    assert journal["status"] == "interrupted"
    assert journal["chaos-harness"]["verdict"] == "ABORTED"
    assert "45 messages wait" in journal["chaos-harness"]["reason"]
    assert facts(journal, "fault") == []


def test_an_action_that_raises_ends_the_method(play: Play, target: FakeTarget, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(parser: str, correlation: str) -> None:
        if parser == "p":
            raise TargetError("the broker is away")
        _build(parser, correlation)

    monkeypatch.setattr(target, "trigger_build", refuse)
    journal = play(with_method(STORE, INJECT, BUILD, LATER))
    assert journal["status"] == "failed"
    assert journal["chaos-harness"]["verdict"] == "HARNESS_ERROR"
    assert "the broker is away" in journal["chaos-harness"]["reason"]
    assert not target.parsers.exists("later")
    assert is_healed(target)


def test_a_foreign_activity_that_fails_ends_the_method(play: Play, target: FakeTarget) -> None:
    provider = {"type": "python", "module": "shutil", "func": "rmtree", "arguments": {"path": "no such folder"}}
    foreign = {"type": "action", "name": "foreign", "provider": provider}
    journal = play(with_method(STORE, INJECT, foreign, LATER))
    assert journal["chaos-harness"]["verdict"] == "HARNESS_ERROR"
    assert "activity 'foreign' failed" in journal["chaos-harness"]["reason"]
    assert not target.parsers.exists("later")
    assert is_healed(target)


def test_a_build_that_never_ends_is_stuck(play: Play, target: FakeTarget, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(target, "trigger_build", lambda parser, c: _build(parser, c) if parser == "canary" else None)
    journal = play(with_method(STORE, INJECT, BUILD, step("probes", "job_fails", limit_s=0.1), LATER))
    assert journal["status"] == "failed"
    assert "never ended" in journal["chaos-harness"]["reason"] + str(journal["run"][-1]["exception"])
    assert facts(journal, "scenario")[-1]["data"]["outcome"] == "stuck"
    assert not target.parsers.exists("later")


def test_an_unavailable_fault_is_skipped_and_is_no_pass(
    play: Play, target: FakeTarget, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chaos.faults.iam_policy_removed.FAULT.available", lambda _target: "no such service here")
    journal = play(with_method(STORE, INJECT, LATER))
    assert journal["status"] == "failed"
    assert facts(journal, "scenario")[-1]["data"]["outcome"] == "skipped"
    assert "no such service here" in str(kept(journal, "report.json"))
    assert not target.parsers.exists("later")


def test_a_target_that_is_not_ours_is_left_alone(
    play: Play, target: FakeTarget, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse() -> None:
        raise NotOurs("production")

    monkeypatch.setattr(target, "guard", refuse)
    journal = play(with_method(STORE, INJECT))
    assert journal["status"] == "failed"
    assert journal["run"] == []
    assert "NotOurs: production" in journal["chaos-harness"]["reason"]
    assert target.parsers.writes == 0


def test_a_fault_of_ours_while_the_run_is_opened_is_no_verdict_on_the_pipeline(
    play: Play, target: FakeTarget, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(target, "guard", lambda: dict[str, None]()["missing"])
    journal = play(with_method(STORE, INJECT))
    assert journal["status"] == "failed"
    assert journal["chaos-harness"]["verdict"] == "HARNESS_ERROR"
    assert "KeyError: 'missing'" in journal["chaos-harness"]["reason"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_during_an_action(
    play: Play, target: FakeTarget, monkeypatch: pytest.MonkeyPatch, number: signal.Signals
) -> None:
    def interrupted(parser: str, correlation: str) -> None:
        if parser == "p":
            os.kill(os.getpid(), number)
        _build(parser, correlation)

    monkeypatch.setattr(target, "trigger_build", interrupted)
    journal = play(with_method(STORE, INJECT, BUILD, LATER))
    assert_stopped(journal, target, number.name)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("pause", ["before", "after"])
def test_a_signal_during_a_pause(play: Play, target: FakeTarget, number: signal.Signals, pause: str) -> None:
    paused = {**BUILD, "pauses": {pause: 30}}
    killer = threading.Timer(1.0, os.kill, (os.getpid(), number))
    killer.start()
    begun = time.monotonic()
    journal = play(with_method(STORE, INJECT, paused, LATER))
    assert time.monotonic() - begun < 1.0 + STOP_LIMIT_S
    assert_stopped(journal, target, number.name)


def test_an_activity_that_a_signal_has_ended_is_not_paused_after(
    play: Play, target: FakeTarget, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(parser: str, correlation: str) -> None:
        if parser == "p":
            os.kill(os.getpid(), signal.SIGTERM)
        _build(parser, correlation)

    monkeypatch.setattr(target, "trigger_build", interrupted)
    begun = time.monotonic()
    journal = play(with_method(STORE, INJECT, {**BUILD, "pauses": {"after": 30}}, LATER))
    assert time.monotonic() - begun < STOP_LIMIT_S
    assert_stopped(journal, target, "SIGTERM")


def test_a_signal_while_a_wait_lasts(play: Play, target: FakeTarget, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harness.judging.expectation._JOB_START_S", 30.0)
    monkeypatch.setattr(target, "trigger_build", lambda parser, c: _build(parser, c) if parser == "canary" else None)
    threading.Timer(1.0, os.kill, (os.getpid(), signal.SIGTERM)).start()
    begun = time.monotonic()
    journal = play(with_method(STORE, INJECT, step("probes", "builds_again", limit_s=30), LATER))
    assert time.monotonic() - begun < 1.0 + STOP_LIMIT_S
    assert_stopped(journal, target, "SIGTERM")


def test_a_signal_during_the_healing_waits_for_its_end(
    play: Play, target: FakeTarget, monkeypatch: pytest.MonkeyPatch
) -> None:
    restore = target.identity.put_role_policy

    def interrupted(role: str, policy: str, document: str) -> None:
        os.kill(os.getpid(), signal.SIGTERM)
        restore(role, policy, document)

    monkeypatch.setattr(target.identity, "put_role_policy", interrupted)
    journal = play(with_method(STORE, INJECT, step("actions", "heal"), LATER))
    assert_stopped(journal, target, "SIGTERM")


def test_a_second_signal_does_not_cut_the_rollback(
    play: Play, target: FakeTarget, monkeypatch: pytest.MonkeyPatch
) -> None:
    def twice(*_unused: str) -> None:
        os.kill(os.getpid(), signal.SIGINT)

    restore = target.identity.put_role_policy

    def interrupted(role: str, policy: str, document: str) -> None:
        os.kill(os.getpid(), signal.SIGINT)
        restore(role, policy, document)

    monkeypatch.setattr(target.identity, "put_role_policy", interrupted)
    monkeypatch.setattr(target, "trigger_build", lambda parser, c: _build(parser, c) if parser == "canary" else twice())
    journal = play(with_method(STORE, INJECT, BUILD, LATER))
    assert_stopped(journal, target, "SIGINT")


def test_a_signal_before_the_run_is_open(play: Play, target: FakeTarget, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(target, "guard", lambda: os.kill(os.getpid(), signal.SIGTERM))
    journal = play(with_method(STORE, INJECT, LATER))
    assert journal["run"] == []
    assert_stopped(journal, target, "SIGTERM")


def test_without_the_control_activities_say_what_is_missing(play: Play, target: FakeTarget) -> None:
    journal = play({**with_method(STORE), "controls": []})
    assert "declare the control chaos.control" in journal["steady_states"]["before"]["probes"][0]["exception"][-1]
    assert target.parsers.writes == 0
    with pytest.raises(UsageError, match="no run is open"):
        session.story()


def assert_stopped(journal: Journal, target: FakeTarget, name: str) -> None:
    """The fault was healed, what came later was not played, the verdict is ABORTED."""
    assert is_healed(target)
    assert not target.parsers.exists("later")
    assert (journal["status"], journal["chaos-harness"]["verdict"]) == ("interrupted", "ABORTED")
    assert f"stopped by {name}" in journal["chaos-harness"]["reason"]
    assert session.running() is None


def test_a_probe_that_must_never_fail_stops_it(play: Play, target: FakeTarget) -> None:
    def look() -> Observation:
        there = target.identity.role_policy("prd", "S3Access") is not None
        return Observation(there, there, "there" if there else "gone")

    target.probes = [Probe("the policy is there", look, stop=True)]
    begun = time.monotonic()
    journal = play(with_method(STORE, INJECT, {**BUILD, "pauses": {"before": 30}}, LATER))
    assert time.monotonic() - begun < STOP_LIMIT_S
    assert_stopped(journal, target, "the policy is there: gone")
    assert [fact["subject"] for fact in facts(journal, "tripped")] == ["the policy is there"]
