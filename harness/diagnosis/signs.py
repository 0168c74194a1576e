"""Signs of trouble in the evidence of a build, each with the line that shows it.

A sign is what was seen, not why. Symptoms are what a build ended with: its pod's end, its events, kaniko's last error
line. Deviations are what an SRE finds to be other than the runbook has it. A text that is merely quoted in the log, by
a RUN command for one, is no sign: of kaniko's error lines only the last counts, for that one ended the build.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from enum import Enum, auto

from harness.diagnosis.evidence import Evidence
from harness.diagnosis.policy_document import withholds


class Sign(Enum):
    """What can be seen. The comment says where."""

    # Symptoms: Kubernetes.
    OUT_OF_MEMORY = auto()  # OOMKilled
    KILLED = auto()  # by a signal, and not for memory
    EVICTED = auto()
    PAST_DEADLINE = auto()
    IMAGE_NOT_FOUND = auto()  # the kubelet, or kaniko for the base image
    IMAGE_NOT_PULLED = auto()  # the kubelet, for another reason or none
    NEVER_STARTED = auto()  # not scheduled, no volume, no sandbox, no pod
    # Symptoms: kaniko's last error line, and for a RUN command what it said.
    S3_REFUSED = auto()
    NO_SUCH_KEY = auto()
    ROLE_REFUSED = auto()  # STS does not give the role
    NO_IDENTITY = auto()  # there are no credentials at all
    ECR_THROTTLED = auto()
    ARCHIVE_BROKEN = auto()
    SOURCE_BROKEN = auto()
    DOCKERFILE_BROKEN = auto()
    NO_SUCH_DEPENDENCY = auto()
    DEPENDENCY_SOURCE_AWAY = auto()
    OTHER_ERROR = auto()
    # Deviations.
    ROLE_DIFFERS = auto()
    ROLE_ABSENT = auto()
    POLICY_ABSENT = auto()
    POLICY_WITHHOLDS = auto()
    PARSER_ABSENT = auto()
    PARSER_INVALID = auto()
    OTHERS_REFUSED = auto()  # not only the builds: the SRE is not served either
    REGISTRY_AWAY = auto()


DEVIATIONS = frozenset(
    {
        Sign.ROLE_DIFFERS,
        Sign.ROLE_ABSENT,
        Sign.POLICY_ABSENT,
        Sign.POLICY_WITHHOLDS,
        Sign.PARSER_ABSENT,
        Sign.PARSER_INVALID,
        Sign.OTHERS_REFUSED,
        Sign.REGISTRY_AWAY,
    }
)

_SIGNALLED = 128
_KANIKO_ERROR = re.compile(r"Error: |error (?:building|pushing|checking)|.*level=(?:error|fatal)")
# A RUN command whose output ends without a newline has kaniko's own line glued to it.
_GLUED = re.compile(r"(?<=.)(?=error (?:building|pushing) image: )")
_RUN_FAILED = "failed to execute command"
_RUNNING = "Running: ["

_STS = "operation error STS"
_NO_CREDENTIALS = re.compile(r"get credentials|get identity|no EC2 IMDS role")
_STS_DENIED = re.compile(r"api error AccessDenied\b")
_S3_READ = re.compile(r"operation error S3: (?:GetObject|HeadObject)\b")
_S3_DENIED = re.compile(r"StatusCode: 403\b.*api error (?:AccessDenied|Forbidden)\b")
# Refused by something else than the policies of the role: a key, the bucket, the organization.
_DENIED_ELSEWHERE = re.compile(r"kms:|explicit deny|resource-based|service control|permissions boundary", re.IGNORECASE)
_S3_MISSING = re.compile(r"StatusCode: 404\b.*(?:NoSuchKey|api error NotFound)\b")
_ECR_429 = re.compile(
    r"\b(?:GET|HEAD|PUT|POST|PATCH) https?://[^/\s]+\.dkr\.ecr\.[^/\s]+/\S+ .*(?:429 Too Many Requests|TOOMANYREQUESTS)"
)
_BASE_MISSING = re.compile(r"^error building image: .*\b(?:MANIFEST_UNKNOWN|NAME_UNKNOWN)\b")
_DOCKERFILE = re.compile(r"parsing dockerfile|dockerfile parse error|failed to parse Dockerfile|unknown instruction")
_UNPACKING = re.compile(
    r"error resolving source context: "
    r"(?:gzip: |tar entry |archive/tar: |(?:unexpected )?EOF$|.*no space left on device)"
)
_PYTHON = re.compile(
    r"^(?:Sorry: )?(?:Syntax|Indentation|Tab|Value|UnicodeDecode|Recursion)Error: |"
    r"\[Errno 2\] No such file or directory: 'parser\.py'"
)
_INSTALL = re.compile(r"\b(?:pip3?|npm|yarn|poetry)\b.*\b(?:install|ci)\b")
_NO_VERSION = re.compile(r"^ERROR: No matching distribution found for|npm (?:ERR!|error) code ETARGET")
_NONE_SEEN = re.compile(r"from versions: none")
_AWAY = re.compile(r"NewConnectionError|ConnectTimeout|ReadTimeout|connection timed out|ECONNREFUSED|ETIMEDOUT", re.I)
_OTHER_THAN_AWAY = re.compile(
    r"name resolution|Name or service not known|EAI_AGAIN|ENOTFOUND|no space left|No space left|ENOSPC"
)

_PULL_SAID = re.compile(r"Failed to pull image .*")
_PULL_WAITS = re.compile(r"ErrImagePull|ImagePullBackOff|InvalidImageName|ErrImageNeverPull")
_NOT_FOUND = re.compile(r"not found|manifest unknown|name unknown", re.IGNORECASE)
_NOT_STARTED = re.compile(r"^(?:FailedScheduling|FailedMount|FailedAttachVolume|FailedCreate\w*): ")


def signs_in(evidence: Evidence) -> dict[Sign, str]:
    """Every sign that the evidence holds, symptoms first, with the line that shows it."""
    return dict([*_of_kubernetes(evidence), *_of_kaniko(evidence.log_lines), *_deviations(evidence)])


def _of_kubernetes(evidence: Evidence) -> Iterator[tuple[Sign, str]]:
    ending = evidence.ending
    died = f"the build container ended with {ending.exit_reason or 'no reason'}, exit code {ending.exit_code}"
    if ending.exit_reason == "OOMKilled":
        yield Sign.OUT_OF_MEMORY, died
    elif (ending.exit_code or 0) > _SIGNALLED:
        yield Sign.KILLED, died
    if ending.pod_reason:
        yield Sign.EVICTED, f"the pod ended with {ending.pod_reason}"
    if "DeadlineExceeded" in ending.condition:
        yield Sign.PAST_DEADLINE, f"the job ended with {ending.condition}"
    yield from _of_events(evidence)


def _of_events(evidence: Evidence) -> Iterator[tuple[Sign, str]]:
    said = [event for event in evidence.events if _PULL_SAID.search(event)]
    waits = [event for event in evidence.events if _PULL_WAITS.search(event)]
    if said and _NOT_FOUND.search(said[-1]):
        yield Sign.IMAGE_NOT_FOUND, said[-1]
    elif (said or waits) and not evidence.log_lines:
        yield Sign.IMAGE_NOT_PULLED, (said or waits)[-1]
    # Pods wait for a while and start after all; only one without a word has never come so far.
    if not evidence.log_lines:
        stuck = [event for event in evidence.events if _NOT_STARTED.search(event)]
        if stuck:
            yield Sign.NEVER_STARTED, stuck[-1]


def _of_kaniko(log_lines: tuple[str, ...]) -> Iterator[tuple[Sign, str]]:
    lines = [part for line in log_lines for part in _GLUED.split(line)]
    errors = [number for number, line in enumerate(lines) if _KANIKO_ERROR.match(line)]
    if not errors:
        return
    error = lines[errors[-1]].strip()
    if _RUN_FAILED in error:
        starts = [number for number, line in enumerate(lines[: errors[-1]]) if _RUNNING in line]
        yield _of_command(lines[starts[-1] if starts else 0 : errors[-1]], error)
    elif _STS in error or _S3_READ.search(error):
        yield _of_aws(error), error
    else:
        shapes = (
            (_ECR_429, Sign.ECR_THROTTLED),
            (_BASE_MISSING, Sign.IMAGE_NOT_FOUND),
            (_DOCKERFILE, Sign.DOCKERFILE_BROKEN),
            (_UNPACKING, Sign.ARCHIVE_BROKEN),
        )
        yield next((sign for shape, sign in shapes if shape.search(error)), Sign.OTHER_ERROR), error


def _of_aws(error: str) -> Sign:
    if _STS in error:
        return Sign.ROLE_REFUSED if _STS_DENIED.search(error) else Sign.OTHER_ERROR
    if _NO_CREDENTIALS.search(error):
        return Sign.NO_IDENTITY
    if _S3_DENIED.search(error) and not _DENIED_ELSEWHERE.search(error):
        return Sign.S3_REFUSED
    return Sign.NO_SUCH_KEY if _S3_MISSING.search(error) else Sign.OTHER_ERROR


def _of_command(lines: list[str], error: str) -> tuple[Sign, str]:
    """Of a RUN command that failed: `lines` begin with the command, then comes what it said."""
    command = lines[0] if lines else ""
    said = lines[1:]
    if "py_compile" in command:
        found = [line.strip() for line in said if _PYTHON.search(line)]
        return (Sign.SOURCE_BROKEN, found[-1]) if found else (Sign.OTHER_ERROR, error)
    if _INSTALL.search(command) and not any(_OTHER_THAN_AWAY.search(line) for line in said):
        away = [line.strip() for line in said if _AWAY.search(line)]
        if away:
            return Sign.DEPENDENCY_SOURCE_AWAY, away[-1]
        missing = [line.strip() for line in said if _NO_VERSION.search(line)]
        if missing and not any(_NONE_SEEN.search(line) for line in said):
            return Sign.NO_SUCH_DEPENDENCY, missing[-1]
    return Sign.OTHER_ERROR, "; ".join([*(line.strip() for line in said[-2:]), error])


def _deviations(evidence: Evidence) -> Iterator[tuple[Sign, str]]:
    if not evidence.annotated_role:
        if evidence.runbook_role:
            yield Sign.ROLE_ABSENT, f"service account names no role, runbook {evidence.runbook_role}"
    elif evidence.annotated_role != evidence.runbook_role:
        yield Sign.ROLE_DIFFERS, f"service account names {evidence.annotated_role}, runbook {evidence.runbook_role}"
    if evidence.policy is None:
        yield Sign.POLICY_ABSENT, f"{evidence.runbook_role} has no policy {evidence.policy_name}"
    elif withholds(evidence.policy, "s3:GetObject", evidence.parser_location.replace("s3://", "arn:aws:s3:::", 1)):
        yield (
            Sign.POLICY_WITHHOLDS,
            f"policy {evidence.policy_name} does not grant s3:GetObject on {evidence.parser_location}: "
            f"{evidence.policy}",
        )
    if not evidence.parser_exists:
        yield Sign.PARSER_ABSENT, f"{evidence.parser_location} is not there"
    if evidence.parser_problem:
        yield Sign.PARSER_INVALID, f"{evidence.parser_location}: {evidence.parser_problem}"
    if evidence.others_refused:
        yield Sign.OTHERS_REFUSED, f"builds are not alone: {evidence.others_refused}"
    if evidence.registry_problem:
        yield Sign.REGISTRY_AWAY, f"the registry: {evidence.registry_problem}"


def symptoms(seen: Mapping[Sign, str]) -> frozenset[Sign]:
    """Those of the signs that a build ended with."""
    return frozenset(seen) - DEVIATIONS
