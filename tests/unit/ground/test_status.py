"""What is broken right now, said in one line each."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from harness.ground.status import held_faults

NOW = datetime(2026, 1, 1, 12, 0, 30, tzinfo=UTC)


def lease(renewed: str, entry: str) -> dict[str, Any]:
    return {
        "metadata": {"name": "fault-1", "annotations": {"chaos-harness/entry": entry}},
        "spec": {"renewTime": renewed, "leaseDurationSeconds": 20, "holderIdentity": "run-1"},
    }


def test_a_held_fault_is_told_with_its_run() -> None:
    told = held_faults([lease("2026-01-01T12:00:27.000000Z", '{"fault": "sts-down", "pid": 1}')], NOW)
    assert told == ["sts-down, held by run run-1, last heard from 3 s ago"]


def test_an_expired_lease_says_who_heals() -> None:
    (told,) = held_faults([lease("2026-01-01T12:00:00.000000Z", '{"fault": "sts-down"}')], NOW)
    assert told.endswith("last heard from 30 s ago, expired: the watchdog heals it")


def test_an_unreadable_entry_is_told_too() -> None:
    (told,) = held_faults([lease("2026-01-01T12:00:27.000000Z", "{")], NOW)
    assert told.startswith("lease fault-1, which cannot be read, held by run run-1")
