"""The builder's role loses the inline policy that lets it read parsers (SRE-001, failure mode 1)."""

from __future__ import annotations

from typing import Any

from chaos.effects import access_refused, registry_answers
from harness.errors import FaultError
from harness.faults.fault import Parameters
from harness.probe import Observation
from harness.target import Target


class IamPolicyRemoved:
    name = "iam-policy-removed"

    def available(self, _target: Target) -> str | None:
        return None

    def prepare(self, target: Target, _parameters: Parameters) -> dict[str, Any]:
        role = target.builder_role_arn.rsplit("/", 1)[-1]
        document = target.identity.role_policy(role, target.parser_policy)
        if document is None:
            raise FaultError(f"role {role} has no policy {target.parser_policy} to remove", todo="make heal")
        return {"role": role, "policy": target.parser_policy, "document": document}

    def inject(self, target: Target, _parameters: Parameters, undo: Parameters) -> None:
        target.identity.delete_role_policy(undo["role"], undo["policy"])

    def effective(self, target: Target, parameters: Parameters, _undo: Parameters) -> Observation:
        return access_refused(target, parameters["parser"])

    def control(self, target: Target) -> Observation:
        return registry_answers(target)

    def heal(self, target: Target, undo: Parameters) -> None:
        if target.identity.role_policy(undo["role"], undo["policy"]) != undo["document"]:
            target.identity.put_role_policy(undo["role"], undo["policy"], undo["document"])


FAULT = IamPolicyRemoved()
