"""Two places where moto answers differently from AWS, mended while the server runs.

AssumeRoleWithWebIdentity is an unsigned call; moto looks for a signature and fails. It then hands out any
role to anybody; AWS asks the role's trust policy.

GetObject and HeadObject of a key that is not there answer 404 only to callers who may list the bucket.
To everybody else AWS says 403, so that nobody learns which keys exist.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

from moto.core.authorization import ActionAuthenticatorMixin
from moto.iam.exceptions import NotFoundException
from moto.iam.models import iam_backends
from moto.s3.exceptions import MissingKey
from moto.s3.responses import S3Response
from moto.sts.exceptions import STSClientError
from moto.sts.responses import TokenResponse

from aws_emulator import web_identity


class WebIdentityDenied(STSClientError):
    """The role does not exist, or does not trust this token."""

    code = "AccessDenied"
    status = 403

    def __init__(self) -> None:
        super().__init__("AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity")


class InvalidIdentityToken(STSClientError):
    """The token cannot be read, or its time is over."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code, message)


def mend() -> None:
    """Install both corrections into the moto classes of this process."""
    _leave_web_identity_unsigned()
    _ask_the_trust_policy()
    S3Response.get_object = _hide_missing_keys(S3Response.get_object)  # type: ignore[method-assign]
    S3Response.head_object = _hide_missing_keys(S3Response.head_object)  # type: ignore[method-assign]


def _leave_web_identity_unsigned() -> None:
    check_signature = ActionAuthenticatorMixin._authenticate_and_authorize_normal_action

    def authorize(self: Any, resource: str = "*") -> None:
        if isinstance(self, TokenResponse) and self._get_action() == "AssumeRoleWithWebIdentity":
            return
        check_signature(self, resource)

    ActionAuthenticatorMixin._authenticate_and_authorize_normal_action = authorize  # type: ignore[method-assign]


def _ask_the_trust_policy() -> None:
    assume = TokenResponse.assume_role_with_web_identity

    def assume_if_trusted(self: TokenResponse) -> Any:
        try:
            claims = web_identity.claims(str(self._get_param("WebIdentityToken")))
        except web_identity.InvalidToken as error:
            raise InvalidIdentityToken("InvalidIdentityToken", str(error)) from error
        if web_identity.is_expired(claims, time.time()):
            raise InvalidIdentityToken("ExpiredTokenException", "Token expired")
        try:
            role = iam_backends[self.current_account][self.partition].get_role_by_arn(str(self._get_param("RoleArn")))
        except NotFoundException as error:
            raise WebIdentityDenied from error
        if not web_identity.is_trusted(_document(role.assume_role_policy_document), claims):
            raise WebIdentityDenied
        return assume(self)

    TokenResponse.assume_role_with_web_identity = assume_if_trusted  # type: ignore[method-assign]


def _document(policy: Any) -> dict[str, Any]:
    return json.loads(policy) if isinstance(policy, str) else dict(policy)


def _hide_missing_keys(answer: Callable[..., Any]) -> Callable[..., Any]:
    def answer_as_the_caller_may_know(self: S3Response, *args: Any, **kwargs: Any) -> Any:
        try:
            response = answer(self, *args, **kwargs)
        except MissingKey:
            _require_list_bucket(self)
            raise
        if response[0] == 404:
            _require_list_bucket(self)
        return response

    return answer_as_the_caller_may_know


def _require_list_bucket(request: S3Response) -> None:
    """Raises moto's AccessDenied unless the caller may list the bucket of this request."""
    request.data["Action"] = "ListBucket"
    request._authenticate_and_authorize_s3_action(bucket_name=request.bucket_name)
