"""Causes are named when they are proven and nothing speaks against them; all else is unknown, with what was seen."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from chaos import faults
from chaos.bench.confusion import TOLD, Answer, Grade, acceptable, grade, matrix
from chaos.bench.diagnosis_cases import BUILDS_SURVIVE, CASES
from harness.diagnosis.causes import (
    DEPENDENCY_MISSING,
    DEPENDENCY_SOURCE_AWAY,
    DOCKERFILE_INVALID,
    ECR_RATE_LIMIT,
    IMAGE_MISSING,
    NONE,
    OUT_OF_MEMORY,
    PARSER_INVALID,
    PARSER_MISSING,
    POLICY_REMOVED,
    POLICY_WRONG,
    RULES,
    UNKNOWN,
    WRONG_ROLE,
    diagnose,
)
from harness.diagnosis.evidence import Ending, Evidence
from harness.diagnosis.policy_document import withholds
from harness.diagnosis.responder import RUNBOOK, remedy_for
from harness.diagnosis.signs import DEVIATIONS, Sign, signs_in

# What kaniko 1.25 and its clients wrote in builds that failed. USAGE follows an error in its arguments or context.
USAGE = ("Usage:", "  executor [flags]", "      --push-retry int   Number of retries for the push operation", "")
CONTEXT = "Error: error resolving source context: "
S3 = CONTEXT + "operation error S3: GetObject, "
REFUSED = S3 + "https response error StatusCode: 403, RequestID: x, HostID: y, api error AccessDenied: Access Denied"
NO_SUCH_KEY = S3 + "https response error StatusCode: 404, RequestID: x, NoSuchKey: The specified key does not exist."
STS = (
    S3 + "get identity: get credentials: failed to refresh cached credentials, failed to retrieve credentials, "
    "operation error STS: AssumeRoleWithWebIdentity, "
)
NOT_TRUSTED = (
    STS + "https response error StatusCode: 403, RequestID: x, api error AccessDenied: Not authorized to perform "
    "sts:AssumeRoleWithWebIdentity"
)
STS_DOWN = STS + "exceeded maximum number of attempts, 3, https response error StatusCode: 503, RequestID: x, api error"
NO_IMDS = S3 + "get identity: get credentials: failed to refresh cached credentials, no EC2 IMDS role found"
PUSH = "error pushing image: failed to push to destination 1.dkr.ecr.us-west-2.amazonaws.com/builder:a-1: "
PUT = PUSH + "PUT http://1.dkr.ecr.us-west-2.amazonaws.com/v2/builder/manifests/a-1: "
THROTTLED = PUT + "unexpected status code 429 Too Many Requests: Too Many Requests"
THROTTLED_BODY = PUT + "TOOMANYREQUESTS: Rate exceeded"
RUN_FAILED = "error building image: error building stage: failed to execute command: waiting for process to exit: "
COMPILING = 'time="2026-11-22T06:12:55Z" level=info msg="Running: [/bin/sh -c python3 -m py_compile parser.py]"'
INSTALLING = 'time="2026-11-22T06:12:55Z" level=info msg="Running: [/bin/sh -c pip install -r requirements.txt]"'
SYNTAX = (
    COMPILING,
    '  File "parser.py", line 2',
    "    return line.split(','",
    "SyntaxError: '(' was never closed",
    RUN_FAILED + "exit status 1",
)
NO_FILE = (COMPILING, "[Errno 2] No such file or directory: 'parser.py'" + RUN_FAILED + "exit status 1")
NO_VERSION = (
    "ERROR: Could not find a version that satisfies the requirement nope==9.9 (from versions: 1.0, 1.1)",
    "ERROR: No matching distribution found for nope==9.9",
)
OFFLINE = (
    "WARNING: Retrying (Retry(total=0)) after connection broken by 'NewConnectionError(': Failed to establish a new "
    "connection: [Errno 111] Connection refused')': /simple/requests/",
    "ERROR: Could not find a version that satisfies the requirement requests==2.0 (from versions: none)",
    "ERROR: No matching distribution found for requests==2.0",
)
NO_BASE = (
    "error building image: unable to complete operation after 0 attempts, last error: GET "
    "http://1.dkr.ecr.us-west-2.amazonaws.com/v2/base/python/manifests/nope: MANIFEST_UNKNOWN: manifest unknown"
)
UNSCHEDULED = ("FailedScheduling: 0/1 nodes are available: 1 Insufficient memory.",)
PULL_NOT_FOUND = (
    'Failed: Failed to pull image "kaniko:nope": rpc error: code = NotFound desc = failed to pull and unpack image: '
    "docker.io/library/kaniko:nope: not found",
    "Failed: Error: ErrImagePull",
)
PULL_UNAUTHORIZED = (
    'Failed: Failed to pull image "kaniko:1": failed to authorize: 401 Unauthorized',
    "Failed: Error: ErrImagePull",
)

PRD = "arn:aws:iam::1:role/prd"
GRANTS = '{"Statement": [{"Effect": "Allow", "Action": ["s3:GetObject"], "Resource": ["arn:aws:s3:::bucket/*"]}]}'
OTHER_BUCKET = GRANTS.replace("bucket/", "buckets/")
FAILED = Ending("Failed: BackoffLimitExceeded", exit_code=1, exit_reason="Error")
WELL = Evidence(
    log_lines=(),
    ending=FAILED,
    annotated_role=PRD,
    runbook_role=PRD,
    policy=GRANTS,
    policy_name="S3Access",
    parser_location="s3://bucket/p",
)
STG = "arn:aws:iam::1:role/stg"
BAD = "SyntaxError: '(' was never closed"
ALONE = "GetObject as administrator: AccessDenied Access Denied"


def seen(*lines: str, **more: object) -> Evidence:
    """Of a build that failed with this log, all else being as the runbook has it but for `more`."""
    return replace(WELL, log_lines=("INFO resolving", *lines), **more)  # type: ignore[arg-type]


def ended(reason: str, code: int | None, *events: str, log: tuple[str, ...] = ()) -> Evidence:
    return replace(WELL, log_lines=log, events=events, ending=Ending(FAILED.condition, code, reason))


TIMED_OUT = replace(WELL, ending=Ending("Failed: DeadlineExceeded"))

NAMED: dict[str, tuple[Evidence, tuple[str, ...]]] = {
    "no fault": (replace(WELL, ending=Ending("Complete", 0, "Completed")), (NONE,)),
    "well, the role being wrong since": (
        replace(WELL, ending=Ending("Complete", 0, "Completed"), annotated_role=STG),
        (NONE,),
    ),
    "role": (seen(REFUSED, *USAGE, annotated_role=STG), (WRONG_ROLE,)),
    "role that is not given": (seen(NOT_TRUSTED, *USAGE, annotated_role=STG), (WRONG_ROLE,)),
    "no role": (seen(NO_IMDS, *USAGE, annotated_role=""), (WRONG_ROLE,)),
    "no policy": (seen(REFUSED, *USAGE, policy=None), (POLICY_REMOVED,)),
    "policy on another bucket": (seen(REFUSED, *USAGE, policy=OTHER_BUCKET), (POLICY_WRONG,)),
    "object, refused": (seen(REFUSED, *USAGE, parser_exists=False), (PARSER_MISSING,)),
    "object, not found": (seen(NO_SUCH_KEY, *USAGE, parser_exists=False), (PARSER_MISSING,)),
    "429": (seen(THROTTLED), (ECR_RATE_LIMIT,)),
    "429 with body": (seen(THROTTLED_BODY), (ECR_RATE_LIMIT,)),
    "syntax": (seen(*SYNTAX, parser_problem=BAD), (PARSER_INVALID,)),
    "no parser.py": (seen(*NO_FILE, parser_problem="no parser.py in the archive"), (PARSER_INVALID,)),
    "no archive": (seen(CONTEXT + "gzip: invalid header", *USAGE, parser_problem="no archive"), (PARSER_INVALID,)),
    "empty": (seen(CONTEXT + "EOF", *USAGE, parser_problem="no archive: empty file"), (PARSER_INVALID,)),
    "hostile path": (
        seen(CONTEXT + 'tar entry "../../x" is not allowed: references parent directory', parser_problem="leads out"),
        (PARSER_INVALID,),
    ),
    "too big": (
        seen(CONTEXT + "write /kaniko/buildcontext/parser.py: no space left on device", parser_problem="too big"),
        (PARSER_INVALID,),
    ),
    "memory": (ended("OOMKilled", 137), (OUT_OF_MEMORY,)),
    "dockerfile": (
        seen("error building image: parsing dockerfile: dockerfile parse error on line 3: unknown instruction: RUNN"),
        (DOCKERFILE_INVALID,),
    ),
    "base image": (seen(NO_BASE), (IMAGE_MISSING,)),
    "image of the pod": (replace(TIMED_OUT, events=PULL_NOT_FOUND), (IMAGE_MISSING,)),
    "no such version": (seen(INSTALLING, *NO_VERSION, RUN_FAILED + "exit status 1"), (DEPENDENCY_MISSING,)),
    "package source away": (seen(INSTALLING, *OFFLINE, RUN_FAILED + "exit status 1"), (DEPENDENCY_SOURCE_AWAY,)),
    "role and policy": (seen(REFUSED, annotated_role=STG, policy=None), (WRONG_ROLE, POLICY_REMOVED)),
    "policy and object": (seen(REFUSED, policy=None, parser_exists=False), (POLICY_REMOVED, PARSER_MISSING)),
    "role, not given, and object": (
        seen(NOT_TRUSTED, annotated_role=STG, parser_exists=False),
        (WRONG_ROLE, PARSER_MISSING),
    ),
    "role and parser": (seen(REFUSED, annotated_role=STG, parser_problem=BAD), (WRONG_ROLE, PARSER_INVALID)),
    "all three": (
        seen(REFUSED, annotated_role=STG, policy=None, parser_exists=False),
        (WRONG_ROLE, POLICY_REMOVED, PARSER_MISSING),
    ),
}
"""What must be named, and in which order."""

LOOK_ALIKES: dict[str, tuple[Evidence, tuple[str, ...]]] = {
    # Refusals that the role, its policy and the object do not explain.
    "refused, all as it should be": (seen(REFUSED, *USAGE), ("as they should be",)),
    "refused to everybody": (seen(REFUSED, others_refused=ALONE), ("StatusCode: 403", ALONE)),
    "refused to everybody, and no policy": (seen(REFUSED, policy=None, others_refused=ALONE), (ALONE, "no policy")),
    "refused to everybody, and no object": (
        seen(REFUSED, parser_exists=False, others_refused=ALONE), (ALONE, "is not there")
    ),
    "key policy": (
        seen(S3 + "StatusCode: 403, api error AccessDenied: not authorized to perform: kms:Decrypt", policy=None),
        ("kms:Decrypt", "no policy"),
    ),
    "bucket policy": (
        seen(S3 + "StatusCode: 403, api error AccessDenied: with an explicit deny in a resource-based policy",
             annotated_role=STG),
        ("explicit deny", STG),
    ),
    "clock skew": (seen(S3 + "StatusCode: 403, api error RequestTimeTooSkewed: x", policy=None), ("TooSkewed",)),
    "expired token": (seen(S3 + "StatusCode: 403, api error ExpiredToken: x", annotated_role=STG), ("Expired", STG)),
    "found nothing, though it may read": (seen(NO_SUCH_KEY, policy=None), ("NoSuchKey", "no policy")),
    "no bucket": (seen(S3 + "StatusCode: 404, api error NoSuchBucket: x"), ("NoSuchBucket",)),
    "right role not given": (seen(NOT_TRUSTED, policy=None), ("Not authorized", "no policy")),
    "no credentials, with the right role": (seen(NO_IMDS), ("IMDS",)),
    "no credentials, with another role": (seen(NO_IMDS, annotated_role=STG), ("IMDS", STG)),
    # Services that are away or slow.
    "sts down": (seen(STS_DOWN), ("StatusCode: 503",)),
    "sts down and no policy": (seen(STS_DOWN, policy=None), ("StatusCode: 503", "no policy")),
    "sts down and the wrong role": (seen(STS_DOWN, annotated_role=STG), ("StatusCode: 503", STG)),
    "s3 slow down": (seen(S3 + "StatusCode: 503, api error SlowDown: reduce your rate"), ("SlowDown",)),
    "s3 not resolved": (
        seen(S3 + "request send failed, dial tcp: lookup api.aws: no such host", parser_exists=False),
        ("no such host", "is not there"),
    ),
    "registry down": (
        seen('error building image: GET http://1.dkr.ecr.us-west-2.amazonaws.com/v2/: 503', registry_problem="503"),
        ("error building", "the registry"),
    ),
    "registry down and no policy": (
        seen(REFUSED, policy=None, registry_problem="status 503"), ("no policy", "status 503")
    ),
    "push refused": (seen(PUT + "DENIED: requested access to the resource is denied"), ("DENIED",)),
    "push cut": (seen(PUSH + 'Get "http://1.dkr/v2/": EOF'), ("EOF",)),
    # 429 of somebody else.
    "another registry's 429": (
        seen("error building image: GET https://index.docker.io/v2/library/python/manifests/3: TOOMANYREQUESTS: x"),
        ("docker.io",),
    ),
    "429 quoted by a command": (seen(COMPILING, THROTTLED, RUN_FAILED + "exit status 1"), ("exit status 1",)),
    "refusal quoted by a command": (
        seen(COMPILING, REFUSED, RUN_FAILED + "exit status 1", policy=None), ("exit status 1", "no policy")
    ),
    "throttled and the policy gone since": (seen(THROTTLED, policy=None), ("429", "no policy")),
    # Parsers that are not the parser that is stored, and what else a RUN command may say.
    "syntax, mended since": (seen(*SYNTAX), ("never closed",)),
    "archive cut on its way": (seen(CONTEXT + "unexpected EOF"), ("unexpected EOF",)),
    "room full, parser fine": (seen(CONTEXT + "write /x: no space left on device"), ("no space left",)),
    "invalid parser, other failure": (seen(RUN_FAILED + "exit status 2", parser_problem=BAD), ("status 2", BAD)),
    "invalid parser, registry down": (
        seen("error checking push permissions: 503", parser_problem=BAD, registry_problem="503"), ("push perm", BAD)
    ),
    "refused, and the parser is invalid": (seen(REFUSED, parser_problem=BAD), ("StatusCode: 403", BAD)),
    "syntax error of a dependency": (
        seen(INSTALLING, "SyntaxError: invalid syntax", RUN_FAILED + "exit status 1"), ("SyntaxError",)
    ),
    "names not resolved": (
        seen(INSTALLING, "NewConnectionError('[Errno -3] Temporary failure in name resolution')", *NO_VERSION,
             RUN_FAILED + "exit status 1"),
        ("No matching distribution",),
    ),
    "disk full while installing": (
        seen(INSTALLING, "OSError: [Errno 28] No space left on device", *NO_VERSION, RUN_FAILED + "exit status 1"),
        ("No matching",),
    ),
    "no version seen, no reason told": (
        seen(INSTALLING, *OFFLINE[1:], RUN_FAILED + "exit status 1"), ("No matching",)
    ),
    # Pods.
    "killed": (ended("Error", 137), ("exit code 137",)),
    "a command killed": (seen(COMPILING, RUN_FAILED + "signal: killed"), ("signal: killed",)),
    "evicted": (replace(WELL, ending=replace(FAILED, pod_reason="Evicted")), ("Evicted",)),
    "out of memory, and another signal of trouble": (
        replace(ended("OOMKilled", 137), policy=None), ("OOMKilled", "no policy")
    ),
    "pod deleted": (
        replace(WELL, ending=Ending("Failed: BackoffLimitExceeded"), events=("BackoffLimitExceeded: x",)),
        ("BackoffLimitExceeded: x",),
    ),
    "past its deadline": (TIMED_OUT, ("DeadlineExceeded",)),
    "past its deadline, not scheduled": (
        replace(TIMED_OUT, events=UNSCHEDULED), ("DeadlineExceeded", "Insufficient memory")
    ),
    "image not pulled": (replace(TIMED_OUT, events=PULL_UNAUTHORIZED), ("401 Unauthorized",)),
    "image not pulled, no reason": (replace(TIMED_OUT, events=("BackOff: ImagePullBackOff",)), ("ImagePullBackOff",)),
    "something nobody has seen": (seen("error building image: nobody has seen this"), ("nobody has seen",)),
    "nothing at all": (replace(WELL, ending=Ending(), log_lines=()), ("no log, no event",)),
}  # fmt: skip
"""What must not be named, and what must be told of it all the same."""


@pytest.mark.parametrize(("evidence", "causes"), NAMED.values(), ids=NAMED.keys())
def test_what_is_proven_is_named(evidence: Evidence, causes: tuple[str, ...]) -> None:
    found = diagnose(evidence)

    assert found.causes == causes, found.evidence
    assert found.cause == causes[0]


@pytest.mark.parametrize(("evidence", "told"), LOOK_ALIKES.values(), ids=LOOK_ALIKES.keys())
def test_what_is_not_proven_is_unknown_with_all_that_was_seen(evidence: Evidence, told: tuple[str, ...]) -> None:
    found = diagnose(evidence)

    assert (found.causes, found.cause) == ((), UNKNOWN)
    for part in told:
        assert any(part in line for line in found.evidence), found.evidence


@pytest.mark.parametrize("name", [name for name in NAMED if NAMED[name][1] != (NONE,)])
def test_no_cause_outlives_its_proof(name: str) -> None:
    """Taking away what proves a cause, whichever it is, leaves no cause at all or the others."""
    evidence, causes = NAMED[name]
    mended = replace(WELL, log_lines=evidence.log_lines, ending=evidence.ending, events=evidence.events)
    by_deviation = {rule.cause for rule in RULES if rule.proof in DEVIATIONS}

    assert set(diagnose(mended).causes) == set(causes) - by_deviation


@pytest.mark.parametrize("name", [name for name in NAMED if NAMED[name][1] != (NONE,)])
def test_no_cause_is_named_beside_a_sign_that_it_does_not_explain(name: str) -> None:
    evidence, _ = NAMED[name]
    contradicted = replace(evidence, ending=replace(evidence.ending, pod_reason="Evicted"))

    found = diagnose(contradicted)

    assert found.cause == UNKNOWN
    assert set(diagnose(evidence).evidence) <= set(found.evidence)


def test_no_cause_is_named_of_deviations_alone() -> None:
    """A deviation that did no harm so far is no cause: some symptom must follow from it."""
    silent = seen(annotated_role=STG, policy=None, parser_exists=False, parser_problem=BAD)

    assert diagnose(silent).cause == UNKNOWN


@pytest.mark.parametrize("rule", RULES, ids=[f"{rule.cause}, {rule.proof.name}" for rule in RULES])
def test_every_rule_is_needed(rule: object, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without it some build that it explains is unknown, so that none of the fixtures passes by another rule."""
    monkeypatch.setattr("harness.diagnosis.causes.RULES", tuple(other for other in RULES if other is not rule))

    assert any(diagnose(evidence).causes != causes for evidence, causes in NAMED.values())


