"""The emulated account: roles, parsers, and what an identity may read.

Every call goes to one endpoint, which has shown that it is the emulator (harness.aws.emulator); no profile, no
environment variable and no shared credentials file of the user's is ever read.
"""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.loaders import Loader
from botocore.session import Session

from harness.errors import TargetError
from harness.facts.masking import hide
from harness.judging.residue import digest
from harness.probe import Observation
from harness.target import Stored

if TYPE_CHECKING:
    from mypy_boto3_iam import IAMClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import CopySourceTypeDef

_TIMEOUT_S = 5
_MISSING = frozenset({"404", "NoSuchKey", "NoSuchEntity", "NoSuchBucket", "NotFound"})


class _Models(Loader):
    """Botocore's models of the services that are asked here. It would look through the folders of all four hundred."""

    def __init__(self) -> None:
        super().__init__(extra_search_paths=[self.BUILTIN_DATA_PATH], include_default_search_paths=False)

    def list_available_services(self, type_name: str) -> list[str]:  # noqa: ARG002 - they have all types
        return ["iam", "s3", "sts"]


@dataclass(frozen=True)
class Keys:
    """An access key pair."""

    access_key: str
    secret_key: str


class Account:
    """The account behind `endpoint`, seen with the keys of an administrator."""

    def __init__(self, endpoint: str, region: str, keys: Keys) -> None:
        hide(keys.secret_key)
        self._endpoint = endpoint
        self._keys = keys
        # Not boto3's: what that adds (resources, transfers of files) is not used here, and takes its time to import.
        self._session = Session()
        self._session.set_config_variable("region", region)
        self._session.register_component("data_loader", _Models())
        self._making = threading.Lock()

    def role_policy(self, role: str, policy: str) -> str | None:
        """See harness.target.Identity."""
        try:
            found = self._iam.get_role_policy(RoleName=role, PolicyName=policy)
        except ClientError as error:
            if _code(error) in _MISSING:
                return None
            raise _unusable(f"IAM on {role}/{policy}", error) from error
        except BotoCoreError as error:
            raise _unusable(f"IAM on {role}/{policy}", error) from error
        return json.dumps(found["PolicyDocument"], sort_keys=True)

    def put_role_policy(self, role: str, policy: str, document: str) -> None:
        try:
            self._iam.put_role_policy(RoleName=role, PolicyName=policy, PolicyDocument=document)
        except (ClientError, BotoCoreError) as error:
            raise _unusable(f"IAM on {role}/{policy}", error) from error

    def delete_role_policy(self, role: str, policy: str) -> None:
        try:
            self._iam.delete_role_policy(RoleName=role, PolicyName=policy)
        except ClientError as error:
            if _code(error) not in _MISSING:
                raise _unusable(f"IAM on {role}/{policy}", error) from error
        except BotoCoreError as error:
            raise _unusable(f"IAM on {role}/{policy}", error) from error

    def put_object(self, bucket: str, key: str, body: bytes) -> Stored:
        """Store the object; answers with what `snapshot` has of it then."""
        try:
            return Stored(_object(key), self._s3.put_object(Bucket=bucket, Key=key, Body=body)["ETag"])
        except (ClientError, BotoCoreError) as error:
            raise _unusable(f"S3 on {bucket}/{key}", error) from error

    def get_object(self, bucket: str, key: str) -> bytes:
        try:
            return self._s3.get_object(Bucket=bucket, Key=key)["Body"].read()
        except (ClientError, BotoCoreError) as error:
            raise _unusable(f"S3 on {bucket}/{key}", error) from error

    def object_exists(self, bucket: str, key: str) -> bool:
        try:
            self._s3.head_object(Bucket=bucket, Key=key)
        except ClientError as error:
            if _code(error) in _MISSING:
                return False
            raise _unusable(f"S3 on {bucket}/{key}", error) from error
        except BotoCoreError as error:
            raise _unusable(f"S3 on {bucket}/{key}", error) from error
        return True

    def delete_object(self, bucket: str, key: str) -> str:
        """Delete the current version; answers with the id of the delete marker that hides it now."""
        try:
            return self._s3.delete_object(Bucket=bucket, Key=key).get("VersionId", "")
        except (ClientError, BotoCoreError) as error:
            raise _unusable(f"S3 on {bucket}/{key}", error) from error

    def undelete_object(self, bucket: str, key: str) -> None:
        """Remove the delete markers on top of the object's last version; nothing when there are none.

        Raises TargetError when no version is left to come back.
        """
        while marker := self._delete_marker(bucket, key):
            try:
                self._s3.delete_object(Bucket=bucket, Key=key, VersionId=marker)
            except (ClientError, BotoCoreError) as error:
                raise _unusable(f"S3 on {bucket}/{key}", error) from error
        if not self.object_exists(bucket, key):
            raise TargetError(f"no version of s3://{bucket}/{key} is left to restore", todo="make up")

    def _delete_marker(self, bucket: str, key: str) -> str:
        """The version of the delete marker that hides the object, "" when none does. A listing of its versions says so
        too, and takes as long as there are versions."""
        try:
            self._s3.head_object(Bucket=bucket, Key=key)
        except ClientError as error:
            told = error.response["ResponseMetadata"]["HTTPHeaders"]
            if told.get("x-amz-delete-marker") == "true":
                return str(told["x-amz-version-id"])
            if _code(error) not in _MISSING:
                raise _unusable(f"S3 on {bucket}/{key}", error) from error
        except BotoCoreError as error:
            raise _unusable(f"S3 on {bucket}/{key}", error) from error
        return ""

    def object_version(self, bucket: str, key: str) -> str:
        """The id of the object's current version. Raises TargetError when it is not there."""
        try:
            return self._s3.head_object(Bucket=bucket, Key=key)["VersionId"]
        except (ClientError, BotoCoreError) as error:
            raise _unusable(f"S3 on {bucket}/{key}", error) from error

    def revert_object(self, bucket: str, key: str, version: str) -> None:
        """Put a copy of that version on top of all others. Raises TargetError when it is not kept any more."""
        source: CopySourceTypeDef = {"Bucket": bucket, "Key": key, "VersionId": version}
        try:
            self._s3.copy_object(Bucket=bucket, Key=key, CopySource=source)
        except (ClientError, BotoCoreError) as error:
            raise _unusable(f"S3 on version {version} of {bucket}/{key}", error) from error

    def snapshot(self, roles: list[str], bucket: str) -> dict[str, str]:
        """Digests of the inline policies of `roles` ("iam/role/policy") and of the bucket's objects ("s3/key").

        Raises TargetError.
        """
        found = {}
        try:
            for role in roles:
                for policy in self._iam.list_role_policies(RoleName=role)["PolicyNames"]:
                    found[f"iam/{role}/{policy}"] = digest(self.role_policy(role, policy))
            for page in self._s3.get_paginator("list_objects_v2").paginate(Bucket=bucket):
                for entry in page.get("Contents", []):
                    found[_object(entry["Key"])] = entry["ETag"]
        except (ClientError, BotoCoreError) as error:
            raise _unusable("a snapshot of the account", error) from error
        return found

    def read_as(self, role_arn: str, web_identity_token: str, bucket: str, key: str, *, endpoint: str) -> Observation:
        """Take the role with the token, as a pod does, and try to read the object with it, all at `endpoint`."""
        unsigned = self._client("sts", endpoint=endpoint, config=_config(signature_version=UNSIGNED))
        try:
            taken = unsigned.assume_role_with_web_identity(
                RoleArn=role_arn, RoleSessionName="harness-probe", WebIdentityToken=web_identity_token
            )["Credentials"]
            hide(taken["SecretAccessKey"], passing=True)
            hide(taken["SessionToken"], passing=True)
            keys = Keys(taken["AccessKeyId"], taken["SecretAccessKey"])
            s3 = self._client("s3", keys, taken["SessionToken"], endpoint=endpoint)
            s3.get_object(Bucket=bucket, Key=key, Range="bytes=0-0")
        except ClientError as error:
            detail = (
                f"{error.operation_name} as {role_arn}: {_code(error)} {error.response['Error'].get('Message', '')}"
            )
            return Observation(value=_code(error), accepted=False, detail=detail.strip())
        except BotoCoreError as error:
            raise _unusable(f"the emulator at {endpoint}", error) from error
        return Observation(value="readable", accepted=True, detail=f"{role_arn} reads s3://{bucket}/{key}")

    def read(self, bucket: str, key: str, *, endpoint: str) -> Observation:
        """Try to read the object with the administrator's keys at `endpoint`.

        The value is "readable", "missing", "unreachable" or the code of the refusal.
        """
        s3 = self._client("s3", self._keys, endpoint=endpoint)
        try:
            # Not a range of it: an empty object has none. What is not read is not sent either, but for a buffer.
            s3.get_object(Bucket=bucket, Key=key)["Body"].close()
        except ClientError as error:
            said = error.response.get("Error", {}).get("Message", "")
            detail = f"{error.operation_name} as administrator: {_code(error)} {said}"
            value = "missing" if _code(error) in _MISSING else _code(error)
            return Observation(value=value, accepted=False, detail=detail.strip())
        except BotoCoreError as error:
            return Observation(value="unreachable", accepted=False, detail=f"GetObject as administrator: {error}")
        return Observation(value="readable", accepted=True, detail=f"the administrator reads s3://{bucket}/{key}")

    @cached_property
    def _iam(self) -> IAMClient:
        return self._client("iam", self._keys)  # type: ignore[no-any-return]

    @cached_property
    def _s3(self) -> S3Client:
        return self._client("s3", self._keys)  # type: ignore[no-any-return]

    def _client(
        self,
        service: str,
        keys: Keys | None = None,
        session_token: str | None = None,
        *,
        endpoint: str | None = None,
        config: Config | None = None,
    ) -> Any:
        # Threads ask too, and a session makes one client at a time; what it has read of a service it keeps.
        with self._making:
            return self._session.create_client(
                service,
                endpoint_url=endpoint or self._endpoint,
                aws_access_key_id=keys.access_key if keys else None,
                aws_secret_access_key=keys.secret_key if keys else None,
                aws_session_token=session_token,
                config=config or _config(),
            )


def _config(**more: Any) -> Config:
    return Config(
        connect_timeout=_TIMEOUT_S,
        read_timeout=_TIMEOUT_S,
        retries={"total_max_attempts": 1},
        s3={"addressing_style": "path"},
        **more,
    )


def _object(key: str) -> str:
    """The name of an object in a snapshot."""
    return f"s3/{key}"


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))


def _unusable(what: str, error: Exception) -> TargetError:
    return TargetError(f"{what}: {error}", todo="make status")
