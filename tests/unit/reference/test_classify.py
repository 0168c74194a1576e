"""Failure categories, from lines that kaniko 1.25 and its clients really write."""

from __future__ import annotations

import pytest
from builder.classify import Category, Evidence, classify, last_error

START = 'time="2026-11-22T05:27:13Z" level=info msg="RUN python3 -m py_compile parser.py"\n'
IN_RUN = "error building image: error building stage: failed to execute command: waiting for process to exit: "
USAGE = "\nUsage:\n  executor [flags]\n\nFlags:\n" + "      --push-retry int   Number of retries\n" * 90
DENIED = (
    "Error: error resolving source context: operation error S3: GetObject, https response error StatusCode: 403, "
    "RequestID: wOzwAa, HostID: 9Gjjt1=, api error AccessDenied: Access Denied"
)
NOT_TRUSTED = (
    "Error: error resolving source context: operation error S3: GetObject, get identity: get credentials: failed to "
    "refresh cached credentials, failed to retrieve credentials, operation error STS: AssumeRoleWithWebIdentity, "
    "https response error StatusCode: 403, RequestID: x, api error AccessDenied: Not authorized to perform "
    "sts:AssumeRoleWithWebIdentity"
)
PUSH = (
    "error pushing image: failed to push to destination 1.dkr.ecr.us-west-2.amazonaws.com/knative-lambdas/builder:a-1: "
)
THROTTLED = (
    PUSH + "PUT http://1.dkr.ecr.us-west-2.amazonaws.com/v2/knative-lambdas/builder/manifests/a-1: "
    "unexpected status code 429 Too Many Requests: Too Many Requests"
)
THROTTLED_JSON = (
    PUSH + "PUT http://1.dkr.ecr.us-west-2.amazonaws.com/v2/knative-lambdas/builder/manifests/a-1: "
    "TOOMANYREQUESTS: Rate exceeded"
)
THROTTLED_CHECK = (
    "error checking push permissions -- make sure you entered the correct tag name, and that you are authenticated "
    'correctly, and try again: checking push permission for "1.dkr/x:a": POST http://1.dkr/v2/x/blobs/uploads/: '
    "unexpected status code 429 Too Many Requests"
)
NO_BASE = (
    "error building image: unable to complete operation after 0 attempts, last error: GET "
    "http://1.dkr.ecr/v2/base/python/manifests/nope: MANIFEST_UNKNOWN: manifest unknown; map[Tag:nope]"
)
BASE_THROTTLED = (
    "error building image: unable to complete operation after 0 attempts, last error: GET "
    "http://1.dkr.ecr/v2/base/python/manifests/3.11-slim: TOOMANYREQUESTS: Rate exceeded"
)
BASE_CUT = (
    "error building image: error building stage: failed to get filesystem from image: read tcp 10.0.0.1->10.0.0.2:80: "
    "read: connection timed out"
)
PIP_OFFLINE = (
    "WARNING: Retrying (Retry(total=0)) after connection broken by 'NewConnectionError(...)'\n"
    "ERROR: Could not find a version that satisfies the requirement requests==2.0 (from versions: none)\n"
)
PIP_WRONG = (
    "ERROR: Could not find a version that satisfies the requirement nope==9.9 (from versions: 1.0, 1.1)\n"
    "ERROR: No matching distribution found for nope==9.9\n"
)
NO_ROOM = "Error: error resolving source context: write /kaniko/buildcontext/parser.py: no space left on device"
SYNTAX = '  File "parser.py", line 7\n    def f(:\n          ^\nSyntaxError: invalid syntax\n'
ENCODING = (
    "  File \"parser.py\", line 1\nSyntaxError: (unicode error) 'utf-8' codec can't decode byte 0xe9 in position 0\n"
)


