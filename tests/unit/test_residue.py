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
from harness.verbs import builds, incident
from tests.unit.fakes import FakeParsers, FakeTarget
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
            target.left += ["cluster/x/configmap/y", "cache/layer"]
        scene.ended("completed")
    report = judge(list(read(run.timeline.path)), "run")
    assert report.verdict is Verdict.FAIL
    assert report.scenarios[0].reason == "left behind: + cluster/x/configmap/y"


@pytest.mark.parametrize(
    ("happens", "left"),
    [
        (lambda _parsers: None, ""),
        (lambda parsers: parsers.put("new", b"what a fault has put there"), "~ s3/new"),
        (lambda parsers: parsers.delete("new"), "- s3/new"),
        (lambda parsers: parsers.put("other", b"nobody has told of it"), "+ s3/other"),
        (lambda parsers: parsers.put("canary", b"a fault's too"), "~ s3/canary"),
    ],
)
def test_a_parser_that_was_stored_has_to_be_there_as_it_was_stored_last(
    happens: Callable[[FakeParsers], object],
    left: str,
    new_run: Callable[[str], Run],
    target: FakeTarget,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("harness.running.scenario._APPLY_S", 0.1)
    with new_run("run") as run:
        scene = Scenario(run, "a scene", "a.feature")
        with scene:
            builds.store(scene, "new")
            incident.store_mended_parser(scene, "new")
            happens(target.parsers)
    claim, finding = scene.findings[-1]
    assert claim.checker == "no-residue"
    assert finding.verdict is (Verdict.FAIL if left else Verdict.PASS)
    assert finding.reason == (f"left behind: {left}" if left else "5 things are as they should be")


def test_what_an_earlier_scenario_has_stored_excuses_nothing() -> None:
    told = facts(
        (-5.0, "stored", "p", {"name": "s3/p", "digest": "1"}),
        (0.0, "snapshot", "s", {"when": "before", "content": {}}),
        (9.0, "snapshot", "s", {"when": "after", "content": {"s3/p": "1"}}),
    )
    found = decide(claim("no-residue", scene="s", allowed=[]), told, closed=True)
    assert found is not None
    assert found.reason == "left behind: + s3/p"


def test_a_missing_snapshot_is_inconclusive() -> None:
    told = facts((0.0, "snapshot", "s", {"when": "before", "content": {}}))
    found = decide(claim("no-residue", scene="s", allowed=[]), told, closed=True)
    assert found is not None
    assert found.verdict is Verdict.INCONCLUSIVE
