"""The fault contract.

A fault is one module in `chaos.faults`, found by its name. It reads what it will need to undo itself (`prepare`),
changes the target (`inject`), shows that the change acts (`effective`), and takes it back (`heal`), which must be
idempotent: healing twice, or healing what somebody else already repaired, changes nothing. What the fault must leave
alone is its control: a look that stays accepted for as long as the fault is there, or the blast radius was wider than
meant and nothing is proven.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from harness.probe import Observation
from harness.target import Target

Parameters = Mapping[str, Any]


class Fault(Protocol):
    """What can break. `parameters` and the answer of `prepare` are plain JSON: they go into the ledger."""

    name: str

    def available(self, target: Target) -> str | None:
        """Why this fault cannot be injected here; None when it can."""
        ...

    def prepare(self, target: Target, parameters: Parameters) -> dict[str, Any]:
        """What `heal` will need, read before anything is changed."""
        ...

    def inject(self, target: Target, parameters: Parameters, undo: Parameters) -> None:
        """Break it."""
        ...

    def effective(self, target: Target, parameters: Parameters, undo: Parameters) -> Observation:
        """Look once whether the fault acts; `accepted` when it does."""
        ...

    def control(self, target: Target) -> Observation:
        """Look once at something outside the blast radius; `accepted` when it is well."""
        ...

    def heal(self, target: Target, undo: Parameters) -> None:
        """Take it back."""
        ...


FaultLookup = Callable[[str], Fault]
"""Finds a fault by its name; raises UsageError for a name it does not know."""
