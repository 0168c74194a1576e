"""Planted secrets do not come out."""

from __future__ import annotations

import threading

import pytest

from harness.facts.masking import hide, mask, mask_text

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
        ('{"SecretAccessKey": "wJalrXUtnFEMI"}', "wJalrXUtnFEMI"),
        ("<SecretAccessKey>wJalrXUtnFEMI</SecretAccessKey>", "wJalrXUtnFEMI"),
        ("X-Amz-Security-Token=FwoGZXIvYXdzEJr&X-Amz-Date=1", "FwoGZXIvYXdzEJr"),
        ("redis://:hunter22@cache:6379", "hunter22"),
        ("amqp://lambda:hun:ter22@rabbitmq:5672/", "ter22"),
        ("RABBITMQ_DEFAULT_PASS_PASSWORD=hunter22", "hunter22"),
        ("dbPassword: hunter22", "hunter22"),
        (r"{\"password\":\"hunter22\"}", "hunter22"),
        ('{"auth": "dXNlcjpwYXNzd29yZA=="}', "dXNlcjpwYXNzd29yZA=="),
        ("    token: abcdefghij0123456789", "abcdefghij0123456789"),
        ("client-key-data: LS0tLS1CRUdJTg==", "LS0tLS1CRUdJTg=="),
        ('{"name":"DB_PASSWORD","value":"abc"}', "abc"),
        ("- name: DB_PASSWORD\n  value: hunter22\n", "hunter22"),
        ("-----BEGIN RSA PRIVATE KEY-----\nMIIEow\n-----END RSA PRIVATE KEY-----", "MIIEow"),
    ],
)
def test_what_looks_like_a_secret_is_masked(text: str, secret: str) -> None:
    masked = mask_text(text)
    assert secret not in masked
    assert "***" in masked


def test_a_registered_secret_is_masked_anywhere() -> None:
    hide("a-very-odd-credential")
    assert mask({"lines": ["x a-very-odd-credential y"]}) == {"lines": ["x *** y"]}


def test_what_stands_under_a_secret_name_is_masked_and_what_stands_beside_is_not() -> None:
    plain = {"env": [{"name": "DB_PASSWORD", "value": "abc"}, {"name": "HOST", "value": "abc"}], "password": "abc"}
    assert mask(plain) == {
        "env": [{"name": "DB_PASSWORD", "value": "***"}, {"name": "HOST", "value": "abc"}],
        "password": "***",
    }


def test_a_reference_to_a_secret_is_none() -> None:
    plain = {"name": "DB_PASSWORD", "valueFrom": {"secretKeyRef": {"name": "rabbitmq-credentials", "key": "password"}}}
    assert mask(plain) == plain


@pytest.mark.parametrize(
    "text",
    [
        "build-parser-abc-1729",
        "StatusCode: 403, AccessDenied",
        "commit 0123456789ab",
        "http://127.0.0.1:31500/path?at=user@host",
        "unexpected token: ')'",
        "author: somebody-somewhere",
        "SyntaxError: '(' was never closed (parser.py, line 2)",
    ],
)
def test_ordinary_text_stays(text: str) -> None:
    assert mask_text(text) == text


def test_secrets_may_be_hidden_while_others_are_masking() -> None:
    done = threading.Event()
    failed: list[RuntimeError] = []

    def mask_on() -> None:
        try:
            while not done.is_set():
                mask_text("nothing secret in here")
        except RuntimeError as error:
            failed.append(error)

    threads = [threading.Thread(target=mask_on) for _ in range(4)]
    for thread in threads:
        thread.start()
    for number in range(500):
        hide(f"one-of-many-secrets-{number}", passing=True)
    done.set()
    for thread in threads:
        thread.join()
    assert failed == []


def test_a_passing_secret_is_forgotten_and_a_standing_one_is_not() -> None:
    hide("the-standing-secret")
    hide("the-first-passing-secret", passing=True)
    assert mask_text("the-first-passing-secret") == "***"
    for number in range(200):
        hide(f"another-passing-secret-{number}", passing=True)
    assert mask_text("the-standing-secret and another-passing-secret-199") == "*** and ***"
    assert mask_text("the-first-passing-secret") == "the-first-passing-secret"
