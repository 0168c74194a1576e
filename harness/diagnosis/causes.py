"""From what an SRE can see to causes, with the lines that led to them.

A cause is named when something proves it and everything seen fits: each sign of trouble must be explained by a cause
that is named. What is left over contradicts, and then the answer is `unknown`, with all that was seen. Nothing here
knows which fault was injected. The rules in words, and how often they are right: docs/diagnosis.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass

from harness.diagnosis.evidence import Evidence
from harness.diagnosis.signs import DEVIATIONS, Sign, signs_in, symptoms

WRONG_ROLE = "role-annotation-wrong"
POLICY_REMOVED = "iam-policy-removed"
POLICY_WRONG = "iam-policy-wrong"
PARSER_MISSING = "s3-object-missing"
PARSER_INVALID = "parser-invalid"
ECR_RATE_LIMIT = "ecr-rate-limit"
OUT_OF_MEMORY = "out-of-memory"
DOCKERFILE_INVALID = "dockerfile-invalid"
IMAGE_MISSING = "image-missing"
DEPENDENCY_MISSING = "dependency-missing"
DEPENDENCY_SOURCE_AWAY = "dependency-source-unreachable"
UNKNOWN = "unknown"
NONE = "none"
"""The build has not failed."""

_LAST_LINES = 3
_REFUSED = frozenset({Sign.S3_REFUSED, Sign.ROLE_REFUSED, Sign.NO_IDENTITY})


@dataclass(frozen=True)
class Rule:
    """When a cause is named.

    Attributes:
        cause: its name.
        proof: the sign without which it is never named.
        explains: the symptoms it leads to. It is named only beside one of them, or one of `hidden_by`.
        hidden_by: symptoms of a step before the one it breaks: they do not speak against it, nor does it explain them.
    """

    cause: str
    proof: Sign
    explains: Set[Sign]
    hidden_by: Set[Sign] = frozenset()

    def holds(self, seen: Mapping[Sign, str]) -> bool:
        """Whether its proof is there, with a build that ended as this cause lets builds end."""
        return self.proof in seen and bool((self.explains | self.hidden_by) & seen.keys())


def _shown_by(cause: str, symptom: Sign, *also: Sign) -> Rule:
    """The rule of a cause whose symptom is its proof."""
    return Rule(cause, symptom, {symptom, *also})


RULES = (
    # In the order of the runbook, which is the order to mend them in: the identity, what it may do, what it reads.
    Rule(WRONG_ROLE, Sign.ROLE_DIFFERS, {Sign.S3_REFUSED, Sign.ROLE_REFUSED}),
    Rule(WRONG_ROLE, Sign.ROLE_ABSENT, {Sign.S3_REFUSED, Sign.NO_IDENTITY}),
    Rule(POLICY_REMOVED, Sign.POLICY_ABSENT, {Sign.S3_REFUSED}, hidden_by={Sign.ROLE_REFUSED, Sign.NO_IDENTITY}),
    Rule(POLICY_WRONG, Sign.POLICY_WITHHOLDS, {Sign.S3_REFUSED}, hidden_by={Sign.ROLE_REFUSED, Sign.NO_IDENTITY}),
    # Who may not list a bucket is refused what is not there, too.
    Rule(
        PARSER_MISSING,
        Sign.PARSER_ABSENT,
        {Sign.S3_REFUSED, Sign.NO_SUCH_KEY},
        hidden_by={Sign.ROLE_REFUSED, Sign.NO_IDENTITY},
    ),
    Rule(PARSER_INVALID, Sign.PARSER_INVALID, {Sign.SOURCE_BROKEN, Sign.ARCHIVE_BROKEN}, hidden_by=_REFUSED),
    _shown_by(ECR_RATE_LIMIT, Sign.ECR_THROTTLED),
    _shown_by(OUT_OF_MEMORY, Sign.OUT_OF_MEMORY),
    _shown_by(DOCKERFILE_INVALID, Sign.DOCKERFILE_BROKEN),
    _shown_by(IMAGE_MISSING, Sign.IMAGE_NOT_FOUND, Sign.PAST_DEADLINE),
    _shown_by(DEPENDENCY_MISSING, Sign.NO_SUCH_DEPENDENCY),
    _shown_by(DEPENDENCY_SOURCE_AWAY, Sign.DEPENDENCY_SOURCE_AWAY),
)


@dataclass(frozen=True)
class Diagnosis:
    """Causes, the one to mend first in front, none when unknown; and the evidence for them, most telling first."""

    causes: tuple[str, ...]
    evidence: tuple[str, ...]

    @property
    def cause(self) -> str:
        """The cause to mend first, or UNKNOWN."""
        return self.causes[0] if self.causes else UNKNOWN


def diagnose(evidence: Evidence) -> Diagnosis:
    """The causes that the evidence proves and that explain all of it, or none of them, with all that was seen."""
    if evidence.ending.condition == "Complete":
        return Diagnosis((NONE,), ("the job is complete",))
    seen = signs_in(evidence)
    named = [rule for rule in RULES if rule.holds(seen)]
    accounted = {sign for rule in named for sign in (rule.proof, *rule.explains)}
    if named and seen.keys() <= accounted:
        proofs = [seen[rule.proof] for rule in named]
        shown = [line for sign, line in seen.items() if sign not in DEVIATIONS]
        return Diagnosis(tuple(dict.fromkeys(rule.cause for rule in named)), tuple(dict.fromkeys([*proofs, *shown])))
    return Diagnosis((), _all_seen(evidence, seen))


def _all_seen(evidence: Evidence, seen: Mapping[Sign, str]) -> tuple[str, ...]:
    lines = list(seen.values())
    if Sign.S3_REFUSED in seen and not DEVIATIONS & seen.keys():
        lines.append("role, policy and object are as they should be")
    if not symptoms(seen):
        lines += [line.strip() for line in evidence.log_lines[-_LAST_LINES:]] + list(evidence.events[-_LAST_LINES:])
    return tuple(lines) or ("no log, no event",)
