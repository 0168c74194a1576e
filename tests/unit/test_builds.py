"""What is kept of a failed build's log."""

from __future__ import annotations

from harness.observers.builds import telling_lines
from harness.parser_archive import sample_parser

USAGE = tuple(f"      --flag-{number} string    Some option" for number in range(80))


def test_the_error_before_the_usage_is_kept() -> None:
    error = "Error: error resolving source context: operation error S3: GetObject, StatusCode: 403, AccessDenied"
    kept = telling_lines(("INFO starting", error, "Usage:", *USAGE))
    assert error in kept
    assert len(kept) < 10


def test_a_short_log_ends_with_its_last_lines() -> None:
    assert telling_lines(("one", "two", "")) == ["one", "two"]
    assert telling_lines(()) == []


def test_the_same_parser_is_the_same_archive() -> None:
    assert sample_parser() == sample_parser()
    assert sample_parser("x = 1\n") != sample_parser()
