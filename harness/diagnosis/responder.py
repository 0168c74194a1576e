"""The robot that follows the runbook: one remedy for each cause it knows, and no other act.

Remedies are decided by the diagnosis alone, never by the fault. A person in a drill takes the same steps.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from harness.diagnosis import causes
from harness.target import Target


@dataclass(frozen=True)
class Remedy:
    """A step of the runbook: its name, and how it is done; `apply` answers with one line on what it did."""

    name: str
    apply: Callable[[Target, str], str]


def _restore_policy(target: Target, _parser_id: str) -> str:
    return target.restore_parser_policy()


def _correct_role(target: Target, _parser_id: str) -> str:
    commit = target.desired.set_builder_role(target.builder_role_arn, "fix: correct IAM role for prd")
    return f"commit {commit[:12]} names {target.builder_role_arn}" if commit else "git already names the right role"


def _restore_parser(target: Target, parser_id: str) -> str:
    target.parsers.restore(parser_id)
    return f"last version of parser {parser_id} restored"


RUNBOOK = {
    causes.POLICY_REMOVED: Remedy("put the parser policy back", _restore_policy),
    causes.POLICY_WRONG: Remedy("put the parser policy back", _restore_policy),
    causes.WRONG_ROLE: Remedy("commit the right role", _correct_role),
    causes.PARSER_MISSING: Remedy("restore the parser", _restore_parser),
}


def remedy_for(cause: str) -> Remedy | None:
    """The runbook's remedy for a cause; None when the runbook has none."""
    return RUNBOOK.get(cause)
