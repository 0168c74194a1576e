"""Writes are read from the API server's audit log."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import pytest

from harness.cluster.audit import lines_since, read_writes
from harness.errors import TargetError


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


def by_hand(time: str) -> bytes:
    stamp = f"2026-01-19T{time}.000000Z"
    return line(requestReceivedTimestamp=stamp, stageTimestamp=stamp)


def since(time: str) -> float:
    return datetime.fromisoformat(f"2026-01-19T{time}Z").timestamp()


OLDEST, OLD = "audit-2026-01-19T10-20-00.000.log", "audit-2026-01-19T10-40-00.000.log"
FILES = {
    OLDEST: b"\n".join([by_hand("10:00:00"), by_hand("10:19:59")]),
    OLD: b"\n".join([by_hand("10:20:01"), by_hand("10:39:59")]),
    "audit.log": b"\n".join([by_hand("10:40:01"), by_hand("10:45:00")]),
}
LISTING = "".join(f'<a href="{name}">{name}</a>\n' for name in FILES).encode()


def read_since(time: str, files: dict[str, bytes]) -> tuple[list[float], list[str]]:
    """Seconds into that since then at which writes are read, and the files that were asked for."""
    asked: list[str] = []

    def get(name: str) -> bytes:
        asked.append(name)
        return files[name] if name else LISTING

    return [write.at - since(time) for write in read_writes(lines_since(get, since(time)), since(time))], asked


def test_the_newest_file_is_enough_when_it_goes_back_far_enough() -> None:
    assert read_since("10:44:00", FILES) == ([60.0], ["audit.log"])


def test_what_was_rotated_away_is_read_as_far_back_as_asked() -> None:
    assert read_since("10:39:00", FILES) == ([59.0, 61.0, 360.0], ["audit.log", "", OLD])
    assert read_since("10:19:00", FILES)[1] == ["audit.log", "", OLD, OLDEST]


def test_a_file_that_has_just_been_begun_is_empty() -> None:
    assert read_since("10:39:00", {**FILES, "audit.log": b""})[0] == [59.0]


def test_what_is_rotated_while_it_is_read_counts_once() -> None:
    assert read_since("10:39:00", {**FILES, "audit.log": FILES[OLD]})[0] == [59.0]


def test_a_log_that_does_not_go_back_so_far_is_told_of() -> None:
    with pytest.raises(TargetError, match="does not go back to 09:59:00"):
        read_since("09:59:00", FILES)
