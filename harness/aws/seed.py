"""Fills the emulated account: roles, bucket, parsers, repository, an administrator; then has it enforce IAM."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol

import boto3
import msgspec
import requests
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from harness.aws.account import Keys
from harness.aws.emulator import refuse_other_than_emulator
from harness.errors import GroundError
from harness.facts.masking import hide

if TYPE_CHECKING:
    from mypy_boto3_ecr import ECRClient
    from mypy_boto3_iam import IAMClient
    from mypy_boto3_s3 import S3Client

_TIMEOUT_S = 10
_EVERYTHING = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]})
_OPEN = b"1000000000"  # so many calls the emulator takes from anybody before it checks
_ENFORCED = b"0"
_ANYBODY = Keys("anybody", "anybody")
_REFUSED = frozenset({"403", "AccessDenied", "InvalidAccessKeyId", "InvalidClientTokenId", "SignatureDoesNotMatch"})


class Role(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Files of a role's trust policy and of its inline policies by name."""

    trust: str
    policies: dict[str, str]


class AccountContent(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What an account is to hold. `parser_key` has {parser} in it."""

    region: str
    bucket: str
    parser_key: str
    parsers: tuple[str, ...]
    repository: str
    roles: dict[str, Role]
    administrator: str

    @property
    def files(self) -> set[str]:
        """Names of all policy documents."""
        return {name for role in self.roles.values() for name in (role.trust, *role.policies.values())}


class Archive(Protocol):
    """Makes the archive of a sample parser."""

    def __call__(self) -> bytes: ...


def seed_account(
    endpoint: str, content: AccountContent, documents: Mapping[str, str], archive: Archive, keys: Keys | None
) -> Keys:
    """Bring the account to `content` and answer with an administrator's keys: `keys` while they work, else new ones.

    Idempotent; parsers and images that are there stay as they are.

    Raises:
        NotOurs: `endpoint` is not the emulator.
        GroundError: the emulator refused, or did not answer.
    """
    refuse_other_than_emulator(endpoint)
    try:
        if keys is None or not _administrates(endpoint, content, keys):
            _enforce(endpoint, _OPEN)
            keys = _new_administrator(_client("iam", endpoint, content.region, _ANYBODY), content.administrator)
        hide(keys.secret_key)
        _roles(_client("iam", endpoint, content.region, keys), content, documents)
        _bucket(_client("s3", endpoint, content.region, keys), content, archive)
        _repository(_client("ecr", endpoint, content.region, keys), content.repository)
        _enforce(endpoint, _ENFORCED)
    except (ClientError, BotoCoreError, requests.RequestException) as error:
        raise GroundError(
            f"the emulated account at {endpoint} could not be filled: {error}", todo="make status"
        ) from error
    return keys


def _administrates(endpoint: str, content: AccountContent, keys: Keys) -> bool:
    try:
        listed = _client("iam", endpoint, content.region, keys).list_access_keys(UserName=content.administrator)
    except ClientError as error:
        if error.response["Error"]["Code"] in _REFUSED | {"NoSuchEntity"}:
            return False
        raise
    return keys.access_key in [key["AccessKeyId"] for key in listed["AccessKeyMetadata"]]


def _new_administrator(iam: IAMClient, name: str) -> Keys:
    try:
        for key in iam.list_access_keys(UserName=name)["AccessKeyMetadata"]:
            iam.delete_access_key(UserName=name, AccessKeyId=key["AccessKeyId"])
    except iam.exceptions.NoSuchEntityException:
        iam.create_user(UserName=name)
    iam.put_user_policy(UserName=name, PolicyName="AdministratorAccess", PolicyDocument=_EVERYTHING)
    made = iam.create_access_key(UserName=name)["AccessKey"]
    return Keys(made["AccessKeyId"], made["SecretAccessKey"])


def _roles(iam: IAMClient, content: AccountContent, documents: Mapping[str, str]) -> None:
    for name, role in content.roles.items():
        trust = documents[role.trust]
        try:
            iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)
        except iam.exceptions.EntityAlreadyExistsException:
            iam.update_assume_role_policy(RoleName=name, PolicyDocument=trust)
        for policy in iam.list_role_policies(RoleName=name)["PolicyNames"]:
            if policy not in role.policies:
                iam.delete_role_policy(RoleName=name, PolicyName=policy)
        for policy, file in role.policies.items():
            iam.put_role_policy(RoleName=name, PolicyName=policy, PolicyDocument=documents[file])


def _bucket(s3: S3Client, content: AccountContent, archive: Archive) -> None:
    if content.bucket not in [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]]:
        s3.create_bucket(
            Bucket=content.bucket,
            CreateBucketConfiguration={"LocationConstraint": content.region},  # type: ignore[typeddict-item]
        )
        s3.put_bucket_versioning(Bucket=content.bucket, VersioningConfiguration={"Status": "Enabled"})
    prefix = content.parser_key.format(parser="")
    present = {found["Key"] for found in s3.list_objects_v2(Bucket=content.bucket, Prefix=prefix).get("Contents", [])}
    for parser in content.parsers:
        key = content.parser_key.format(parser=parser)
        if key not in present:
            s3.put_object(Bucket=content.bucket, Key=key, Body=archive())


def _repository(ecr: ECRClient, name: str) -> None:
    if name not in [found["repositoryName"] for found in ecr.describe_repositories()["repositories"]]:
        ecr.create_repository(repositoryName=name)


def _enforce(endpoint: str, calls: bytes) -> None:
    requests.post(f"{endpoint}/moto-api/reset-auth", data=calls, timeout=_TIMEOUT_S).raise_for_status()


def _client(service: str, endpoint: str, region: str, keys: Keys) -> Any:
    session = boto3.session.Session(
        aws_access_key_id=keys.access_key, aws_secret_access_key=keys.secret_key, region_name=region
    )
    config = Config(
        connect_timeout=_TIMEOUT_S,
        read_timeout=_TIMEOUT_S,
        retries={"total_max_attempts": 2},
        s3={"addressing_style": "path"},
    )
    return session.client(service, endpoint_url=endpoint, config=config)  # type: ignore[call-overload]
