"""A picture shows what was recorded, when it was recorded, and no more."""

from __future__ import annotations

from typing import Any

import pytest

from harness.report.lanes import Lane, Picture, pictures
from tests.unit.report.runs import ALERT, LENGTH_S, NAME, began, ended, failing, job
from tests.unit.stories import facts


def drawn(*rows: tuple[float, str, str, dict[str, Any]]) -> Picture:
    """The picture of one scenario in which `rows` happened."""
    (picture,) = pictures(facts(began(), *rows, ended()))
    return picture


def lane(picture: Picture, title: str) -> Lane:
    return next(lane for lane in picture.lanes if lane.title == title)


def fault(at: float, event: str) -> tuple[float, str, str, dict[str, Any]]:
    return (at, "fault", "f", {"event": event})


def alert(at: float, state: str) -> tuple[float, str, str, dict[str, Any]]:
    return (at, "alert", ALERT, {"state": state, "labels": {}})


def hit(at: float, outcome: str, status: int | None) -> tuple[float, str, str, dict[str, Any]]:
    return (at, "hit", "rule", {"outcome": outcome, "status": status})


def look(at: float, accepted: bool) -> tuple[float, str, str, dict[str, Any]]:
    return (at, "control", "f", {"accepted": accepted, "detail": "d"})


def test_a_fault_is_there_from_injecting_to_healed_and_acts_from_its_effect() -> None:
    (window,) = drawn(fault(2, "injecting"), fault(3, "injected"), fault(4, "effective"), fault(9, "healed")).windows
    assert (window.start, window.effective, window.end) == (2, 4, 9)


def test_a_fault_that_was_not_healed_is_there_to_the_end() -> None:
    (window,) = drawn(fault(2, "injecting")).windows
    assert (window.effective, window.end) == (None, LENGTH_S)


def test_of_one_fault_injected_twice_each_is_healed_once_the_last_first() -> None:
    first, second = drawn(fault(1, "injecting"), fault(2, "injecting"), fault(5, "healed"), fault(8, "healed")).windows
    assert (first.start, first.end) == (1, 8)
    assert (second.start, second.end) == (2, 5)


def test_a_build_waits_runs_fails_waits_again_and_succeeds() -> None:
    picture = drawn(
        (1, "job", "p-1", {"event": "requested", "parser": "p"}),
        job(2, "started"),
        job(5, "failed"),
        job(9, "started", name="job-2", attempt="2"),
        job(12, "succeeded", name="job-2", attempt="2"),
        (12, "build", "p-1", {"outcome": "succeeded"}),
    )
    (row,) = lane(picture, "Builds").rows
    assert [(bar.start, bar.end, bar.tone) for bar in row.bars] == [
        (1, 2, "wait"),
        (2, 5, "bad"),
        (5, 9, "wait"),
        (9, 12, "good"),
    ]
    assert row.bars[3].text == "p, attempt 2: succeeded after 3.0 s"
    assert lane(picture, "Builds").note == "1 succeeded"


def test_a_job_whose_end_was_not_seen_is_drawn_open() -> None:
    (row,) = lane(drawn(job(2, "started")), "Builds").rows
    assert [(bar.end, bar.open) for bar in row.bars] == [(LENGTH_S, True)]


def test_a_build_of_which_only_the_end_of_its_job_is_told_has_no_row() -> None:
    assert drawn(job(2, "deleted")).lanes == ()


def test_an_alert_is_pending_then_firing_until_it_is_inactive() -> None:
    (row,) = lane(drawn(alert(2, "pending"), alert(5, "firing"), alert(30, "inactive")), "Alerts").rows
    assert [(bar.start, bar.end, bar.tone) for bar in row.bars] == [(2, 5, "wait"), (5, 30, "warn")]


def test_an_alert_that_fired_before_the_scenario_fires_from_its_start() -> None:
    _, second = pictures(facts(began("a"), alert(1, "firing"), ended("a", 5), began("b", 6), ended("b", 10)))
    (row,) = lane(second, "Alerts").rows
    assert [(bar.start, bar.end, bar.open) for bar in row.bars] == [(0, 4, True)]


def test_hits_are_counted_by_answer_and_no_answer_is_bad() -> None:
    hits = lane(drawn(hit(1, "passed", 201), hit(1, "error", 429), hit(1, "reset", None)), "HTTP hits")
    assert [(part.good, part.bad) for part in hits.slices] == [(1, 2)]
    assert hits.note == "1 error 429, 1 passed 201, 1 reset no answer"


def test_a_sample_keeps_its_value_until_the_next_and_from_before_the_scenario() -> None:
    (picture,) = pictures(
        facts((-9, "sample", "queue depth", {"value": 3}), began(), (5, "sample", "queue depth", {"value": 7}), ended())
    )
    depth = lane(picture, "Queue depth")
    assert depth.steps == ((0, 3), (5, 7), (LENGTH_S, 7))
    assert depth.note == "3 to 7"


def test_a_sample_that_is_no_number_is_no_point() -> None:
    assert drawn((1, "sample", "success rate", {"value": None})).lanes == ()


def test_no_peak_is_lost_among_very_many_samples() -> None:
    values = [(second / 100, "sample", "queue depth", {"value": 99 if second == 3001 else 1}) for second in range(6000)]
    depth = lane(drawn(*values), "Queue depth")
    assert len(depth.steps) < 1000
    assert max(value for _, value in depth.steps) == 99


def test_looks_with_one_answer_are_one_bar_and_a_lapse_is_its_own() -> None:
    controls = lane(drawn(look(1, True), look(2, True), look(3, False), look(4, True), look(5, True)), "Controls")
    (row,) = controls.rows
    assert [(bar.start, bar.end) for bar in row.bars] == [(1, 2), (4, 5)]
    assert [(mark.at, mark.tone) for mark in row.marks] == [(3, "bad")]
    assert controls.note == "5 looks, 1 not well"


def test_looks_far_apart_are_not_one_bar() -> None:
    (row,) = lane(drawn(look(1, True), look(40, True)), "Controls").rows
    assert not row.bars
    assert len(row.marks) == 2


def test_an_act_that_was_never_done_says_so() -> None:
    (row,) = lane(drawn((3, "act", "mend", {"event": "begun", "who": "robot"})), "Responder").rows
    assert [(bar.tone, bar.open, bar.text) for bar in row.bars] == [("bad", True, "mend: never done")]


def test_what_was_told_of_late_is_drawn_no_earlier_than_the_start() -> None:
    hits = lane(drawn(hit(-3, "passed", 200)), "HTTP hits")
    assert hits.slices[0].start == 0


def test_rows_beyond_the_most_are_told_in_words() -> None:
    jobs = [job(1, "started", build=f"p-{number}") for number in range(45)]
    builds = lane(drawn(*jobs), "Builds")
    assert len(builds.rows) == 40
    assert builds.note == "5 more not drawn"


@pytest.mark.parametrize("cut", range(2, 27))
def test_a_timeline_cut_short_anywhere_is_still_drawn(cut: int) -> None:
    _, told = failing()
    assert [picture.scenario for picture in pictures(told[:cut])] == [NAME]


def test_nothing_recorded_is_nothing_drawn() -> None:
    assert pictures([]) == []
