"""Every fault: its name is its file's, it acts, it heals, and healing twice or after somebody else changes nothing."""

from __future__ import annotations

import json

import pytest

from chaos.faults import lookup, names
from chaos.invalid_parsers import FORMS
from harness.errors import FaultError, UsageError
from tests.unit.fakes import RIGHT, FakeTarget

PARAMETERS = {"parser": "p", "builds": 15}
ACTING = [name for name in names() if name != "noop"]


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
    assert not fault.effective(target, PARAMETERS).accepted
    undo = fault.prepare(target, PARAMETERS)
    assert not fault.effective(target, PARAMETERS).accepted, "preparing must not break anything"
    fault.inject(target, PARAMETERS, undo)
    assert fault.effective(target, PARAMETERS).accepted
    fault.heal(target, undo)
    assert target.parser_access("p").accepted
    assert not fault.effective(target, PARAMETERS).accepted


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
    assert target.desired.role == RIGHT


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_invalid_parser_is_invalid(form: str, target: FakeTarget) -> None:
    fault, parameters = lookup("parser-invalid"), {"parser": "p", "form": form}
    fault.inject(target, parameters, fault.prepare(target, parameters))
    assert fault.effective(target, parameters).accepted


def test_an_unknown_form_is_refused(target: FakeTarget) -> None:
    with pytest.raises(UsageError, match="hostile path"):
        lookup("parser-invalid").prepare(target, {"parser": "p", "form": "ugly"})


def test_noop_is_never_effective(target: FakeTarget) -> None:
    noop = lookup("noop")
    noop.inject(target, {}, noop.prepare(target, {}))
    assert not noop.effective(target, {}).accepted


def test_what_is_gone_already_cannot_be_broken(target: FakeTarget) -> None:
    target.identity.policies.clear()
    with pytest.raises(FaultError, match="no policy S3Access"):
        lookup("iam-policy-removed").prepare(target, PARAMETERS)


def test_an_unknown_fault_is_named_with_those_there_are() -> None:
    with pytest.raises(UsageError, match="noop"):
        lookup("earthquake")
