"""What Prometheus kept of its alerts, read from ranges that a real one gave (tests/component/test_alert_observer.py
with RECORD_ALERTS recorded them; scrape and evaluation every second), and compared with what was seen live."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from harness.facts.alert_history import AlertHistory, Change, as_kept, compare, kept_changes, live_changes, read_history
from harness.facts.history import Fact, History

HIGH = "BuildFailureRateHigh"
LASTING = "BuildFailuresLast"
EVALUATION_S = SCRAPE_S = 1.0
ERROR_S = SCRAPE_S + EVALUATION_S
RECORDED = msgspec.json.decode((Path(__file__).parent / "recorded" / "alerts.json").read_bytes())
SEEN = [msgspec.convert(fact, Fact) for fact in RECORDED["seen"]]
BEGUN = SEEN[0].at - 5.0
ENDED = SEEN[-1].at + 5.0


def series(name: str, value: int) -> list[tuple[tuple[tuple[str, str], ...], list[float]]]:
    """Labels of the series called `name`, with the times (value 0) or the values (1) of its samples."""
    return [
        (tuple(sorted(found["labels"].items())), [sample[value] for sample in found["samples"]])
        for found in RECORDED["kept"][name]
    ]


def history(**changed: Any) -> AlertHistory:
    found = read_history(
        series("ALERTS", 0),
        series("ALERTS_FOR_STATE", 1),
        [times for _, times in series("up", 0)],
        evaluation_s=EVALUATION_S,
        scrape_s=SCRAPE_S,
    )
    return msgspec.structs.replace(found, **changed)


def seen(without: int | None = None, later: dict[int, float] | None = None) -> History:
    """What was seen live, but for one fact, and some of it so many seconds later."""
    moved = [msgspec.structs.replace(f, at=f.at + (later or {}).get(n, 0.0)) for n, f in enumerate(SEEN)]
    return History.over([f for n, f in enumerate(moved) if n != without])


def test_the_life_of_each_alert_is_read() -> None:
    lives = [(change.alert, change.state) for change in kept_changes(history())]
    assert [state for alert, state in lives if alert == HIGH] == ["firing", "inactive"]
    assert [state for alert, state in lives if alert == LASTING] == ["pending", "firing", "inactive"]


def test_what_was_seen_is_what_was_kept() -> None:
    found = compare(live_changes(seen()), history(), BEGUN, ENDED)
    assert found.agree
    assert found.agreed == len(SEEN)
    assert found.apart_s is not None
    assert found.apart_s <= ERROR_S


@pytest.mark.parametrize("number", range(len(SEEN)), ids=[f"{f.subject} {f.data['state']}" for f in SEEN])
def test_a_change_that_was_not_seen_is_named(number: int) -> None:
    found = compare(live_changes(seen(without=number)), history(), BEGUN, ENDED)
    (missing,) = found.only_kept
    assert (missing.alert, missing.state) == (SEEN[number].subject, SEEN[number].data["state"])
    assert abs(missing.at - SEEN[number].at) <= ERROR_S
    assert found.only_live == []


@pytest.mark.parametrize(("late_s", "agree"), [(ERROR_S - 0.1, True), (ERROR_S + 0.1, False)])
def test_times_agree_to_one_scrape_and_one_evaluation(late_s: float, agree: bool) -> None:
    late = seen(later={0: late_s})
    assert compare(live_changes(late), history(), BEGUN, ENDED).agree is agree


def test_a_label_set_of_its_own_is_no_partner() -> None:
    other = msgspec.structs.replace(SEEN[0], data={**SEEN[0].data, "labels": {"severity": "warning"}})
    found = compare(live_changes(History.over([other, *SEEN[1:]])), history(), BEGUN, ENDED)
    assert (len(found.only_live), len(found.only_kept)) == (1, 1)


def test_what_prometheus_was_not_there_for_is_not_compared() -> None:
    late = history(kept=[(SEEN[-1].at + 1.0, ENDED)], states=[], active_since=[])
    found = compare(live_changes(seen()), late, BEGUN, ENDED)
    assert found.agree
    assert (found.agreed, found.apart_s) == (0, None)


def test_a_break_in_what_was_kept_is_seen() -> None:
    found = read_history([], [], [[1.0, 2.0, 3.0, 9.0, 10.0], [2.5, 9.5]], evaluation_s=1.0, scrape_s=1.0)
    assert found.kept == [(1.0, 3.0), (9.0, 10.0)]
    assert found.has(2.0)
    assert not found.has(5.0)


def test_an_alert_that_came_back_has_two_lives() -> None:
    labels = (("alertname", HIGH), ("alertstate", "firing"))
    twice = read_history(
        [(labels, [10.0, 11.0, 20.0, 21.0])],
        [],
        [[float(at) for at in range(40)]],
        evaluation_s=1.0,
        scrape_s=1.0,
    )
    assert [(c.state, c.at) for c in kept_changes(twice)] == [
        ("firing", 10.0),
        ("inactive", 12.0),
        ("firing", 20.0),
        ("inactive", 22.0),
    ]


def test_one_that_is_still_active_has_no_end() -> None:
    labels = (("alertname", HIGH), ("alertstate", "firing"))
    found = read_history([(labels, [10.0, 11.0])], [], [[9.0, 10.0, 11.0]], evaluation_s=1.0, scrape_s=1.0)
    assert [change.state for change in kept_changes(found)] == ["firing"]


def test_pending_begins_when_alerts_for_state_says() -> None:
    named = (("alertname", HIGH),)
    found = read_history(
        [((*named, ("alertstate", "pending")), [12.0, 13.0])],
        [(named, [11.4, 11.4])],
        [],
        evaluation_s=1.0,
        scrape_s=1.0,
    )
    assert [(c.state, c.at) for c in kept_changes(found)] == [("pending", 11.4)]


def test_what_was_kept_takes_the_place_of_what_was_seen() -> None:
    heartbeat = msgspec.structs.replace(SEEN[0], kind="heartbeat", subject="prometheus")
    told = as_kept(History.over([heartbeat, SEEN[0]]), history(), until=SEEN[0].at + EVALUATION_S)
    assert [f.kind for f in told] == ["alert", "alert", "heartbeat"], "the last one tells until when it was looked at"
    assert {f.subject: f.data["state"] for f in told[:2]} == {HIGH: "firing", LASTING: "pending"}
    assert [f.data["annotations"] for f in told[:2] if f.subject == HIGH] == [{"summary": "builds fail"}]


def test_what_was_kept_is_in_order() -> None:
    told = as_kept(seen(), history(), until=ENDED)
    assert [f.seq for f in told] == list(range(len(told)))
    assert [f.at for f in told] == sorted(f.at for f in told)


def test_a_change_says_what_it_is() -> None:
    assert str(Change(1.0, HIGH, "firing", ())) == f"{HIGH} firing"