@pytest.mark.parametrize("rule", RULES, ids=[f"{rule.cause}, {rule.proof.name}" for rule in RULES])
def test_a_rule_that_explains_everything_is_caught(rule: object, monkeypatch: pytest.MonkeyPatch) -> None:
    """A rule loosened until any symptom will do names something in the look-alikes that must stay unknown."""
    loose = tuple(replace(other, explains=frozenset(Sign)) if other is rule else other for other in RULES)
    monkeypatch.setattr("harness.diagnosis.causes.RULES", loose)
    wrong = [evidence for evidence, _ in LOOK_ALIKES.values() if diagnose(evidence).causes]
    contradicted = [
        replace(evidence, ending=replace(evidence.ending, pod_reason="Evicted"))
        for evidence, causes in NAMED.values()
        if causes != (NONE,)
    ]

    assert wrong or any(diagnose(evidence).causes for evidence in contradicted)


def test_every_sign_occurs() -> None:
    everything = [evidence for evidence, _ in [*NAMED.values(), *LOOK_ALIKES.values()]]

    assert {sign for evidence in everything for sign in signs_in(evidence)} == set(Sign)


def test_the_evidence_names_what_proves_it_first_and_the_log_line() -> None:
    assert diagnose(seen(REFUSED, policy=None)).evidence == (f"{PRD} has no policy S3Access", REFUSED)


