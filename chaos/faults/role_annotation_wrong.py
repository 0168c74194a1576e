"""The builder's service account is annotated with another role, deployed through git (SRE-001, flow step 5)."""

from __future__ import annotations

from typing import Any

from chaos.effects import access_refused, registry_answers
from harness.faults.fault import Parameters
from harness.probe import Observation
from harness.target import Target


class RoleAnnotationWrong:
    name = "role-annotation-wrong"

    def available(self, _target: Target) -> str | None:
        return None

    def prepare(self, target: Target, _parameters: Parameters) -> dict[str, Any]:
        return {"role_arn": target.desired.builder_role()}

    def inject(self, target: Target, _parameters: Parameters, _undo: Parameters) -> None:
        target.desired.set_builder_role(target.other_role_arn, "chore: align builder role with staging")

    def effective(self, target: Target, parameters: Parameters, _undo: Parameters) -> Observation:
        return access_refused(target, parameters["parser"])

    def control(self, target: Target) -> Observation:
        return registry_answers(target)

    def heal(self, target: Target, undo: Parameters) -> None:
        target.desired.set_builder_role(undo["role_arn"], "revert: builder role")


FAULT = RoleAnnotationWrong()
