"""What was broken beside what was answered: grades, and the confusion matrix. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence, Set
from enum import StrEnum

import msgspec

from harness.diagnosis.causes import (
    ECR_RATE_LIMIT,
    NONE,
    PARSER_INVALID,
    PARSER_MISSING,
    POLICY_REMOVED,
    UNKNOWN,
    WRONG_ROLE,
)

TOLD: Mapping[str, str] = {
    "ecr-throttled": ECR_RATE_LIMIT,
    "iam-policy-removed": POLICY_REMOVED,
    "parser-invalid": PARSER_INVALID,
    "role-annotation-wrong": WRONG_ROLE,
    "s3-object-missing": PARSER_MISSING,
}
"""By fault, the cause that the diagnosis has a rule for. It was told of no other fault."""


class Grade(StrEnum):
    """How good an answer is."""

    RIGHT = "right"
    UNSURE = "unsure"  # unknown, though all that was broken has a rule
    PARTLY = "partly"  # true as far as it goes, and silent on the rest
    WRONG = "wrong"  # names what was not broken


def grade(faults: Sequence[str], answered: Set[str]) -> Grade:
    """The grade of an answer (causes, {UNKNOWN} or {NONE}) when `faults` were injected."""
    if answered == {UNKNOWN}:
        return Grade.RIGHT if any(fault not in TOLD for fault in faults) else Grade.UNSURE
    true = {TOLD[fault] for fault in faults if fault in TOLD} if faults else {NONE}
    if answered - true:
        return Grade.WRONG
    return Grade.RIGHT if answered == true and all(fault in TOLD for fault in faults) else Grade.PARTLY


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """One diagnosis.

    Attributes:
        case: what was broken, by the name of its case.
        faults: the faults injected.
        answered: the causes named, or UNKNOWN or NONE alone.
        evidence: the lines that came with it.
        seconds: from the build's end, as the watch on jobs told of it, to the answer.
    """

    case: str
    faults: tuple[str, ...]
    answered: tuple[str, ...]
    evidence: tuple[str, ...]
    seconds: float

    @property
    def grade(self) -> Grade:
        return grade(self.faults, frozenset(self.answered))


def acceptable(answer: Answer) -> bool:
    """Whether it may stand: it is right; of several faults it may also be unknown, with the evidence."""
    return answer.grade is Grade.RIGHT or (answer.grade is Grade.UNSURE and len(answer.faults) > 1)


def matrix(answers: Sequence[Answer]) -> dict[str, Counter[str]]:
    """For each case, in order, how many answers named each cause. An answer that names two counts in two columns."""
    rows: dict[str, Counter[str]] = {}
    for answer in answers:
        rows.setdefault(answer.case, Counter()).update(answer.answered)
    return rows