def test_unknown_comes_with_the_end_of_the_log_where_nothing_was_seen() -> None:
    found = diagnose(replace(WELL, log_lines=("one", "two"), events=("BackoffLimitExceeded: x",)))

    assert found.evidence == ("one", "two", "BackoffLimitExceeded: x")


@pytest.mark.parametrize(
    ("document", "answer"),
    [
        (GRANTS, False),
        (OTHER_BUCKET, True),
        ('{"Statement": []}', True),
        ('{"Statement": {"Effect": "Allow", "Action": "S3:Get*", "Resource": "*"}}', False),
        ('{"Statement": {"Effect": "Allow", "Action": "s3:PutObject", "Resource": "*"}}', True),
        (
            '{"Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"},'
            ' {"Effect": "Deny", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::bucket/p"}]}',
            True,
        ),
        # It depends on the call: nothing is claimed of it.
        (
            '{"Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*", "Condition": {}}]}',
            False,
        ),
        ('{"Statement": [{"Effect": "Allow", "NotAction": "s3:GetObject", "Resource": "*"}]}', False),
    ],
)
def test_what_a_policy_withholds(document: str, answer: bool) -> None:
    assert withholds(document, "s3:GetObject", "arn:aws:s3:::bucket/p") is answer


def test_remedies_are_for_causes_that_can_be_named() -> None:
    assert set(RUNBOOK) <= {rule.cause for rule in RULES}
    assert remedy_for(UNKNOWN) is None
    assert remedy_for(NONE) is None


