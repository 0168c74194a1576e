"""The Job of an attempt, and what is read back from one."""

from __future__ import annotations

import re
from typing import Any

import pytest
from builder import jobs
from builder.classify import Category, Failure

from tests.unit.reference.samples import ROLE, SETTINGS, condition, job, request


def manifest(role: str = ROLE, correlation: str = "c-1") -> dict[str, Any]:
    build = jobs.new_build(request(correlation=correlation), received_at=1700000000.5)
    return jobs.manifest(build, 1, 1700000000, role, SETTINGS)


def kaniko(made: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = made["spec"]["template"]["spec"]["containers"][0]
    return found


def test_the_limits_of_the_specification_are_set() -> None:
    made = manifest()

    spec = made["spec"]
    assert (spec["activeDeadlineSeconds"], spec["ttlSecondsAfterFinished"], spec["backoffLimit"]) == (300, 86400, 0)
    assert kaniko(made)["resources"]["limits"]["memory"] == "1Gi"
    assert made["metadata"]["name"] == "build-parser-abc123-1700000000"
    assert made["spec"]["template"]["spec"]["initContainers"][0]["name"] == "build-context-manager"


def test_kaniko_takes_the_archive_and_pushes_one_tag() -> None:
    assert "--context=s3://parsers/global/parser/abc123" in kaniko(manifest())["args"]
    assert jobs.destination(SETTINGS, "abc123", 1700000000) == "registry.test/knative-lambdas/builder:abc123-1700000000"


def test_a_parser_is_unpacked_where_there_is_no_room_for_one_that_is_too_big() -> None:
    made = manifest()

    mount = next(m for m in kaniko(made)["volumeMounts"] if m["mountPath"] == "/kaniko/buildcontext")
    volume = next(v for v in made["spec"]["template"]["spec"]["volumes"] if v["name"] == mount["name"])
    assert volume["emptyDir"] == {"medium": "Memory", "sizeLimit": "64Mi"}


def test_a_role_gives_the_pod_what_eks_gives_it() -> None:
    made = manifest()

    environment = {entry["name"]: entry["value"] for entry in kaniko(made)["env"]}
    assert environment["AWS_ROLE_ARN"] == ROLE
    token = environment["AWS_WEB_IDENTITY_TOKEN_FILE"]
    mount = next(m for m in kaniko(made)["volumeMounts"] if token.startswith(m["mountPath"]))
    volume = next(v for v in made["spec"]["template"]["spec"]["volumes"] if v["name"] == mount["name"])
    assert volume["projected"]["sources"][0]["serviceAccountToken"]["audience"] == "sts.amazonaws.com"


def test_no_role_gives_no_identity() -> None:
    made = manifest(role="")

    assert "AWS_ROLE_ARN" not in {entry["name"] for entry in kaniko(made)["env"]}
    assert [volume["name"] for volume in made["spec"]["template"]["spec"]["volumes"]] == ["dockerfile", "context"]


def test_a_build_pod_has_no_token_for_the_cluster() -> None:
    assert manifest()["spec"]["template"]["spec"]["automountServiceAccountToken"] is False


@pytest.mark.parametrize("text", ["a b/c", "x" * 128, "--", "ünïcode", "ends.", "!!a!!"])
def test_any_correlation_id_makes_a_valid_label(text: str) -> None:
    value = jobs.label_value(text)

    assert re.fullmatch(r"([A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?)?", value)


def test_the_whole_correlation_id_is_kept_beside_its_label() -> None:
    correlation = "order/42;" + "x" * 80

    assert manifest(correlation=correlation)["metadata"]["annotations"][jobs.NOTE_CORRELATION] == correlation


def test_a_job_reads_back_as_the_attempt_it_was_made_for() -> None:
    attempt = jobs.read(job(number=2))

    assert (attempt.number, attempt.build.parser_id, attempt.build.fingerprint) == (2, "abc123", request().fingerprint)
    assert not attempt.ended


def test_a_job_whose_pod_still_ends_has_not_ended() -> None:
    attempt = jobs.read(job(conditions=[condition("FailureTarget", "BackoffLimitExceeded")]))

    assert not attempt.ended


def test_the_end_of_a_job_is_read() -> None:
    failed = jobs.read(job(conditions=[condition("Failed", "DeadlineExceeded")]))
    assert (failed.ended, failed.succeeded, failed.failed_reason) == (True, False, "DeadlineExceeded")
    assert failed.ended_at == 1700000010.0

    assert jobs.read(job(conditions=[condition("Complete")])).succeeded


def test_a_failure_survives_as_annotation() -> None:
    failure = Failure(Category.INVALID_PARSER, False, 'SyntaxError: "x"\n', "parser.py", 3)
    made = job(conditions=[condition("Failed")])
    made["metadata"]["annotations"][jobs.NOTE_FAILURE] = jobs.failure_note(failure)

    assert jobs.read(made).failure == failure


def test_a_foreign_job_is_refused() -> None:
    with pytest.raises(ValueError, match="lacks"):
        jobs.read({"metadata": {"name": "other", "labels": None}})
