"""What is kept of a failed build's log, and when a build ended."""

from __future__ import annotations

import pytest

from harness.observers.failed_logs import telling_lines
from harness.parser_archive import sample_parser
from harness.running.scenario import Scenario, Stuck
from harness.verbs.builds import ended_at

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


def test_a_job_ended_when_the_api_server_says_so(scene: Scenario) -> None:
    seen = scene.record("job", "late-1", event="failed", stamped_at=scene.run.timeline.clock.now() - 1.5).at
    assert ended_at(scene, "late-1") == pytest.approx(seen - 1.5, abs=0.05)


@pytest.mark.parametrize("ahead_s", [None, 0.4])
def test_a_stamp_never_makes_its_end_later_than_it_was_seen(scene: Scenario, ahead_s: float | None) -> None:
    stamp = None if ahead_s is None else scene.run.timeline.clock.now() + ahead_s
    seen = scene.record("job", "known-1", event="failed", stamped_at=stamp).at
    assert ended_at(scene, "known-1") == seen


def test_a_build_that_never_ended_measures_nothing(scene: Scenario) -> None:
    scene.record("job", "stuck-1", event="requested")
    with pytest.raises(Stuck, match="last seen requested"):
        ended_at(scene, "stuck-1")
