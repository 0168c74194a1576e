"""Requests, settings and Job objects as the tests need them."""

from __future__ import annotations

from typing import Any

from builder import jobs
from builder.events import BuildRequest
from builder.settings import JobSettings, RetryPolicy

POLICY = RetryPolicy(max_attempts=3, base_seconds=5.0, max_seconds=30.0)
ROLE = "arn:aws:iam::339954290315:role/knative-lambda-builder-prd"

SETTINGS = JobSettings(
    namespace="knative-lambda",
    service_account="knative-lambda-builder",
    builder_image="builder:1",
    kaniko_image="kaniko:1",
    kaniko_memory_limit="1Gi",
    parser_room_mib=64,
    timeout_seconds=300,
    ttl_seconds=86400,
    push_retries=0,
    bucket="parsers",
    registry="registry.test",
    repository="knative-lambdas/builder",
    registry_plain_http=True,
    base_image="registry.test/base/python:3.11-slim",
    region="us-west-2",
    aws_environment={"AWS_ENDPOINT_URL": "http://aws.test"},
)


def request(
    parser: str = "abc123", event: str = "e-1", correlation: str = "c-1", sent_at: float | None = 1700000000.5
) -> BuildRequest:
    return BuildRequest("urn:test", event, parser, correlation, sent_at)


def job(number: int = 1, unix: int = 1700000000, **status: Any) -> dict[str, Any]:
    """A Job object as the API serves it."""
    build = jobs.new_build(request(), received_at=1700000000.5)
    made = jobs.manifest(build, number, unix, ROLE, SETTINGS)
    made["metadata"] |= {"uid": f"uid-{unix}", "resourceVersion": "1"}
    return {**made, "status": status}


def condition(kind: str, reason: str = "", at: str = "2023-11-14T22:13:30Z") -> dict[str, str]:
    return {"type": kind, "status": "True", "reason": reason, "lastTransitionTime": at}
