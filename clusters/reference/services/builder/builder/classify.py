"""Why an attempt failed: from what the Job, its pod and kaniko's log say to one failure category.

Pure: the caller collects the evidence. The order of the questions matters, and is that of the outermost
cause: a deadline that passed while an image could not be pulled is an image pull failure.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum


class Category(StrEnum):
    """The failure modes of SRE-001, the developer's own error, and what fits none of them."""

    S3_ACCESS_DENIED = "s3_access_denied"
    ECR_RATE_LIMIT = "ecr_rate_limit"
    OOM_KILLED = "oom_killed"
    INVALID_DOCKERFILE = "invalid_dockerfile"
    TIMEOUT = "timeout"
    IMAGE_PULL = "image_pull"
    DEPENDENCY_INSTALL = "dependency_install"
    INVALID_PARSER = "invalid_parser"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Evidence:
    """What is known about a failed attempt. Empty where nothing is."""

    job_reason: str = ""  # reason of the Job's Failed condition, such as DeadlineExceeded
    exit_code: int | None = None  # of the kaniko container
    terminated_reason: str = ""  # of the kaniko container, such as OOMKilled
    waiting_reasons: tuple[str, ...] = ()  # of any container, and from the pod's events
    pod_reason: str = ""  # such as Evicted
    log: str = ""  # the end of kaniko's log


@dataclass(frozen=True)
class Failure:
    """A classified failure."""

    category: Category
    transient: bool  # repeating it may succeed
    message: str
    file: str = ""
    line: int | None = None


PULL_WAITS = frozenset(
    {"ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull", "RegistryUnavailable"}
)

_RATE_LIMIT = re.compile(r"429 Too Many Requests|\bTOOMANYREQUESTS\b|Rate exceeded|ThrottlingException", re.I)
_ACCESS_DENIED = re.compile(r"AccessDenied|Access Denied|StatusCode: 403|status code 403|Not authorized to perform")
_S3 = re.compile(r"operation error S3|GetObject|HeadObject|failed to download|AssumeRoleWithWebIdentity", re.I)
_PUSH = re.compile(r"error (?:pushing image|checking push permission)|failed to push to destination", re.I)
_REGISTRY_PATH = re.compile(r"/v2/\S*/(?:manifests|blobs)/|/manifests/|MANIFEST_UNKNOWN|NAME_UNKNOWN")
_DOCKERFILE = re.compile(
    r"pars(?:e|ing) dockerfile|dockerfile parse error|unknown instruction|resolving dockerfile path", re.I
)
_BASE_IMAGE = re.compile(
    r"MANIFEST_UNKNOWN|NAME_UNKNOWN|retrieving image|unable to complete operation after|"
    r"failed to get filesystem from image|/manifests/|getting stage builder",
    re.I,
)
_CONTEXT = re.compile(
    r"unpacking? (?:the )?(?:compressed )?tar|gzip: invalid header|archive/tar|invalid tar|"
    r"error (?:resolving source context|getting build context)|unexpected EOF|"
    r"failed to get fileinfo for|no such file or directory.*parser\.py|parser\.py.*no such file or directory|"
    r"\[Errno 2\] No such file or directory: 'parser\.py'",
    re.I,
)
_INSTALL = re.compile(
    r"\b(?:pip3?|npm|yarn|poetry)\b.{0,40}\b(?:install|ci)\b|ERROR: (?:Could not|No matching)|npm ERR!", re.I
)
_NETWORK = re.compile(
    r"timed? ?out|connection (?:reset|refused|aborted)|no such host|temporary failure|could not resolve|"
    r"network is unreachable|i/o timeout|TLS handshake|ECONNRESET|ETIMEDOUT|EAI_AGAIN|"
    r"\b50[0234]\b|unexpected EOF|NewConnectionError|\bEOF$",
    re.I | re.M,
)
_KILLED = re.compile(r"signal: killed|cannot allocate memory|\bMemoryError\b")
_PYTHON_ERROR = re.compile(
    r"^(?:Sorry: )?(?P<error>(?:Syntax|Indentation|Tab|Value|UnicodeDecode|Recursion)Error):"
    r" (?P<message>.*)$",
    re.M,
)
_PYTHON_PLACE = re.compile(r'^\s*File "(?P<file>[^"]+)", line (?P<line>\d+)', re.M)
_PLACE_IN_TEXT = re.compile(r"\((?P<file>[^()\s]+), line (?P<line>\d+)\)")
# An error in the arguments or the source context comes as `Error: …`, followed by the list of all flags.
_BUILD_ERROR = re.compile(r"^(?:error[: ]|.*level=(?:error|fatal)).*$", re.M | re.I)
# A RUN command whose output ends without a newline has kaniko's own line glued to it.
_GLUED = re.compile(r"(?<=[^\n])(error (?:building|pushing) image: )")


