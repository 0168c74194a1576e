"""The feature lint names what would otherwise shadow, be missing, or never be run."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from pytest_bdd import parsers
from pytest_bdd.steps import StepFunctionContext

from harness.errors import UsageError
from steps.lint import Sentence, problems, sentences, vocabulary

ALERTS = {"BuildFailureRateHigh", "BuildSlow"}


def a_step() -> None:
    """Stands for any step's function."""


def step(kind: str, text: str, function: Callable[[], None] = a_step) -> StepFunctionContext:
    return StepFunctionContext(type=kind, step_func=function, parser=parsers.parse(text))  # type: ignore[arg-type]


def said(kind: str, text: str) -> Sentence:
    return Sentence("a.feature:3", kind, text)


def test_all_is_well() -> None:
    assert problems([said("given", "peace")], [step("given", "peace")], ALERTS) == []


def test_an_unknown_sentence() -> None:
    (wrong,) = problems([said("given", "war")], [], ALERTS)
    assert wrong == "a.feature:3: given 'war': no step says this"


def test_a_sentence_of_another_kind_is_unknown() -> None:
    wrong = problems([said("when", "peace")], [step("given", "peace")], ALERTS)
    assert len(wrong) == 2


def test_two_steps_that_match_one_sentence() -> None:
    definitions = [step("then", "the job {what}"), step("then", "the job fails")]
    (wrong,) = problems([said("then", "the job fails")], definitions, ALERTS)
    assert "2 steps match" in wrong


def test_an_unused_step() -> None:
    (wrong,) = problems([said("given", "peace")], [step("given", "peace"), step("given", "war")], ALERTS)
    assert "('war'): used by no feature" in wrong


@pytest.mark.parametrize(
    ("text", "pattern", "named"),
    [
        ("NoSuchAlert fires", "{alert} fires", "there is no alert NoSuchAlert"),
        ("none but BuildSlow and NoSuchAlert", "none but {names}", "there is no alert NoSuchAlert"),
        ("earthquake is injected", "{fault} is injected", "there is no fault earthquake"),
        ("the cause is magic", "the cause is {cause}", "there is no cause magic"),
    ],
)
def test_names_that_do_not_exist(text: str, pattern: str, named: str) -> None:
    (wrong,) = problems([said("then", text)], [step("then", pattern)], ALERTS)
    assert named in wrong


def test_outlines_are_read_with_their_examples(tmp_path: Path) -> None:
    (tmp_path / "a.feature").write_text(
        "Feature: F\n\n  Scenario Outline: <cause>\n    When <fault> is injected\n\n"
        "    Examples:\n      | cause | fault |\n      | one | noop |\n      | two | queue-down |\n"
    )
    assert [s.text for s in sentences(tmp_path)] == ["noop is injected", "queue-down is injected"]


@pytest.mark.parametrize(
    ("text", "named"),
    [("Scenario: y\n  Given z\n", "cannot be read"), ("Feature: x\n  Scenaario: y\n    Given z\n", "has no scenario")],
    ids=["no feature", "a keyword misspelt"],
)
def test_a_broken_feature_is_named(tmp_path: Path, text: str, named: str) -> None:
    (tmp_path / "a.feature").write_text(text)
    with pytest.raises(UsageError, match=named):
        list(sentences(tmp_path))


def test_the_projects_own_features_are_clean() -> None:
    root = Path(__file__).parents[2]
    alerts = {"BuildFailureRateHigh", "BuildFailureRateElevated", "FailedJobsAccumulating"}
    own = [d for d in vocabulary() if d.step_func.__module__.startswith("steps.")]
    assert problems(list(sentences(root / "features")), own, alerts) == []
