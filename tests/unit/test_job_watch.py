"""The watch on jobs: one that begins anew goes on from what it had told, and leaves out nothing that was between."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from kubernetes.client.exceptions import ApiException

from harness.cluster.jobs import JobChange, JobWatch
from harness.errors import TargetError
from harness.facts.timeline import Timeline
from harness.facts.timing import RunClock
from tests.unit.test_build_observer import observing


def at(second: int) -> datetime:
    return datetime.fromtimestamp(1000 + second, UTC)


def job(name: str, *, created: int = 0, ended: str = "", settled: bool = False) -> Any:
    """A job that has started; `ended`: "Complete" or "Failed", 5 s later."""
    annotations = {"o": "failed"} | ({"settled": "yes"} if settled else {})
    conditions = [
        SimpleNamespace(type=ended, status="True", reason="", message="", last_transition_time=at(created + 5))
    ]
    return SimpleNamespace(
        metadata=SimpleNamespace(
            name=name,
            labels={"c": f"build-{name}", "a": "1"},
            annotations=annotations,
            creation_timestamp=at(created),
            resource_version="1",
        ),
        status=SimpleNamespace(start_time=at(created), conditions=conditions if ended else None),
    )


class Api:
    """Lists `jobs`, tells `events`, and then cuts the watch."""

    def __init__(self) -> None:
        self.jobs: list[Any] = []
        self.events: list[tuple[str, Any]] = []

    def list_namespaced_job(self, *_args: Any, **_options: Any) -> Any:
        return SimpleNamespace(items=self.jobs, metadata=SimpleNamespace(resource_version="1"))

    def stream(self, *_args: Any, **_options: Any) -> Iterator[dict[str, Any]]:
        yield from ({"type": kind, "object": told} for kind, told in self.events)
        raise ApiException(status=410, reason="Gone")


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> Api:
    api = Api()
    monkeypatch.setattr("harness.cluster.jobs.client.BatchV1Api", lambda _api: api)
    monkeypatch.setattr("harness.cluster.jobs.watch.Watch", lambda: api)
    return api


@pytest.fixture
def watch(api: Api) -> JobWatch:
    assert api
    return JobWatch(None, "builds", "app=parser", "settled")


def until_cut(watch: JobWatch) -> list[JobChange]:
    """All that one watch tells."""
    told: list[JobChange] = []
    with pytest.raises(TargetError, match="410 Gone"):
        told.extend(change for change in watch.changes() if change is not None)
    return told


def phases(told: list[JobChange]) -> list[tuple[str, str]]:
    return [(change.job, change.phase) for change in told]


def test_what_was_there_at_the_start_was_known_before(api: Api, watch: JobWatch) -> None:
    api.jobs = [job("a", ended="Failed")]
    api.events = [("ADDED", job("b"))]
    told = until_cut(watch)
    assert [(change.job, change.phase, change.known_before) for change in told] == [
        ("a", "created", True), ("a", "started", True), ("a", "failed", True),
        ("b", "created", False), ("b", "started", False),
    ]  # fmt: skip


def test_what_happened_while_it_was_cut_is_told_once_and_as_new(api: Api, watch: JobWatch) -> None:
    api.jobs = [job("a")]
    until_cut(watch)
    api.jobs = [job("c", created=9), job("b", created=1), job("a", ended="Failed", settled=True)]
    told = until_cut(watch)
    assert phases(told) == [
        ("a", "failed"), ("a", "settled"), ("b", "created"), ("b", "started"), ("c", "created"), ("c", "started"),
    ]  # fmt: skip
    assert not any(change.known_before for change in told)
    assert told[0].stamped_at == at(5).timestamp()
    assert until_cut(watch) == []


def test_a_job_that_is_gone_after_a_cut_was_deleted(api: Api, watch: JobWatch) -> None:
    api.jobs = [job("a", ended="Failed"), job("b")]
    until_cut(watch)
    api.jobs = [job("b")]
    (deleted,) = until_cut(watch)
    assert (deleted.job, deleted.phase, deleted.known_before) == ("a", "deleted", False)
    assert (deleted.labels["c"], deleted.stamped_at) == ("build-a", None)
    api.events = [("DELETED", job("b"))]
    assert phases(until_cut(watch)) == [("b", "deleted")]


def test_the_facts_of_a_cut_watch(api: Api, watch: JobWatch, tmp_path: Path) -> None:
    timeline = Timeline(tmp_path / "timeline.jsonl", RunClock())
    observer = observing(timeline, watch.changes, lambda _build, _job: None)
    api.jobs = [job("a", ended="Failed"), job("b")]
    with pytest.raises(TargetError):
        observer.watch()
    api.jobs = [job("b", ended="Failed", settled=True)]
    with pytest.raises(TargetError):
        observer.watch()
    assert [(f.data["job"], f.data["event"]) for f in timeline.facts().of("job")] == [
        ("a", "deleted"), ("b", "failed"), ("b", "settled"),
    ]  # fmt: skip
    assert [f.data["outcome"] for f in timeline.facts().of("build", "build-b")] == ["failed"]
    assert [f.data["jobs"] for f in timeline.facts().of("sample", "failed jobs")] == [["a"], [], ["b"]]
