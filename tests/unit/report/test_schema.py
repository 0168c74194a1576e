"""The published schema is that of the structs, and reports meet it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import pytest

from harness.facts.timeline import read
from harness.judging.judge import judge
from harness.judging.verdict import Verdict
from harness.report.schema import schema, schema_text
from harness.running.run import Run
from harness.running.scenario import Scenario
from tests.unit.report.runs import claim, failing, run, scenario

PUBLISHED = Path(__file__).parents[3] / "docs" / "report.schema.json"
CHECK = jsonschema.Draft202012Validator(schema())


def plain(report: Any) -> Any:
    return json.loads(msgspec.json.encode(report))


def test_the_published_one_is_not_stale() -> None:
    assert PUBLISHED.read_text() == schema_text(), "harness report schema > docs/report.schema.json"


def test_it_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(schema())


@pytest.mark.parametrize(
    "report",
    [failing()[0], run(scenario(name="skipped", verdict=None)), run(verdict=Verdict.INCONCLUSIVE, reason="none ran")],
    ids=["everything", "skipped", "nothing"],
)
def test_reports_meet_it(report: Any) -> None:
    CHECK.validate(plain(report))


def test_a_report_of_a_run_that_was_judged_meets_it(new_run: Callable[[str], Run]) -> None:
    with new_run("run") as played:
        with Scenario(played, "a scenario", "a.feature") as scene:
            scene.inject("noop")
        scene.ended("completed")
    CHECK.validate(plain(judge(read(played.timeline.path), "run")))


@pytest.mark.parametrize(
    "change",
    [{"verdict": "FINE"}, {"verdict": None}, {"format": 2}, {"scenarios": None}, {"started_at": "now"}],
    ids=str,
)
def test_what_is_no_report_does_not(change: dict[str, Any]) -> None:
    assert not CHECK.is_valid(plain(run()) | change)


@pytest.mark.parametrize("missing", ["format", "verdict", "scenarios"])
def test_nothing_may_be_missing(missing: str) -> None:
    broken = plain(run(scenario(claim())))
    del broken[missing]
    assert not CHECK.is_valid(broken)
