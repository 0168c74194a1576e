"""The build observer tells how many failed jobs there are from the first listing on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from harness.cluster.jobs import JobChange
from harness.facts.timeline import Timeline
from harness.facts.timing import RunClock
from harness.observers.builds import BuildObserver


def change(job: str, phase: str, *, known_before: bool) -> JobChange:
    return JobChange(
        job=job,
        phase=phase,  # type: ignore[arg-type]
        reason="",
        labels={},
        annotations={},
        stamped_at=None,
        known_before=known_before,
    )


def observing(
    timeline: Timeline, changes: Callable[[], Iterator[JobChange | None]], read_log: Callable[[str, str], None]
) -> BuildObserver:
    return BuildObserver(
        timeline,
        changes=changes,
        read_log=read_log,
        correlation_label="c",
        parser_label="p",
        attempt_label="a",
        outcome_annotation="o",
        failure_annotation="f",
    )


def samples(tmp_path: Path, *listed: JobChange) -> list[int]:
    timeline = Timeline(tmp_path / "timeline.jsonl", RunClock())
    observing(timeline, lambda: iter((*listed, None)), lambda _build, _job: None).watch()
    return [fact.data["value"] for fact in timeline.facts() if fact.kind == "sample"]


@pytest.mark.parametrize(
    ("listed", "told"),
    [
        ([], [0]),
        ([change("a", "created", known_before=True), change("a", "succeeded", known_before=True)], [0]),
        ([change("a", "failed", known_before=True)], [1]),
        ([change("a", "failed", known_before=True), change("a", "deleted", known_before=False)], [1, 0]),
    ],
)
def test_failed_jobs_are_counted_from_the_start(tmp_path: Path, listed: list[JobChange], told: list[int]) -> None:
    assert samples(tmp_path, *listed) == told


def test_the_log_of_each_job_that_fails_is_asked_for(tmp_path: Path) -> None:
    timeline = Timeline(tmp_path / "timeline.jsonl", RunClock())
    asked: list[str] = []
    told = [change("old", "failed", known_before=True), change("new", "failed", known_before=False)]
    observing(timeline, lambda: iter(told), lambda _build, job: asked.append(job)).watch()
    assert asked == ["new"]
