"""The build observer tells how many failed jobs there are from the first listing on."""

from __future__ import annotations

from collections.abc import Iterator
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


def samples(tmp_path: Path, *listed: JobChange) -> list[int]:
    def changes() -> Iterator[JobChange | None]:
        yield from listed
        yield None

    timeline = Timeline(tmp_path / "timeline.jsonl", RunClock())
    observer = BuildObserver(
        timeline,
        changes=changes,
        read_log=lambda _job: (),
        correlation_label="c",
        parser_label="p",
        attempt_label="a",
        outcome_annotation="o",
        failure_annotation="f",
        container="kaniko",
    )
    observer.watch()
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
