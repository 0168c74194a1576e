"""What all faults have in common that the fault proxy makes: rules that are put, owned, counted and taken away."""

from __future__ import annotations

import uuid
from abc import ABC, abstractmethod
from typing import Any

from harness.faults.fault import Parameters
from harness.probe import Observation
from harness.target import Target

TTL_S = 600.0
"""After so long a rule ends by itself, whatever became of the runner."""


class ProxyFault(ABC):
    """A fault made of proxy rules. Its owner's name is unique, so that healing takes its own rules and no other's."""

    name: str

    @abstractmethod
    def rules(self, target: Target, parameters: Parameters) -> list[dict[str, Any]]:
        """The rules in the order in which they act, without id, owner and time to live."""

    @abstractmethod
    def effective(self, target: Target, parameters: Parameters, _undo: Parameters) -> Observation:
        """See harness.faults.fault.Fault."""

    @abstractmethod
    def control(self, target: Target) -> Observation:
        """See harness.faults.fault.Fault."""

    def available(self, _target: Target) -> str | None:
        return None

    def prepare(self, _target: Target, _parameters: Parameters) -> dict[str, Any]:
        return {"owner": f"{self.name}-{uuid.uuid4().hex[:8]}"}

    def inject(self, target: Target, parameters: Parameters, undo: Parameters) -> None:
        for number, rule in enumerate(self.rules(target, parameters)):
            target.proxy.put_rule(f"{undo['owner']}-{number}", {"owner": undo["owner"], "ttl_s": TTL_S, **rule})

    def heal(self, target: Target, undo: Parameters) -> None:
        target.proxy.delete_owned(undo["owner"])
