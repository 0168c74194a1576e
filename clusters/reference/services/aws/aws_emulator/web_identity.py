"""Does a role's trust policy let the bearer of a web identity token take the role?

The token's signature is not checked: the emulator has no way to the cluster's signing keys. Everything
else that decides on AWS (issuer-qualified conditions on `sub` and `aud`, expiry) is read from the token.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

ACTION = "sts:AssumeRoleWithWebIdentity"


class InvalidToken(ValueError):
    """The token is not a JSON web token."""


def claims(token: str) -> dict[str, Any]:
    """The claims of an encoded JSON web token. Raises InvalidToken."""
    parts = token.split(".")
    if len(parts) != 3:
        raise InvalidToken("not three dot-separated parts")
    payload = parts[1] + "=" * (-len(parts[1]) % 4)
    try:
        decoded = json.loads(base64.urlsafe_b64decode(payload))
    except (binascii.Error, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise InvalidToken(str(error)) from error
    if not isinstance(decoded, dict):
        raise InvalidToken("claims are not an object")
    return decoded


def is_expired(token_claims: Mapping[str, Any], now: float) -> bool:
    """Whether the token's `exp` (unix seconds) has passed at `now`."""
    expiry = token_claims.get("exp")
    return isinstance(expiry, int | float) and now >= expiry


def is_trusted(trust_policy: Mapping[str, Any], token_claims: Mapping[str, Any]) -> bool:
    """Whether a statement allows the action to a federated principal whose conditions the claims meet."""
    return any(
        statement.get("Effect") == "Allow"
        and ACTION in _many(statement.get("Action", ()))
        and "Federated" in statement.get("Principal", {})
        and _conditions_hold(statement.get("Condition", {}), token_claims)
        for statement in _many(trust_policy.get("Statement", ()))
    )


def _conditions_hold(conditions: Mapping[str, Mapping[str, Any]], token_claims: Mapping[str, Any]) -> bool:
    for operator, wanted in conditions.items():
        for key, patterns in wanted.items():
            actual = [str(value) for value in _many(token_claims.get(key.rpartition(":")[2], ()))]
            if not any(_matches(operator, str(p), a) for p in _many(patterns) for a in actual):
                return False
    return True


def _matches(operator: str, pattern: str, actual: str) -> bool:
    if operator == "StringEquals":
        return pattern == actual
    if operator == "StringLike":
        return fnmatchcase(actual, pattern)
    return False


def _many(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list | tuple) else [value]
