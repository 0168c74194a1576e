"""ECR's limit on pushes: pushes wait until all have come, go at once, and more than ten a second get 429.

`form` is what a registry may answer: a bare 429, or one with the registry's TOOMANYREQUESTS body, which registry
clients treat differently. `builds` is how many pushes meet. The limit is ECR's: 10 pushes a second per repository
(SRE-001, failure mode 2); `rate` replaces it.
"""

from __future__ import annotations

from typing import Any

from chaos.by_proxy import ProxyFault
from chaos.effects import other_parser_readable
from harness.errors import UsageError
from harness.faults.fault import Parameters
from harness.probe import Observation
from harness.target import Target

FORMS = {"bare 429": "registry-bare", "429 TOOMANYREQUESTS": "registry-json"}
_PUSHES_PER_SECOND = 10
_HOLD_S = 120.0


class EcrThrottled(ProxyFault):
    name = "ecr-throttled"

    def rules(self, target: Target, parameters: Parameters) -> list[dict[str, Any]]:
        form = parameters.get("form", "bare 429")
        if form not in FORMS:
            raise UsageError(f"there is no form {form!r} of 429", todo=f"one of: {', '.join(FORMS)}")
        rate = int(parameters.get("rate", _PUSHES_PER_SECOND))
        match = {"service": "registry", "operations": ["PutManifest"], "repository": target.repository}
        bucket = {"policy": "token-bucket", "rate_per_s": rate, "burst": rate, "per": "repository"}
        return [
            {"match": match, "fault": {"kind": "gate", "count": int(parameters["builds"]), "max_hold_s": _HOLD_S}},
            {"match": match, "when": bucket, "fault": {"kind": "error", "status": 429, "style": FORMS[form]}},
        ]

    def effective(self, target: Target, _parameters: Parameters, _undo: Parameters) -> Observation:
        refused = sum(
            rule.hits
            for rule in target.proxy.rules()
            if rule.owner.startswith(self.name) and rule.rule["fault"]["kind"] == "error"
        )
        return Observation(value=refused, accepted=refused > 0, detail=f"{refused} pushes refused with 429")

    def control(self, target: Target) -> Observation:
        return other_parser_readable(target)


FAULT = EcrThrottled()
