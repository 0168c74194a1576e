"""Writes a run's report beside its timeline, and points `latest` at it.

report.json is the report; the others show it. One of those that cannot be written is a defect of the harness, but
says nothing of the pipeline: it costs a line in the terminal, not the verdict and not the other files.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import msgspec

from harness.facts.bundle import TIMELINE
from harness.facts.history import Fact
from harness.facts.timeline import read
from harness.judging.judged import RunReport
from harness.report.junit import junit
from harness.report.page import render
from harness.report.summary import summary

PAGE = "report.html"
_STEP_SUMMARY = "GITHUB_STEP_SUMMARY"
"""Names the file whose Markdown a CI system shows of the step; others than GitHub's have adopted it."""


def write(report: RunReport, folder: Path, environment: Mapping[str, str] = os.environ) -> list[str]:
    """Write report.json, junit.xml, summary.md and report.html into `folder` and point `latest` beside it to it.

    Answers with a line for each file that could not be made.

    Raises:
        OSError: report.json cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "report.json").write_bytes(msgspec.json.format(msgspec.json.encode(report), indent=2) + b"\n")
    problems = [
        *_attempt(folder / "junit.xml", lambda path: junit(report).write(str(path), pretty=True)),
        *_attempt(folder / "summary.md", lambda path: path.write_text(summary(report), encoding="utf-8")),
        *_attempt(folder / PAGE, lambda path: write_page(report, read(folder / TIMELINE), path)),
    ]
    if environment.get(_STEP_SUMMARY):
        problems += _attempt(Path(environment[_STEP_SUMMARY]), lambda path: _append(path, summary(report)))
    _point_latest(folder)
    return problems


def write_page(report: RunReport, facts: Sequence[Fact], path: Path) -> None:
    """Write the page on `report` to `path`, drawn from the facts it was judged by."""
    path.write_text(render(report, facts), encoding="utf-8")


def _attempt(path: Path, make: Callable[[Path], object]) -> list[str]:
    try:
        make(path)
    except Exception as error:  # noqa: BLE001 - whatever is wrong with one file, the verdict and the others stand
        return [f"{path.name} could not be written: {type(error).__name__}: {error}"]
    return []


def _append(path: Path, text: str) -> None:
    with path.open("a", encoding="utf-8") as file:
        file.write(text)


def _point_latest(folder: Path) -> None:
    latest = folder.parent / "latest"
    fresh = folder.parent / f".latest-{os.getpid()}"
    fresh.symlink_to(folder.name)
    fresh.replace(latest)