@pytest.mark.parametrize(
    ("log", "category", "transient"),
    [
        (DENIED + USAGE, Category.S3_ACCESS_DENIED, False),
        (NOT_TRUSTED + USAGE, Category.S3_ACCESS_DENIED, False),
        (NO_ROOM + USAGE, Category.INVALID_PARSER, False),
        (THROTTLED, Category.ECR_RATE_LIMIT, True),
        (THROTTLED_JSON, Category.ECR_RATE_LIMIT, True),
        (THROTTLED_CHECK, Category.ECR_RATE_LIMIT, True),
        (IN_RUN + "signal: killed", Category.OOM_KILLED, False),
        (
            "error building image: parsing dockerfile: dockerfile parse error on line 3: unknown instruction: RUNN",
            Category.INVALID_DOCKERFILE,
            False,
        ),
        (NO_BASE, Category.IMAGE_PULL, True),
        (BASE_THROTTLED, Category.IMAGE_PULL, True),
        (BASE_CUT, Category.IMAGE_PULL, True),
        (START + "pip install -r requirements.txt\n" + PIP_OFFLINE + IN_RUN + "exit status 1",
         Category.DEPENDENCY_INSTALL, True),
        (START + "pip install -r requirements.txt\n" + PIP_WRONG + IN_RUN + "exit status 1",
         Category.DEPENDENCY_INSTALL, False),
        (START + SYNTAX + IN_RUN + "exit status 1", Category.INVALID_PARSER, False),
        ("Error: error resolving source context: gzip: invalid header" + USAGE, Category.INVALID_PARSER, False),
        ("Error: error resolving source context: unexpected EOF" + USAGE, Category.INVALID_PARSER, False),
        ("Error: error resolving source context: EOF" + USAGE, Category.INVALID_PARSER, False),
        ('Error: error resolving source context: tar entry "../evil" is not allowed: references parent directory',
         Category.INVALID_PARSER, False),
        (START + "[Errno 2] No such file or directory: 'parser.py'" + IN_RUN + "exit status 1",
         Category.INVALID_PARSER, False),
        (PUSH + "PUT http://1.dkr.ecr/v2/x/manifests/a: MANIFEST_INVALID: manifest invalid", Category.UNKNOWN, False),
        ("something nobody has seen", Category.UNKNOWN, False),
        ("", Category.UNKNOWN, False),
    ],
)  # fmt: skip
def test_a_log_has_one_category(log: str, category: Category, transient: bool) -> None:
    failure = classify(Evidence(exit_code=1, log=log))

    assert (failure.category, failure.transient) == (category, transient)
    assert failure.message


@pytest.mark.parametrize(
    "log",
    [
        "Error: error resolving source context: operation error S3: GetObject, exceeded maximum number of attempts, 3, "
        "https response error StatusCode: 0, request send failed, dial tcp 10.0.0.1:80: connect: connection refused",
        "Error: error resolving source context: operation error S3: GetObject, exceeded maximum number of attempts, 3, "
        "https response error StatusCode: 503, api error SlowDown: Please reduce your request rate.",
        PUSH + 'Get "http://1.dkr.ecr/v2/": dial tcp 10.0.0.1:80: connect: connection refused',
    ],
)
def test_a_service_that_was_not_reached_is_tried_again_and_nobodys_fault(log: str) -> None:
    failure = classify(Evidence(exit_code=1, log=log))

    assert (failure.category, failure.transient) == (Category.UNKNOWN, True)


@pytest.mark.parametrize(
    ("evidence", "category", "transient"),
    [
        (Evidence(exit_code=137, terminated_reason="OOMKilled", log=THROTTLED), Category.OOM_KILLED, False),
        (Evidence(exit_code=137, terminated_reason="Error"), Category.OOM_KILLED, False),
        (Evidence(job_reason="DeadlineExceeded"), Category.TIMEOUT, False),
        (Evidence(job_reason="DeadlineExceeded", waiting_reasons=("ImagePullBackOff",)), Category.IMAGE_PULL, True),
        (Evidence(job_reason="BackoffLimitExceeded", waiting_reasons=("PodInitializing",), pod_reason="Evicted"),
         Category.UNKNOWN, False),
    ],
)  # fmt: skip
def test_what_kubernetes_says_comes_before_the_log(evidence: Evidence, category: Category, transient: bool) -> None:
    failure = classify(evidence)

    assert (failure.category, failure.transient) == (category, transient)


@pytest.mark.parametrize(
    ("output", "line", "message"),
    [
        (SYNTAX, 7, "SyntaxError: invalid syntax"),
        (ENCODING, 1, "SyntaxError: (unicode error) 'utf-8' codec can't decode byte 0xe9 in position 0"),
        ("Sorry: IndentationError: unexpected indent (parser.py, line 12)\n", 12, None),
        ("ValueError: source code string cannot contain null bytes", None,
         "ValueError: source code string cannot contain null bytes"),
    ],
)  # fmt: skip
def test_a_python_error_is_located(output: str, line: int | None, message: str | None) -> None:
    failure = classify(Evidence(exit_code=1, log=START + output + IN_RUN + "exit status 1"))

    assert (failure.category, failure.file, failure.line) == (Category.INVALID_PARSER, "parser.py", line)
    assert message is None or failure.message == message


def test_the_error_line_is_found_before_the_list_of_flags() -> None:
    assert last_error(DENIED + USAGE) == DENIED


def test_every_failure_mode_of_the_runbook_has_a_category() -> None:
    modes = {
        "s3_access_denied", "ecr_rate_limit", "oom_killed", "invalid_dockerfile",
        "timeout", "image_pull", "dependency_install",
    }  # fmt: skip
    assert modes < {category.value for category in Category}
