"""All files are written; one that cannot be costs a line, not the verdict and not the others."""

from __future__ import annotations

import json
import os
from pathlib import Path

import msgspec
import pytest

from harness.judging.judged import RunReport
from harness.report import files
from tests.unit.report.runs import failing

WRITTEN = {"report.json", "junit.xml", "summary.md", "report.html", "timeline.jsonl"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A run's folder with its timeline."""
    run = tmp_path / "reports" / "run"
    run.mkdir(parents=True)
    opened = msgspec.json.encode(
        {
            "seq": 0,
            "at": 1.0,
            "seen": 1.0,
            "kind": "timeline",
            "subject": "opened",
            "source": "harness",
            "data": {"format": 1},
        }
    )
    facts = [msgspec.structs.replace(fact, seq=fact.seq + 1) for fact in failing()[1]]
    lines = [opened, *(msgspec.json.encode(fact) for fact in facts)]
    (run / "timeline.jsonl").write_bytes(b"\n".join(lines) + b"\n")
    return run


def test_all_are_there_and_latest_points_at_them(folder: Path) -> None:
    assert files.write(failing()[0], folder, {}) == []
    assert {path.name for path in folder.iterdir()} == WRITTEN
    assert os.readlink(folder.parent / "latest") == "run"
    assert msgspec.json.decode((folder / "report.json").read_bytes(), type=RunReport) == failing()[0]


def test_a_page_that_cannot_be_drawn_costs_one_line(folder: Path) -> None:
    (folder / "timeline.jsonl").write_text("no timeline\n")
    (problem,) = files.write(failing()[0], folder, {})
    assert problem.startswith("report.html could not be written: UsageError: ")
    assert "\n" not in problem
    assert {path.name for path in folder.iterdir()} == WRITTEN - {"report.html"}
    assert json.loads((folder / "report.json").read_bytes())["verdict"] == "FAIL"


def test_a_defect_in_drawing_costs_one_line(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> str:
        raise ZeroDivisionError("nothing to divide")

    monkeypatch.setattr(files, "render", broken)
    assert files.write(failing()[0], folder, {}) == [
        "report.html could not be written: ZeroDivisionError: nothing to divide"
    ]
    assert (folder.parent / "latest" / "junit.xml").exists()


def test_the_summary_goes_to_the_step_page_too_after_what_is_there(folder: Path, tmp_path: Path) -> None:
    page = tmp_path / "step.md"
    page.write_text("before\n")
    assert files.write(failing()[0], folder, {"GITHUB_STEP_SUMMARY": str(page)}) == []
    assert page.read_text() == "before\n" + (folder / "summary.md").read_text()


def test_a_step_page_that_cannot_be_written_costs_one_line(folder: Path, tmp_path: Path) -> None:
    (problem,) = files.write(failing()[0], folder, {"GITHUB_STEP_SUMMARY": str(tmp_path / "none" / "step.md")})
    assert problem.startswith("step.md could not be written: FileNotFoundError")
