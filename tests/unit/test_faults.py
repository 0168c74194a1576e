"""Every fault: its name is its file's, it acts, it heals, and healing twice or after somebody else changes nothing."""

from __future__ import annotations

import json

import pytest

from chaos.faults import lookup, names
from chaos.invalid_parsers import FORMS, invalid_parser
from harness.errors import FaultError, UsageError
from harness.parser_archive import parser_problem, sample_parser
from harness.target import Pressed
from tests.unit.fakes import RIGHT, FakeTarget

PARAMETERS = {"parser": "p", "builds": 15, "workload": "rabbitmq"}
ACTING = [name for name in names() if name != "noop"]
LASTING = [name for name in ACTING if name != "pod-kill"]
"""A process that was killed stays gone."""


@pytest.mark.parametrize("name", names())
def test_the_name_is_the_files(name: str) -> None:
    assert lookup(name).name == name


@pytest.mark.parametrize("name", names())
def test_what_heals_fits_into_the_ledger(name: str, target: FakeTarget) -> None:
    undo = lookup(name).prepare(target, PARAMETERS)
    assert json.loads(json.dumps(undo)) == undo


@pytest.mark.parametrize("name", ACTING)
def test_it_acts_and_heals(name: str, target: FakeTarget) -> None:
    fault = lookup(name)
    assert fault.available(target) is None
    assert fault.control(target).accepted
    undo = fault.prepare(target, PARAMETERS)
    assert not fault.effective(target, PARAMETERS, undo).accepted, "preparing must not break anything"
    fault.inject(target, PARAMETERS, undo)
    assert fault.effective(target, PARAMETERS, undo).accepted
    assert fault.control(target).accepted, "the control must lie outside the blast radius"
    fault.heal(target, undo)
    assert target.parser_access("p").accepted
    assert target.queue_access().accepted
    assert target.workloads.watched == set()
    assert fault.effective(target, PARAMETERS, undo).accepted is (name not in LASTING)


@pytest.mark.parametrize("name", names())
def test_healing_what_is_well_changes_nothing(name: str, target: FakeTarget) -> None:
    fault = lookup(name)
    undo = fault.prepare(target, PARAMETERS)
    fault.heal(target, undo)
    fault.heal(target, undo)
    assert target.identity.writes == 0
    assert target.desired.commits == []
    assert target.parsers.writes == 0
    assert target.proxy.writes == 0
    assert target.workloads.writes == 0
    assert target.desired.role == RIGHT


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_invalid_parser_is_invalid(form: str, target: FakeTarget) -> None:
    fault, parameters = lookup("parser-invalid"), {"parser": "p", "form": form}
    undo = fault.prepare(target, parameters)
    fault.inject(target, parameters, undo)
    assert fault.effective(target, parameters, undo).accepted


@pytest.mark.parametrize("form", FORMS)
def test_what_heals_an_invalid_parser_is_small(form: str, target: FakeTarget) -> None:
    undo = lookup("parser-invalid").prepare(target, {"parser": "p", "form": form})
    assert len(json.dumps(undo)) < 200


def test_a_parser_that_is_too_big_is_small_to_upload() -> None:
    archive = invalid_parser("too big", 64 << 20)
    assert len(archive) < 1 << 20
    assert parser_problem(archive, 64 << 20).startswith("too big")
    assert not parser_problem(sample_parser(), 64 << 20)
    assert parser_problem(sample_parser(), 64).startswith("too big")


def test_sts_is_down_for_whatever_parser_is_asked_for(target: FakeTarget) -> None:
    fault = lookup("sts-down")
    undo = fault.prepare(target, {})
    fault.inject(target, {}, undo)
    assert fault.effective(target, {}, undo).accepted


def test_a_mended_parser_is_left_as_it_is(target: FakeTarget) -> None:
    fault, parameters = lookup("parser-invalid"), {"parser": "p"}
    undo = fault.prepare(target, parameters)
    fault.inject(target, parameters, undo)
    mended = sample_parser("print('mended')\n")
    target.parsers.put("p", mended)
    fault.heal(target, undo)
    assert target.parsers.get("p") == mended


