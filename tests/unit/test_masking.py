"""Planted secrets do not come out."""

from __future__ import annotations

import pytest

from harness.masking import hide, mask, mask_text

JWT = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJidWlsZGVyIn0.c2lnbmF0dXJl"


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("key AKIAIOSFODNN7EXAMPLE used", "AKIAIOSFODNN7EXAMPLE"),
        ("session ASIAIOSFODNN7EXAMPLE", "ASIAIOSFODNN7EXAMPLE"),
        (f"token {JWT} end", JWT),
        ("Authorization: Bearer abcdef0123456789", "abcdef0123456789"),
        ("Authorization: Basic dXNlcjpwYXNzd29yZA==", "dXNlcjpwYXNzd29yZA=="),
        ("amqp://lambda:hunter22@rabbitmq:5672/", "hunter22"),
        ('{"password": "hunter2222"}', "hunter2222"),
        ("aws_secret_access_key = wJalrXUtnFEMI/K7MDENG", "wJalrXUtnFEMI/K7MDENG"),
        ("routing_key: 0123456789abcdef", "0123456789abcdef"),
    ],
)
def test_what_looks_like_a_secret_is_masked(text: str, secret: str) -> None:
    masked = mask_text(text)
    assert secret not in masked
    assert "***" in masked


def test_a_registered_secret_is_masked_anywhere() -> None:
    hide("a-very-odd-credential")
    assert mask({"lines": ["x a-very-odd-credential y"]}) == {"lines": ["x *** y"]}


@pytest.mark.parametrize("text", ["build-parser-abc-1729", "StatusCode: 403, AccessDenied", "commit 0123456789ab"])
def test_ordinary_text_stays(text: str) -> None:
    assert mask_text(text) == text
