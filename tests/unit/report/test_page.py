"""The page says the verdict first, failing claims before the others, and runs nothing that was recorded."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from harness.judging.verdict import Verdict
from harness.report.lanes import pictures
from harness.report.page import render, ticks
from harness.report.words import duration_text
from tests.unit.report.runs import LENGTH_S, NAME, began, claim, ended, failing, run, scenario
from tests.unit.stories import facts

HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(1)>'


class Page(HTMLParser):
    """The elements of a page with their attributes, and its text outside of style."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self._style = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self._style = tag == "style"

    def handle_endtag(self, _tag: str) -> None:
        self._style = False

    def handle_data(self, data: str) -> None:
        if not self._style:
            self.text += data


@pytest.fixture
def page() -> Page:
    return Page(render(*failing()))


def test_the_verdict_comes_first_then_what_failed_then_the_rest(page: Page) -> None:
    order = ["FAIL", "A claim was seen not to hold.", "What did not hold", "all builds succeed", "it is told"]
    body = page.text.partition("2026-01-19T10-45-32Z")[2]  # the title
    places = [body.index(text) for text in order]
    assert places == sorted(places)


def test_a_failing_claim_has_what_was_last_seen_the_log_and_the_command(page: Page) -> None:
    missed = page.text[page.text.index("What did not hold") : page.text.index("Claims", page.text.index("What did"))]
    assert "p-1 failed <b>for good</b>" in missed
    assert "error pushing <script>alert(1)</script>" in missed
    assert "level=info all is well" not in missed
    assert "make chaos SCENARIO='ecr and rate and limit and bare and 429'" in missed


def test_limit_and_measured_time_stand_beside_each_other(page: Page) -> None:
    assert "4.2 s of 30 s" in page.text
    assert "not measured, limit 4 min" in page.text
    assert ("rect", {"class": "fill", "width": "14.00%", "height": "8", "rx": "4"}) in page.elements


def test_every_lane_is_drawn_and_has_a_text_alternative(page: Page) -> None:
    titles = ("Fault", "Builds", "Queue depth", "Alerts", "Delivered", "HTTP hits", "Responder", "Controls", "Steady")
    labels = [attributes.get("aria-label") or "" for tag, attributes in page.elements if tag == "svg"]
    assert all(any(label.startswith(title) for label in labels) for title in titles)
    assert "Builds: p, attempt 1: failed after 4.0 s, to +12 s" in page.text


def test_the_fault_shades_every_lane_while_it_is_there(page: Page) -> None:
    windows = [attributes for tag, attributes in page.elements if tag == "rect" and attributes.get("class") == "window"]
    assert len(windows) >= 9
    assert {(window["x"], window["width"]) for window in windows} == {("3.333%", "80.000%")}


def test_colour_is_not_the_only_sign(page: Page) -> None:
    for verdict, sign in (("FAIL", "✕"), ("PASS", "✓")):
        assert ("span", {"class": "sign", "role": "img", "aria-label": verdict}) in page.elements
        assert sign in page.text


def test_it_asks_nothing_of_the_network_and_runs_nothing(page: Page) -> None:
    assert {tag for tag, _ in page.elements}.isdisjoint({"script", "link", "img", "iframe", "object", "base"})
    policy = {
        attributes.get("http-equiv"): attributes.get("content") for tag, attributes in page.elements if tag == "meta"
    }
    assert policy["Content-Security-Policy"] == "default-src 'none'; style-src 'unsafe-inline'"
    html = render(*failing())
    assert not re.search(r"""(?:src|href)\s*=\s*["'](?!#)|@import|url\((?!#)""", html)