def test_an_invalid_parser_that_was_deleted_comes_back_as_it_was(target: FakeTarget) -> None:
    fault, parameters = lookup("parser-invalid"), {"parser": "p"}
    undo = fault.prepare(target, parameters)
    fault.inject(target, parameters, undo)
    target.parsers.delete("p")
    fault.heal(target, undo)
    assert target.parsers.get("p") == sample_parser()


def test_a_kill_acts_when_the_process_is_gone(target: FakeTarget, monkeypatch: pytest.MonkeyPatch) -> None:
    fault = lookup("pod-kill")
    undo = fault.prepare(target, {"workload": "builder"})
    monkeypatch.setattr(target.workloads, "kill", lambda _processes: None)
    fault.inject(target, {"workload": "builder"}, undo)
    seen = fault.effective(target, {"workload": "builder"}, undo)
    assert not seen.accepted
    assert "builder-0 still runs" in seen.detail


def test_a_broker_that_still_winds_up_is_not_down(target: FakeTarget, monkeypatch: pytest.MonkeyPatch) -> None:
    fault = lookup("queue-down")
    undo = fault.prepare(target, {})
    fault.inject(target, {}, undo)
    monkeypatch.setattr(target.workloads, "alive", list)
    assert not fault.effective(target, {}, undo).accepted


def test_a_broker_that_somebody_else_brought_back_is_left_as_it_is(target: FakeTarget) -> None:
    fault = lookup("queue-down")
    undo = fault.prepare(target, {})
    fault.inject(target, {}, undo)
    target.workloads.scale("rabbitmq", 3)
    fault.heal(target, undo)
    assert target.workloads.replicas("rabbitmq") == 3


def test_a_broker_that_is_down_already_cannot_be_taken_down(target: FakeTarget) -> None:
    target.workloads.scale("rabbitmq", 0)
    with pytest.raises(FaultError, match="down already"):
        lookup("queue-down").prepare(target, {})


def test_no_pressure_where_the_kernel_does_not_tell(target: FakeTarget) -> None:
    target.node.tells = False
    assert "does not tell of pressure" in str(lookup("node-pressure").available(target))


@pytest.mark.parametrize(
    ("waited", "taken", "acts"), [(0.96, 0.9, True), (0.9, 0.12, True), (0.9, 0.05, False), (0.4, 0.9, False)]
)
def test_pressure_takes_processors_and_makes_others_wait(
    target: FakeTarget, waited: float, taken: float, acts: bool
) -> None:
    fault = lookup("node-pressure")
    target.node.pressed = Pressed(waited=waited, taken=taken, seconds=2.0)
    undo = fault.prepare(target, {})
    assert not fault.effective(target, {}, undo).accepted
    fault.inject(target, {}, undo)
    seen = fault.effective(target, {}, undo)
    assert seen.accepted is acts
    assert f"took {taken:.0%} of the processors, and somebody waited {waited:.0%} of the time" in seen.detail


def test_an_unknown_form_is_refused(target: FakeTarget) -> None:
    with pytest.raises(UsageError, match="hostile path"):
        lookup("parser-invalid").prepare(target, {"parser": "p", "form": "ugly"})


def test_noop_is_never_effective(target: FakeTarget) -> None:
    noop = lookup("noop")
    noop.inject(target, {}, noop.prepare(target, {}))
    assert not noop.effective(target, {}, {}).accepted


def test_what_is_gone_already_cannot_be_broken(target: FakeTarget) -> None:
    target.identity.policies.clear()
    with pytest.raises(FaultError, match="no policy S3Access"):
        lookup("iam-policy-removed").prepare(target, PARAMETERS)


def test_an_unknown_fault_is_named_with_those_there_are() -> None:
    with pytest.raises(UsageError, match="noop"):
        lookup("earthquake")
