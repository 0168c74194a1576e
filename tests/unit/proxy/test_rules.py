"""What a rule may say, and what is refused."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from chaos.proxy.rules import RuleRefused, TokenBucket, check_id, parse

GATE = {"kind": "gate", "count": 15, "max_hold_s": 30}


def body(**changes: Any) -> bytes:
    rule: dict[str, Any] = {
        "owner": "run-1",
        "ttl_s": 60,
        "match": {"service": "registry", "operations": ["PutManifest"]},
        "when": {"policy": "token-bucket", "rate_per_s": 10, "burst": 10, "per": "repository"},
        "fault": {"kind": "error", "status": 429, "style": "registry-json"},
    }
    return msgspec.json.encode(rule | changes)


def test_a_rule_is_read() -> None:
    rule = parse(body())
    assert rule.match.operations == ("PutManifest",)
    assert rule.when == TokenBucket(rate_per_s=10, burst=10, per="repository")


S3 = {"service": "s3"}


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"ttl_s": 0}, "ttl_s"),
        ({"ttl_s": 3601}, "ttl_s"),
        ({"owner": ""}, "owner"),
        ({"match": {"service": "dynamodb"}}, "dynamodb"),
        ({"match": {"operations": ["PutManifest"]}}, "service"),
        ({"match": {"service": "registry", "operations": ["PutManifests"]}}, "no 'PutManifests'; one of: "),
        ({"match": {"service": "registry", "repo": "a"}}, "repo"),
        ({"match": {"service": "registry", "bucket": "b"}}, "match.bucket"),
        ({"match": {"service": "registry", "caller": {"role": "r"}}}, "not signed"),
        ({"match": {"service": "registry", "caller": {"ip": "10.0.0.1/8"}}}, "match.caller.ip"),
        ({"when": {"policy": "sometimes"}}, "sometimes"),
        ({"when": {"policy": "every", "nth": 1}}, "nth"),
        ({"when": {"policy": "first", "count": 0}}, "count"),
        ({"when": {"policy": "probability", "p": 1.5, "seed": 1}}, "when.p"),
        ({"when": {"policy": "probability", "p": 0.5}}, "seed"),
        ({"when": {"policy": "token-bucket", "rate_per_s": 1, "burst": 1, "per": "bucket"}}, "when.per"),
        ({"fault": {"kind": "error", "status": 200, "style": "registry-bare"}}, "status"),
        ({"fault": {"kind": "error", "status": 403, "style": "aws-xml-s3"}}, "does not answer in aws-xml-s3"),
        ({"fault": {"kind": "error", "status": 429, "style": "registry-bare", "code": "X"}}, "registry-json"),
        ({"fault": {"kind": "latency", "ms": 0}}, "no fault"),
        ({"fault": {"kind": "latency", "ms": -1}}, "ms"),
        ({"fault": {"kind": "truncate"}}, "after_bytes"),
        ({"fault": {"kind": "explode"}}, "explode"),
        ({"fault": GATE}, "a gate counts by itself"),
        ({"fault": GATE, "when": {"policy": "always"}, "ttl_s": 10}, "longer than the rule lives"),
        ({"match": S3, "when": {"policy": "always"}, "fault": GATE | {"count": 1}}, "count"),
        ({"surprise": 1}, "surprise"),
    ],
)
def test_nonsense_is_refused_with_its_place(changes: dict[str, Any], why: str) -> None:
    with pytest.raises(RuleRefused) as refused:
        parse(body(**changes))
    assert why in str(refused.value)


@pytest.mark.parametrize("text", [b"", b"[]", b"{", b"\xff"])
def test_what_is_no_rule_is_refused(text: bytes) -> None:
    with pytest.raises(RuleRefused):
        parse(text)


@pytest.mark.parametrize("rule_id", ["", "a/b", "..", "a" * 101, "a b"])
def test_an_id_is_a_plain_name(rule_id: str) -> None:
    with pytest.raises(RuleRefused):
        check_id(rule_id)
