"""The AWS emulator as a process: it enforces IAM, and refuses as AWS does where plain moto would not."""

from __future__ import annotations

import base64
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import msgspec
import pytest
import requests
import yaml
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError

from harness.aws.account import Account, Keys
from harness.aws.seed import AccountContent, seed_account
from harness.errors import TargetError
from harness.parser_archive import sample_parser

REFERENCE = Path(__file__).resolve().parents[2] / "clusters" / "reference"
BUILDER = "system:serviceaccount:knative-lambda:knative-lambda-builder"
ROLE = "arn:aws:iam::339954290315:role/knative-lambda-builder-{}"
START_LIMIT_S = 20.0


def account_content() -> tuple[AccountContent, dict[str, str]]:
    content = msgspec.convert(yaml.safe_load((REFERENCE / "aws" / "account.yaml").read_text()), AccountContent)
    return content, {name: (REFERENCE / "aws" / name).read_text() for name in content.files}


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {
        **os.environ,
        "PYTHONPATH": str(REFERENCE / "services" / "aws"),
        "MOTO_ACCOUNT_ID": "339954290315",
        "INITIAL_NO_AUTH_ACTION_COUNT": "1000000000",
    }
    command = [sys.executable, "-m", "aws_emulator", "-H", "127.0.0.1", "-p", str(port)]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}"
    deadline = time.monotonic() + START_LIMIT_S
    try:
        while True:
            try:
                requests.get(f"{url}/moto-api/data.json", timeout=1)
                break
            except requests.ConnectionError:
                assert process.poll() is None, "the emulator ended"
                assert time.monotonic() < deadline, "the emulator does not answer"
        yield url
    finally:
        process.terminate()
        process.wait(10)


@pytest.fixture(scope="module")
def keys(endpoint: str) -> Keys:
    content, documents = account_content()
    return seed_account(endpoint, content, documents, sample_parser, None)


def client(service: str, endpoint: str, **credentials: str) -> Any:
    return boto3.client(service, endpoint_url=endpoint, region_name="us-west-2", **credentials)  # type: ignore[call-overload]


def administrator(service: str, endpoint: str, keys: Keys) -> Any:
    return client(service, endpoint, aws_access_key_id=keys.access_key, aws_secret_access_key=keys.secret_key)


def token(subject: str, expires_in_s: float = 60.0) -> str:
    claims = {"sub": subject, "aud": ["sts.amazonaws.com"], "exp": time.time() + expires_in_s}
    payload = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return f"header.{payload}.signature"


def read(endpoint: str, role: str, key: str, operation: str = "get_object", web_identity: str = "") -> str:
    """The error code that the holder of a token gets, or "read"."""
    sts = boto3.client("sts", endpoint_url=endpoint, region_name="us-west-2", config=Config(signature_version=UNSIGNED))
    try:
        taken = sts.assume_role_with_web_identity(
            RoleArn=role, RoleSessionName="test", WebIdentityToken=web_identity or token(BUILDER)
        )["Credentials"]
        s3 = client(
            "s3",
            endpoint,
            aws_access_key_id=taken["AccessKeyId"],
            aws_secret_access_key=taken["SecretAccessKey"],
            aws_session_token=taken["SessionToken"],
        )
        getattr(s3, operation)(Bucket="knative-lambda-fusion-modules-tmp", Key=key)
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    return "read"


def test_the_builders_role_reads_a_parser(endpoint: str, keys: Keys) -> None:
    assert keys.access_key
    assert read(endpoint, ROLE.format("prd"), "global/parser/canary") == "read"


@pytest.mark.parametrize(("operation", "code"), [("get_object", "AccessDenied"), ("head_object", "403")])
def test_a_missing_parser_is_a_refusal_to_who_may_not_list(
    endpoint: str, keys: Keys, operation: str, code: str
) -> None:
    assert keys.access_key
    assert read(endpoint, ROLE.format("prd"), "global/parser/nobody", operation) == code


def test_a_missing_parser_is_missing_to_who_may_list(endpoint: str, keys: Keys) -> None:
    with pytest.raises(ClientError) as refusal:
        administrator("s3", endpoint, keys).get_object(Bucket="knative-lambda-fusion-modules-tmp", Key="nobody")

    assert refusal.value.response["Error"]["Code"] == "NoSuchKey"


