"""What is left behind is found, named, and fails the scene."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from harness.checkers import decide
from harness.facts.timeline import read
from harness.judging.judge import judge
from harness.judging.residue import differences, digest
from harness.judging.verdict import Verdict
from harness.running.run import Run
from harness.running.scenario import Scenario
from tests.unit.fakes import FakeTarget
from tests.unit.stories import claim, facts


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        ({"a": "1"}, {"a": "1"}, []),
        ({"a": "1"}, {"a": "2"}, ["~ a"]),
        ({"a": "1"}, {}, ["- a"]),
        ({}, {"a": "1"}, ["+ a"]),
        ({}, {"s3/p": "1", "s3x": "1"}, ["+ s3x"]),
    ],
)
def test_differences(before: dict[str, str], after: dict[str, str], found: list[str]) -> None:
    assert differences(before, after, ["s3/.*"]) == found


def test_a_digest_does_not_depend_on_order() -> None:
    assert digest({"a": 1, "b": 2}) == digest({"b": 2, "a": 1})
    assert digest({"a": 1}) != digest({"a": 2})


def test_what_a_scene_leaves_fails_it(new_run: Callable[[str], Run], target: FakeTarget) -> None:
    with new_run("run") as run:
        scene = Scenario(run, "a scene", "a.feature")
        with scene:
            scene.inject("iam-policy-removed", parser="p")
            target.left += ["cluster/x/configmap/y", "s3/a-parser"]
        scene.ended("completed")
    report = judge(list(read(run.timeline.path)), "run")
    assert report.verdict is Verdict.FAIL
    assert report.scenarios[0].reason == "left behind: + cluster/x/configmap/y"


def test_a_missing_snapshot_is_inconclusive() -> None:
    told = facts((0.0, "snapshot", "s", {"when": "before", "content": {}}))
    found = decide(claim("no-residue", scene="s", allowed=[]), told, closed=True)
    assert found is not None
    assert found.verdict is Verdict.INCONCLUSIVE
