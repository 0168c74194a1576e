"""Who may take a role by web identity: as the trust policy of the reference account says, and nobody else."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from aws_emulator import web_identity

from tests.unit.reference.conftest import REFERENCE

TRUST: dict[str, Any] = json.loads((REFERENCE / "aws" / "trust.json").read_text())
BUILDER = "system:serviceaccount:knative-lambda:knative-lambda-builder"


def token(**claims: object) -> str:
    payload = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return f"header.{payload}.signature"


def test_the_builder_is_trusted() -> None:
    claims = web_identity.claims(token(sub=BUILDER, aud=["sts.amazonaws.com"]))

    assert web_identity.is_trusted(TRUST, claims)


@pytest.mark.parametrize(
    "claims",
    [
        {"sub": "system:serviceaccount:default:default", "aud": ["sts.amazonaws.com"]},
        {"sub": BUILDER, "aud": ["https://kubernetes.default.svc"]},
        {"sub": BUILDER},
        {"aud": ["sts.amazonaws.com"]},
        {},
    ],
)
def test_nobody_else_is(claims: dict[str, object]) -> None:
    assert not web_identity.is_trusted(TRUST, claims)


def test_a_denial_or_an_unknown_condition_gives_nothing() -> None:
    statement = TRUST["Statement"][0]
    claims = {"sub": BUILDER, "aud": ["sts.amazonaws.com"]}

    assert not web_identity.is_trusted({"Statement": [{**statement, "Effect": "Deny"}]}, claims)
    assert not web_identity.is_trusted({"Statement": {**statement, "Condition": {"Bool": {"x:sub": BUILDER}}}}, claims)
    assert not web_identity.is_trusted({"Statement": {**statement, "Action": "sts:AssumeRole"}}, claims)
    assert web_identity.is_trusted(
        {"Statement": {**statement, "Condition": {"StringLike": {"x:sub": "system:serviceaccount:knative-*"}}}}, claims
    )


@pytest.mark.parametrize("text", ["", "a.b", "a.!!!.c", "a.e30x.c", token() + ".d", "a.W10.c"])
def test_what_is_no_token_is_told(text: str) -> None:
    with pytest.raises(web_identity.InvalidToken):
        web_identity.claims(text)


def test_a_token_ends() -> None:
    assert web_identity.is_expired({"exp": 100}, 100.0)
    assert not web_identity.is_expired({"exp": 100}, 99.0)
    assert not web_identity.is_expired({}, 1e12)
