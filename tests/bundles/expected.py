"""What judging a saved run must find, as its expected.yaml says it."""

from __future__ import annotations

from pathlib import Path

import msgspec

from harness.errors import UsageError
from harness.facts.bundle import unseal
from harness.judging.judge import judge
from harness.judging.verdict import Verdict

EXPECTED = "expected.yaml"


class Expected(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Attributes:
    exit_code: of `harness judge`.
    verdict: None where the bundle is refused.
    reason: words in the run's reason, or in the error where it is refused.
    claims: words in the reason of each claim that is not PASS, by the claim's text.
    """

    exit_code: int
    verdict: Verdict | None = None
    reason: str = ""
    claims: dict[str, str] = {}


def found(folder: Path) -> Expected:
    """What judging the run in `folder` finds, with all its words."""
    try:
        bundle = unseal(folder)
    except UsageError as error:
        return Expected(exit_code=error.exit_code, reason=str(error).replace(f"{folder}/", ""))
    report = judge(bundle.history, bundle.run, bundle.doubt)
    claims = [claim for scenario in report.scenarios for claim in scenario.claims]
    return Expected(
        exit_code=report.verdict.exit_code,
        verdict=report.verdict,
        reason=report.reason,
        claims={claim.text: claim.reason for claim in claims if claim.verdict is not Verdict.PASS},
    )