def classify(evidence: Evidence) -> Failure:
    """The category, whether to try again, and the line that says so best."""
    if evidence.terminated_reason == "OOMKilled" or evidence.exit_code == 137:
        return _failure(Category.OOM_KILLED, f"kaniko was killed (exit code {evidence.exit_code}) at its memory limit")
    pull = next((reason for reason in evidence.waiting_reasons if reason in PULL_WAITS), "")
    if pull:
        return _failure(Category.IMAGE_PULL, f"an image of the build pod could not be pulled: {pull}", transient=True)
    if evidence.job_reason == "DeadlineExceeded":
        return _failure(Category.TIMEOUT, "the build did not end within its deadline")
    if evidence.pod_reason:
        return _failure(Category.UNKNOWN, f"the build pod ended with {evidence.pod_reason}")
    return _from_log(evidence)


def _from_log(evidence: Evidence) -> Failure:
    log = _GLUED.sub(r"\n\1", evidence.log)
    # A RUN command's output may quote anything, and a Python error in it is the parser's own.
    python = _python_error(log)
    if python is not None:
        return python
    error = last_error(log)
    category, transient = _judge(error, log)
    return _failure(
        category,
        error or f"kaniko ended with exit code {evidence.exit_code} and no error line",
        transient=transient,
    )


def _judge(error: str, log: str) -> tuple[Category, bool]:
    """Category and whether it is transient, from kaniko's error line."""
    in_run = "failed to execute command" in error
    in_push = bool(_PUSH.search(error))
    in_registry = bool(_REGISTRY_PATH.search(error))
    # The first that holds decides.
    rules = (
        (bool(_KILLED.search(error)), Category.OOM_KILLED, False),
        (in_run and bool(_INSTALL.search(log)), Category.DEPENDENCY_INSTALL, bool(_NETWORK.search(log))),
        (in_run, Category.INVALID_PARSER if _CONTEXT.search(log) else Category.UNKNOWN, False),
        (
            bool(_RATE_LIMIT.search(error)),
            Category.ECR_RATE_LIMIT if in_push or not in_registry else Category.IMAGE_PULL,
            True,
        ),
        (
            bool(_ACCESS_DENIED.search(error)) and bool(_S3.search(error)),
            Category.S3_ACCESS_DENIED,
            False,
        ),
        # S3 or STS not reached, or failing by themselves.
        ("operation error" in error, Category.UNKNOWN, bool(_NETWORK.search(error))),
        (bool(_DOCKERFILE.search(error)), Category.INVALID_DOCKERFILE, False),
        (bool(_CONTEXT.search(error)) and not in_push and not in_registry, Category.INVALID_PARSER, False),
        (bool(_BASE_IMAGE.search(error)) and not in_push, Category.IMAGE_PULL, True),
    )
    found = next(((category, transient) for holds, category, transient in rules if holds), None)
    return found or (Category.UNKNOWN, in_push and bool(_NETWORK.search(error)))


def last_error(log: str) -> str:
    """The last line of kaniko's log that is an error, else the last line that is not empty."""
    lines = [line.strip() for line in log.splitlines() if line.strip()]
    errors = [match.group(0).strip() for match in _BUILD_ERROR.finditer(log)]
    return (errors or lines or [""])[-1]


def _python_error(log: str) -> Failure | None:
    errors = list(_PYTHON_ERROR.finditer(log))
    if not errors:
        return None
    error = errors[-1]
    message = f"{error['error']}: {error['message']}"
    places = list(_PYTHON_PLACE.finditer(log, 0, error.start()))
    place = _PLACE_IN_TEXT.search(error["message"]) or (places[-1] if places else None)
    if place is None:
        return _failure(Category.INVALID_PARSER, message, file="parser.py")
    return _failure(Category.INVALID_PARSER, message, file=place["file"], line=int(place["line"]))


def _failure(
    category: Category, message: str, *, transient: bool = False, file: str = "", line: int | None = None
) -> Failure:
    return Failure(category, transient, message[:500], file, line)