def _answer(case: str, faults_: tuple[str, ...], *answered: str) -> Answer:
    return Answer(case=case, faults=faults_, answered=answered, evidence=(), seconds=0.1)


@pytest.mark.parametrize(
    ("injected", "answered", "expected", "stands"),
    [
        ((), {NONE}, Grade.RIGHT, True),
        ((), {WRONG_ROLE}, Grade.WRONG, False),
        ((), {UNKNOWN}, Grade.UNSURE, False),
        (("iam-policy-removed",), {POLICY_REMOVED}, Grade.RIGHT, True),
        (("iam-policy-removed",), {UNKNOWN}, Grade.UNSURE, False),
        (("iam-policy-removed",), {WRONG_ROLE}, Grade.WRONG, False),
        (("iam-policy-removed",), {POLICY_REMOVED, WRONG_ROLE}, Grade.WRONG, False),
        (("iam-policy-removed",), {NONE}, Grade.WRONG, False),
        (("sts-down",), {UNKNOWN}, Grade.RIGHT, True),
        (("sts-down",), {WRONG_ROLE}, Grade.WRONG, False),
        (("role-annotation-wrong", "iam-policy-removed"), {WRONG_ROLE, POLICY_REMOVED}, Grade.RIGHT, True),
        (("role-annotation-wrong", "iam-policy-removed"), {WRONG_ROLE}, Grade.PARTLY, False),
        (("role-annotation-wrong", "iam-policy-removed"), {UNKNOWN}, Grade.UNSURE, True),
        (("iam-policy-removed", "sts-down"), {UNKNOWN}, Grade.RIGHT, True),
        (("iam-policy-removed", "sts-down"), {POLICY_REMOVED}, Grade.PARTLY, False),
    ],
)
def test_grades(injected: tuple[str, ...], answered: set[str], expected: Grade, stands: bool) -> None:
    assert grade(injected, answered) is expected
    assert acceptable(_answer("x", injected, *answered)) is stands


def test_an_answer_of_two_causes_counts_in_both_columns() -> None:
    rows = matrix([_answer("pair", ("a", "b"), "x", "y"), _answer("pair", ("a", "b"), "x"), _answer("z", (), NONE)])

    assert rows == {"pair": Counter(x=2, y=1), "z": Counter({NONE: 1})}


def test_every_fault_is_diagnosed_or_known_to_let_builds_live() -> None:
    diagnosed = {fault for case in CASES.values() for fault in case.faults}

    assert diagnosed | BUILDS_SURVIVE == set(faults.names())
    assert not diagnosed & BUILDS_SURVIVE


def test_every_cause_told_of_has_a_rule() -> None:
    assert set(TOLD.values()) <= {rule.cause for rule in RULES}
