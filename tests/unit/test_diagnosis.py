"""A cause is named only when the evidence says so."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.diagnosis import PARSER_MISSING, POLICY_REMOVED, UNKNOWN, WRONG_ROLE, Evidence, diagnose

DENIED = (
    "Error: error resolving source context: operation error S3: GetObject, https response error StatusCode: 403, "
    "RequestID: x, api error AccessDenied: Access Denied"
)
WELL = Evidence(
    log_lines=("INFO resolving context", DENIED),
    annotated_role="arn:aws:iam::1:role/prd",
    runbook_role="arn:aws:iam::1:role/prd",
    policy="{}",
    policy_name="S3Access",
    parser_exists=True,
    parser_location="s3://bucket/p",
)


@pytest.mark.parametrize(
    ("evidence", "cause"),
    [
        (replace(WELL, policy=None), POLICY_REMOVED),
        (replace(WELL, annotated_role="arn:aws:iam::1:role/stg"), WRONG_ROLE),
        (replace(WELL, annotated_role=""), WRONG_ROLE),
        (replace(WELL, parser_exists=False), PARSER_MISSING),
        (WELL, UNKNOWN),
        (replace(WELL, log_lines=("SyntaxError: invalid syntax",), policy=None), UNKNOWN),
        (replace(WELL, log_lines=()), UNKNOWN),
        (replace(WELL, annotated_role="x", policy=None), WRONG_ROLE),
    ],
)
def test_causes(evidence: Evidence, cause: str) -> None:
    assert diagnose(evidence).cause == cause


def test_the_evidence_names_the_log_line() -> None:
    assert DENIED in diagnose(replace(WELL, policy=None)).evidence


def test_unknown_comes_with_what_there_is() -> None:
    found = diagnose(replace(WELL, log_lines=("one", "two"), events=("BackoffLimitExceeded: x",)))
    assert found.evidence == ("one", "two", "BackoffLimitExceeded: x")
