"""What is broken is known twice, and whoever heals finds all of it and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from harness.errors import TargetError, UsageError
from harness.faults.fault import Fault
from harness.faults.ledger import Entry, Healing, Ledger, heal_all, heal_expired
from harness.probe import Observation
from tests.unit.fakes import FakeLeases, FakeTarget


class Recorded:
    """A fault that only remembers that it was healed; named "stubborn" it cannot be."""

    def __init__(self, name: str, healed: list[str]) -> None:
        self.name = name
        self._healed = healed

    def available(self, _target: Any) -> str | None:
        return None

    def prepare(self, _target: Any, _parameters: Mapping[str, Any]) -> dict[str, Any]:
        return {}

    def inject(self, _target: Any, _parameters: Mapping[str, Any], _undo: Mapping[str, Any]) -> None:
        return

    def effective(self, _target: Any, _parameters: Mapping[str, Any], _undo: Mapping[str, Any]) -> Observation:
        raise AssertionError("never asked")

    def control(self, _target: Any) -> Observation:
        raise AssertionError("never asked")

    def heal(self, _target: Any, undo: Mapping[str, Any]) -> None:
        if self.name == "stubborn":
            raise KeyError("role")
        self._healed.append(undo["what"])


class Ground:
    """A ledger in a folder, leases in a target, and what was healed of them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.target = FakeTarget()
        self.leases: FakeLeases = self.target.leases
        self.ledger = Ledger(folder, self.leases)
        self.healed: list[str] = []

    def lookup(self, name: str) -> Fault:
        if name == "unknown":
            raise UsageError("there is no fault 'unknown'")
        return Recorded(name, self.healed)

    def open(self, what: str, at: float, fault: str = "fault") -> Entry:
        return self.ledger.open(fault, {}, {"what": what}, target="first", at=at, run="run-1")

    def files(self) -> list[Path]:
        return list(self.folder.glob("*"))

    def heal_expired(self) -> list[Healing]:
        return list(heal_expired(self.leases, self.target, self.lookup))


@pytest.fixture
def ground(tmp_path: Path) -> Ground:
    return Ground(tmp_path / "ledger")


def test_an_entry_stands_on_disk_and_in_the_target(ground: Ground) -> None:
    entry = ground.open("a", 1)
    assert [path.stem for path in ground.files()] == [entry.id] == list(ground.leases.kept)
    ground.ledger.close(entry)
    ground.ledger.close(entry)
    assert ground.files() == []
    assert ground.leases.kept == {}


def test_what_cannot_be_leased_is_not_to_be_injected(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_arguments: object) -> None:
        raise TargetError("no answer")

    monkeypatch.setattr(ground.leases, "put", refuse)
    with pytest.raises(TargetError, match="no answer"):
        ground.open("a", 1)
    assert ground.files() == []


def test_what_cannot_be_given_back_stays_on_disk(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    entry = ground.open("a", 1)

    def refuse(*_arguments: object) -> None:
        raise TargetError("no answer")

    monkeypatch.setattr(ground.leases, "delete", refuse)
    with pytest.raises(TargetError):
        ground.ledger.close(entry)
    assert len(ground.files()) == 1


def test_heal_finds_leases_without_a_file(ground: Ground, tmp_path: Path) -> None:
    ground.open("a", 1)
    ground.open("b", 2)
    another = Ledger(tmp_path / "another checkout", ground.leases)
    assert [entry.undo["what"] for entry in heal_all(another, ground.target, ground.lookup)] == ["b", "a"]
    assert ground.healed == ["b", "a"]
    assert ground.leases.kept == {}


def test_what_the_watchdog_has_healed_is_struck_out_in_silence(ground: Ground) -> None:
    ground.leases.delete(ground.open("a", 1).id)
    assert list(heal_all(ground.ledger, ground.target, ground.lookup)) == []
    assert ground.healed == []
    assert ground.files() == []


def test_only_what_has_expired_is_healed_newest_first(ground: Ground) -> None:
    first, held, last = ground.open("a", 1), ground.open("b", 2), ground.open("c", 3)
    ground.leases.expired = {first.id, last.id}
    assert [healing.error for healing in ground.heal_expired()] == ["", ""]
    assert ground.healed == ["c", "a"]
    assert list(ground.leases.kept) == [held.id]


def test_healing_again_does_nothing(ground: Ground) -> None:
    ground.leases.expired = {ground.open("a", 1).id}
    ground.heal_expired()
    assert ground.heal_expired() == []
    assert ground.healed == ["a"]


@pytest.mark.parametrize(("fault", "why"), [("stubborn", "KeyError: 'role'"), ("unknown", "there is no fault")])
def test_what_cannot_be_healed_keeps_its_lease_and_not_the_others(ground: Ground, fault: str, why: str) -> None:
    well, broken = ground.open("a", 1), ground.open("b", 2, fault)
    ground.leases.expired = {well.id, broken.id}
    told = {healing.lease: healing for healing in ground.heal_expired()}
    assert why in told[broken.id].error
    assert told[well.id] == Healing(lease=well.id, fault="fault", run="run-1")
    assert ground.healed == ["a"]
    assert list(ground.leases.kept) == [broken.id]


def test_an_unreadable_lease_is_named_and_the_others_are_healed(ground: Ground) -> None:
    well = ground.open("a", 1)
    ground.leases.kept["torn"] = "{"
    ground.leases.expired = {well.id, "torn"}
    told = {healing.lease: healing.error for healing in ground.heal_expired()}
    assert "lease torn cannot be read" in told["torn"]
    assert told[well.id] == ""
    assert ground.healed == ["a"]
