"""Waiting on a list by watch: ends when all is well, relists when the stream ends, keeps what was last seen."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from harness.ground.api import Object, await_all


class Scripted:
    """An API that answers each list with the next of `lists` and each watch with the next of `streams`."""

    def __init__(self, lists: list[list[Object] | None], streams: list[list[tuple[str, Object]]]) -> None:
        self._lists = iter(lists)
        self._streams = iter(streams)
        self.now = 0.0

    def read(self, path: str) -> Object | None:
        assert path == "/things"
        items = next(self._lists)
        return None if items is None else {"metadata": {"resourceVersion": "7"}, "items": items}

    def changes(self, path: str, version: str, limit_s: float) -> Iterator[tuple[str, Object]]:
        assert (path, version) == ("/things", "7")
        assert limit_s > 0
        for event in next(self._streams):
            self.now += 1
            yield event

    def clock(self) -> float:
        return self.now


def thing(name: str, *, ready: bool) -> dict[str, Any]:
    return {"metadata": {"namespace": "n", "name": name}, "ready": ready}


def unready(item: Object) -> str | None:
    return None if item["ready"] else "not yet"


def wait(api: Scripted, deadline: float = 10) -> dict[str, str]:
    return await_all(api, "/things", unready, deadline=deadline, now=api.clock)


def test_all_well_at_once() -> None:
    assert wait(Scripted([[thing("a", ready=True)]], [])) == {}


def test_unknown_kind_has_no_objects() -> None:
    assert wait(Scripted([None], [])) == {}


def test_an_event_ends_the_wait() -> None:
    stream = [("MODIFIED", thing("a", ready=False)), ("MODIFIED", thing("a", ready=True))]
    assert wait(Scripted([[thing("a", ready=False)]], [stream])) == {}


def test_a_deleted_object_is_not_waited_for() -> None:
    stream = [("DELETED", thing("a", ready=False))]
    assert wait(Scripted([[thing("a", ready=False), thing("b", ready=True)]], [stream])) == {}


def test_an_added_object_is_waited_for() -> None:
    stream = [
        ("ADDED", thing("b", ready=False)),
        ("MODIFIED", thing("a", ready=True)),
        ("MODIFIED", thing("b", ready=True)),
    ]
    api = Scripted([[thing("a", ready=False)]], [stream])
    assert wait(api) == {}
    assert api.now == 3


def test_a_closed_stream_lists_again() -> None:
    lists: list[list[Object] | None] = [[thing("a", ready=False)], [thing("a", ready=True)]]
    assert wait(Scripted(lists, [[]])) == {}


def test_an_expired_watch_lists_again() -> None:
    lists: list[list[Object] | None] = [[thing("a", ready=False)], [thing("a", ready=True)]]
    assert wait(Scripted(lists, [[("ERROR", {"code": 410})]])) == {}


def test_the_deadline_returns_what_was_last_seen() -> None:
    stream = [("MODIFIED", thing("a", ready=False))] * 5
    lists: list[list[Object] | None] = [[thing("a", ready=False)]] * 2
    assert wait(Scripted(lists, [stream]), deadline=2) == {"n/a": "not yet"}
