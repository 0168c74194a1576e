"""Writes are read from the API server's audit log."""

from __future__ import annotations

import json
from typing import Any

from harness.cluster.audit import read_writes


def line(**changed: Any) -> bytes:
    event: dict[str, Any] = {
        "stage": "ResponseComplete",
        "verb": "delete",
        "requestReceivedTimestamp": "2026-01-19T10:45:32.250000Z",
        "user": {"username": "kubernetes-admin"},
        "userAgent": "kubectl/v1.34.4 (linux/amd64)",
        "objectRef": {"resource": "jobs", "namespace": "knative-lambda", "name": "j"},
        "responseStatus": {"code": 200},
    }
    return json.dumps(event | changed).encode()


def test_a_write_is_told() -> None:
    (write,) = read_writes([line()], since=0.0)
    assert (write.who, write.verb, write.what) == ("kubernetes-admin", "delete", "knative-lambda/jobs/j")
    assert write.at % 60 == 32.25


def test_who_is_impersonated_counts() -> None:
    (write,) = read_writes([line(impersonatedUser={"username": "chaos-harness"})], since=0.0)
    assert write.who == "chaos-harness"


def test_what_is_no_write_is_left_out() -> None:
    refused = line(responseStatus={"code": 403})
    reading, early = line(verb="get"), line(stage="RequestReceived")
    assert list(read_writes([refused, reading, early, b'{"stage": "Resp'], since=0.0)) == []


def test_what_was_before_is_left_out() -> None:
    assert list(read_writes([line()], since=4e9)) == []