def test_another_role_is_refused_at_the_object(endpoint: str, keys: Keys) -> None:
    assert keys.access_key
    assert read(endpoint, ROLE.format("stg"), "global/parser/canary") == "AccessDenied"


@pytest.mark.parametrize(
    ("stored", "port", "value"),
    [(b"x", None, "readable"), (b"", None, "readable"), (None, None, "missing"), (b"x", 9, "unreachable")],
)
def test_an_administrators_read_says_what_is_in_the_way(
    endpoint: str, keys: Keys, stored: bytes | None, port: int | None, value: str
) -> None:
    account = Account(endpoint, "us-west-2", keys)
    bucket, key = "knative-lambda-fusion-modules-tmp", f"read/{value}"
    if stored is not None:
        account.put_object(bucket, key, stored)

    seen = account.read(bucket, key, endpoint=f"http://127.0.0.1:{port}" if port else endpoint)

    assert (seen.value, seen.accepted) == (value, value == "readable")


@pytest.mark.parametrize("times_deleted", [0, 1, 2])
def test_a_deleted_object_comes_back_as_it_was(endpoint: str, keys: Keys, times_deleted: int) -> None:
    account = Account(endpoint, "us-west-2", keys)
    bucket, key = "knative-lambda-fusion-modules-tmp", f"deleted/{times_deleted}"
    account.put_object(bucket, key, b"old")
    stored = account.put_object(bucket, key, b"new")
    for _ in range(times_deleted):
        account.delete_object(bucket, key)
    assert account.object_exists(bucket, key) is (times_deleted == 0)

    account.undelete_object(bucket, key)

    assert account.get_object(bucket, key) == b"new"
    assert account.snapshot([], bucket)[stored.name] == stored.digest


def test_what_was_never_stored_cannot_come_back(endpoint: str, keys: Keys) -> None:
    with pytest.raises(TargetError, match="no version of s3://knative-lambda-fusion-modules-tmp/never is left"):
        Account(endpoint, "us-west-2", keys).undelete_object("knative-lambda-fusion-modules-tmp", "never")


def test_a_role_without_its_policy_is_refused_until_it_has_it_again(endpoint: str, keys: Keys) -> None:
    iam = administrator("iam", endpoint, keys)
    iam.delete_role_policy(RoleName="knative-lambda-builder-prd", PolicyName="S3Access")
    assert read(endpoint, ROLE.format("prd"), "global/parser/canary") == "AccessDenied"

    content, documents = account_content()
    assert seed_account(endpoint, content, documents, sample_parser, keys) == keys
    assert read(endpoint, ROLE.format("prd"), "global/parser/canary") == "read"


@pytest.mark.parametrize(
    ("role", "web_identity", "code"),
    [
        (ROLE.format("nobody"), lambda: token(BUILDER), "AccessDenied"),
        (ROLE.format("prd"), lambda: token("system:serviceaccount:default:default"), "AccessDenied"),
        (ROLE.format("prd"), lambda: token(BUILDER, expires_in_s=-1), "ExpiredTokenException"),
        (ROLE.format("prd"), lambda: "not-a-token", "InvalidIdentityToken"),
    ],
)
def test_a_role_is_given_only_to_whom_it_trusts(
    endpoint: str, keys: Keys, role: str, web_identity: Callable[[], str], code: str
) -> None:
    assert keys.access_key
    assert read(endpoint, role, "global/parser/canary", web_identity=web_identity()) == code


def test_nobody_gets_in_with_invented_keys(endpoint: str, keys: Keys) -> None:
    assert keys.access_key
    with pytest.raises(ClientError) as refusal:
        client("s3", endpoint, aws_access_key_id="anybody", aws_secret_access_key="anybody").list_buckets()

    assert refusal.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403


def test_lost_keys_are_replaced(endpoint: str, keys: Keys) -> None:
    content, documents = account_content()
    fresh = seed_account(endpoint, content, documents, sample_parser, Keys("AKIALOST", "lost"))

    assert fresh != keys
    administrator("s3", endpoint, fresh).list_buckets()
    with pytest.raises(ClientError):
        administrator("s3", endpoint, keys).list_buckets()
