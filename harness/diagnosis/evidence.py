"""What an SRE can see of a build that has ended: logs, events, the pod's end, IAM and S3. Plain data."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Ending:
    """How Kubernetes says that an attempt ended. Empty where nothing is known, for pods go.

    Attributes:
        condition: the job's, "Complete" or "Failed: <reason>".
        exit_code: of the build container.
        exit_reason: of the build container, such as "OOMKilled".
        pod_reason: such as "Evicted".
    """

    condition: str = ""
    exit_code: int | None = None
    exit_reason: str = ""
    pod_reason: str = ""


@dataclass(frozen=True)
class Evidence:
    """What was seen of a build, after its end.

    Attributes:
        log_lines: the kaniko container's log.
        ending: how the attempt ended.
        events: Kubernetes events about the job and its pods, oldest first, as "reason: message".
        annotated_role: the role the service account names.
        runbook_role: the role the runbook says it must name.
        policy: document of the role's parser policy, None when the role does not have it.
        policy_name: its name.
        parser_exists: whether the parser's object is there.
        parser_location: where it should be, as s3://bucket/key.
        parser_problem: what is wrong with the stored parser; "" when nothing is, or when there is none.
        others_refused: what the SRE was told who read the parser where builds read it; "" when it was served or missed.
        registry_problem: what the SRE was told who asked the registry where builds ask it; "" when it answered.
    """

    log_lines: tuple[str, ...]
    ending: Ending = Ending()
    events: tuple[str, ...] = ()
    annotated_role: str = ""
    runbook_role: str = ""
    policy: str | None = None
    policy_name: str = ""
    parser_exists: bool = True
    parser_location: str = ""
    parser_problem: str = ""
    others_refused: str = ""
    registry_problem: str = ""
