"""From what an SRE can see to a cause, with the lines that led to it.

The evidence comes from logs, events, IAM and S3 only; nothing here knows which fault was injected.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

POLICY_REMOVED = "iam-policy-removed"
WRONG_ROLE = "role-annotation-wrong"
PARSER_MISSING = "s3-object-missing"
UNKNOWN = "unknown"

_DENIED = re.compile(r"StatusCode: 403|AccessDenied|Access Denied|NoSuchKey|StatusCode: 404", re.IGNORECASE)


@dataclass(frozen=True)
class Evidence:
    """What was seen of a failed build.

    Attributes:
        log_lines: the kaniko container's log.
        events: Kubernetes events about the job and its pods.
        annotated_role: the role the service account names.
        runbook_role: the role the runbook says it must name.
        policy: document of the role's parser policy, None when the role does not have it.
        policy_name: its name.
        parser_exists: whether the parser's object is there.
        parser_location: where it should be.
    """

    log_lines: tuple[str, ...]
    events: tuple[str, ...] = ()
    annotated_role: str = ""
    runbook_role: str = ""
    policy: str | None = None
    policy_name: str = ""
    parser_exists: bool = True
    parser_location: str = ""


@dataclass(frozen=True)
class Diagnosis:
    """A cause, and the evidence for it, most telling first."""

    cause: str
    evidence: tuple[str, ...] = field(default_factory=tuple)


def diagnose(evidence: Evidence) -> Diagnosis:
    """The cause that the evidence supports, or `unknown` with the evidence there is.

    A refusal in the log is needed for any of the S3 causes. They are told apart in the order of the runbook: the
    identity first (another role explains a refusal whatever that role may do), then its policy, then the object.
    """
    symptom = next((line.strip() for line in evidence.log_lines if _DENIED.search(line)), None)
    if symptom is None:
        last = tuple(line.strip() for line in evidence.log_lines[-3:])
        return Diagnosis(UNKNOWN, last + evidence.events[-3:] or ("no log, no event",))
    if evidence.annotated_role != evidence.runbook_role:
        return Diagnosis(
            WRONG_ROLE,
            (f"service account names {evidence.annotated_role or 'no role'}, runbook {evidence.runbook_role}", symptom),
        )
    if evidence.policy is None:
        return Diagnosis(POLICY_REMOVED, (f"{evidence.annotated_role} has no policy {evidence.policy_name}", symptom))
    if not evidence.parser_exists:
        return Diagnosis(PARSER_MISSING, (f"{evidence.parser_location} is not there", symptom))
    return Diagnosis(UNKNOWN, ("role, policy and object are as they should be", symptom))
