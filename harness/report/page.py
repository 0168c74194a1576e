"""The report as one HTML page that needs nothing else: no script, no font, no request.

The pictures are SVG written by the template itself: places along time are percentages, so that bars shrink with the
screen while letters stay as large as the reader set them, and colours follow the reader's light or dark setting.
Libraries that plot do neither.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from jinja2 import Environment, PackageLoader, StrictUndefined

from harness.facts.history import Fact
from harness.judging.judged import ClaimReport, RunReport, ScenarioReport
from harness.judging.verdict import Verdict
from harness.report.evidence import Excerpt, evidence
from harness.report.lanes import Bar, Lane, Picture, Row, pictures
from harness.report.rerun import rerun_command
from harness.report.words import MEANINGS, SIGNS, SKIPPED_SIGN, URGENCY, counted, duration_text, held, verdict_name

_TICKS = 5
"""Marks on the axis of time at most: what fits a phone."""
_LABELLED_ROWS = 10
"""A lane of more rows draws them thin and leaves the names to the text below."""


@dataclass(frozen=True)
class _Section:
    """What the page says of one scenario. `anchor`: where it stands in the page."""

    anchor: str
    report: ScenarioReport
    picture: Picture
    excerpts: Sequence[Excerpt]
    command: str


def render(report: RunReport, facts: Sequence[Fact]) -> str:
    """The page on a judged run and the facts it was judged by."""
    sections = [
        _Section(f"s{index}", scenario, picture, evidence(scenario, facts), rerun_command(scenario))
        for index, (scenario, picture) in enumerate(zip(report.scenarios, pictures(facts), strict=True))
    ]
    sections.sort(key=lambda section: URGENCY.index(section.report.verdict))
    template = _environment().get_template("report.html.j2")
    return template.render(
        report=report,
        meaning=MEANINGS[report.verdict],
        counted=counted([section.report.verdict for section in sections]),
        claims=counted([claim.verdict for section in sections for claim in section.report.claims]),
        missed=[section for section in sections if section.report.verdict not in (Verdict.PASS, None)],
        sections=sections,
        labelled_rows=_LABELLED_ROWS,
    )


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("harness.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "sign": lambda verdict: SIGNS.get(verdict, SKIPPED_SIGN),
        "verdict_name": verdict_name,
        "kind": _kind,
        "seconds": duration_text,
        "date": lambda at: f"{datetime.fromtimestamp(at, UTC):%d %b %Y, %H:%M} UTC",
        "iso": lambda at: f"{datetime.fromtimestamp(at, UTC):%Y-%m-%dT%H:%M:%SZ}",
        "urgent_first": _urgent_first,
        "in_words": _in_words,
        "fault_rows": _fault_rows,
        "ticks": ticks,
    }
    environment.globals["held"] = held
    return environment


def ticks(duration: float) -> list[float]:
    """Round instants from 0 to at most `duration`, no more than fit a phone."""
    step = next(
        (step for step in (1, 2, 5, 10, 15, 20, 30, 60, 120, 300, 600) if duration / step <= _TICKS), duration / _TICKS
    )
    return [step * index for index in range(int(duration / step) + 1)]


def _kind(verdict: Verdict | None) -> str:
    """The class that colours it."""
    return "skipped" if verdict is None else verdict.lower().replace("_", "-")


def _urgent_first(claims: Sequence[ClaimReport]) -> list[ClaimReport]:
    return sorted(claims, key=lambda claim: URGENCY.index(claim.verdict))


def _fault_rows(picture: Picture) -> Lane:
    """The faults as a lane of their own, a row for each name."""
    rows = []
    for name, times in Counter(window.name for window in picture.windows).items():
        bars = []
        for window in (w for w in picture.windows if w.name == name):
            acting = window.end if window.effective is None else window.effective
            if acting > window.start:
                bars.append(Bar(window.start, acting, "wait", f"{name} injected"))
            if window.effective is not None:
                bars.append(Bar(window.effective, window.end, "warn", f"{name} acts"))
        rows.append(Row(f"{name} × {times}" if times > 1 else name, tuple(bars)))
    return Lane("Fault", rows=tuple(rows))


def _in_words(picture: Picture) -> list[tuple[float, str]]:
    """Everything in the picture as (second, what happened), in the order of time."""
    told = []
    for lane in (_fault_rows(picture), *picture.lanes):
        for row in lane.rows:
            told += [(bar.start, f"{lane.title}: {bar.text}, to +{duration_text(bar.end)}") for bar in row.bars]
            told += [(mark.at, f"{lane.title}: {mark.text}") for mark in row.marks]
        told += [(part.start, f"{lane.title}: {part.text}") for part in lane.slices]
        told += [(at, f"{lane.title}: {value:g}") for at, value in lane.steps[:-1]]
    return sorted(told, key=lambda item: item[0])