def test_hostile_text_is_text_wherever_it_stands() -> None:
    told = facts(
        began(HOSTILE),
        (1, "fault", HOSTILE, {"event": "injecting"}),
        (2, "job", HOSTILE, {"event": "requested", "parser": HOSTILE}),
        (2, "job", HOSTILE, {"event": "started", "job": HOSTILE, "parser": HOSTILE, "attempt": HOSTILE}),
        (3, "log", HOSTILE, {"job": HOSTILE, "container": HOSTILE, "line": f"error {HOSTILE}"}),
        (4, "act", HOSTILE, {"event": "begun", "who": HOSTILE}),
        (4, "notification", HOSTILE, {"channel": HOSTILE, "status": HOSTILE}),
        (5, "hit", HOSTILE, {"outcome": HOSTILE, "status": 429}),
        (5, "sample", HOSTILE, {"value": 1}),
        (5, "control", HOSTILE, {"accepted": False, "detail": HOSTILE}),
        (6, "diagnosis", HOSTILE, {"cause": HOSTILE, "evidence": [HOSTILE]}),
        ended(HOSTILE),
    )
    broken = claim(HOSTILE, Verdict.FAIL, reason=HOSTILE, allowance=HOSTILE, limit_s=1.0)
    judged = scenario(broken, name=HOSTILE, feature=HOSTILE, verdict=Verdict.FAIL, reason="other " + HOSTILE)
    page = Page(render(run(judged, verdict=Verdict.FAIL, reason=HOSTILE), told))
    assert {tag for tag, _ in page.elements}.isdisjoint({"script", "img"})
    assert not [name for _, attributes in page.elements for name in attributes if name.startswith("on")]
    assert page.text.count("<script>alert(1)</script>") > 10


def test_a_passing_run_has_nothing_under_what_did_not_hold() -> None:
    page = Page(render(run(scenario(claim())), facts(began(), ended())))
    assert "What did not hold" not in page.text
    assert "Every claim was seen to hold." in page.text


def test_a_skipped_scenario_says_why_and_is_not_listed_as_missed() -> None:
    skipped = scenario(name=NAME, verdict=None, reason="the kernel cannot")
    page = Page(render(run(skipped, verdict=Verdict.INCONCLUSIVE, reason="every scenario was skipped"), facts(began())))
    assert "What did not hold" not in page.text
    assert "the kernel cannot" in page.text
    assert "SKIPPED" in page.text


def test_a_run_of_nothing_says_why() -> None:
    page = Page(render(run(verdict=Verdict.HARNESS_ERROR, reason="TargetError: no answer"), []))
    assert "HARNESS ERROR" in page.text
    assert "TargetError: no answer" in page.text


def test_two_scenarios_of_one_name_have_each_their_own_picture() -> None:
    told = facts(
        began(),
        (1, "act", "first remedy", {"event": "begun", "who": "robot"}),
        ended(),
        began(at=100),
        (101, "act", "second remedy", {"event": "begun", "who": "robot"}),
        ended(at=160),
    )
    text = Page(render(run(scenario(claim()), scenario(claim(), started_at=1100.0, ended_at=1160.0)), told)).text
    assert text.index("first remedy") < text.index("Claims", text.index("first remedy")) < text.index("second remedy")


def test_a_run_of_sixteen_long_scenarios_is_below_two_megabytes() -> None:
    rows = []
    for number in range(16):
        start = number * 100.0
        rows.append(began(f"scenario {number}", start))
        for index in range(40):
            event = {"job": f"job-{index}", "parser": f"burst-{index}", "attempt": "1"}
            rows.append((start + 1, "job", f"b-{index}", {**event, "event": "started"}))
            rows.append((start + 30, "job", f"b-{index}", {**event, "event": "succeeded"}))
        rows += [(start + n / 20, "hit", "r", {"outcome": "passed", "status": 201}) for n in range(1000)]
        rows += [(start + n / 20, "sample", "queue depth", {"value": n % 17}) for n in range(1000)]
        rows.append(ended(f"scenario {number}", start + LENGTH_S))
    told = facts(*rows)
    claims = [claim(f"claim {number}", limit_s=30.0, measured_s=4.0) for number in range(20)]
    judged = run(*(scenario(*claims, name=picture.scenario) for picture in pictures(told)))
    assert len(render(judged, told).encode()) < 2_000_000


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.04, "0.0 s"),
        (4.21, "4.2 s"),
        (30.0, "30 s"),
        (119.96, "120.0 s"),
        (300, "5 min"),
        (454, "7 min 34 s"),
        (4200, "1 h 10 min"),
        (7200, "2 h"),
    ],
)
def test_times_are_said_as_a_person_says_them(seconds: float, text: str) -> None:
    assert duration_text(seconds) == text


@pytest.mark.parametrize("duration", [0.001, 0.8, 27.4, 60.0, 112.3, 1800.0, 9000.0])
def test_the_axis_has_few_marks_and_all_are_in_the_picture(duration: float) -> None:
    marks = ticks(duration)
    assert 1 <= len(marks) <= 7
    assert marks[0] == 0
    assert marks[-1] <= duration * 1.0001
