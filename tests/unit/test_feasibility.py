"""A promise that the configuration does not allow is refused, with the sum; one that it allows is not."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from pytest_bdd.parser import Scenario

from harness.errors import UsageError
from harness.rules.feasibility import Promise, refusal
from harness.rules.timing import AlertTiming, alert_timing
from steps.lint import scenarios, vocabulary
from steps.promises import promises, refusals, timing_asked_for

ROOT = Path(__file__).parents[2]
PROFILE = ROOT / "clusters" / "reference" / "profile.yaml"
CI = AlertTiming(
    window_s=30, for_s=0, scrape_s=1, evaluation_s=1, group_wait_s=1, group_interval_s=6, repeat_interval_s=1440
)


def held(seconds: float) -> AlertTiming:
    return replace(CI, for_s=seconds)


@pytest.mark.parametrize("limit_s", [None, 32.0, 60.0])
def test_what_can_be_kept_is_not_refused(limit_s: float | None) -> None:
    assert refusal(Promise("A", "firing", limit_s), CI) == ""


def test_a_deadline_below_the_latest_time_is_refused_with_the_sum() -> None:
    said = refusal(Promise("A", "firing", 31.0), CI)
    assert "A firing within 31 s is not sure to happen" in said
    assert (
        "0 s after the failure at the earliest, 32 s at the latest = window 30 s + scrape 1 s + evaluation 1 s" in said
    )


def test_a_deadline_below_the_earliest_time_is_never_met() -> None:
    assert "never happens" in refusal(Promise("A", "firing", 10.0), held(20.0))
    assert "for 20 s" in refusal(Promise("A", "firing", 10.0), held(20.0))


def test_delivery_takes_the_group_wait_too() -> None:
    assert refusal(Promise("A", "delivered", 33.0), CI) == ""
    assert "group wait 1 s" in refusal(Promise("A", "delivered", 32.0), CI)


def test_failures_that_are_shorter_than_for_are_refused() -> None:
    assert refusal(Promise("A", "firing", None, failing_s=20.0), replace(held(20.0), window_s=2.0)) == ""
    said = refusal(Promise("A", "firing", None, failing_s=10.0), replace(held(20.0), window_s=2.0))
    assert "must hold for 20 s to fire, and is sure to for 10 s only" in said
    assert "failures for 10 s + window 2 s - scrape 1 s - evaluation 1 s" in said


def test_a_single_failure_holds_for_the_window() -> None:
    assert refusal(Promise("A", "firing"), held(28.0)) == ""
    assert "failures for 0 s" in refusal(Promise("A", "firing"), held(29.0))


def test_for_is_rounded_up_to_an_evaluation() -> None:
    assert held(2.5).held_s == 3.0
    assert held(3.0).held_s == 3.0
    assert held(2.5).fires_after_s == 3.0
    assert held(2.5).fires_within_s == 35.0


def test_pending_of_a_rule_without_for_is_refused() -> None:
    assert "pending never shows" in refusal(Promise("A", "pending"), CI)
    assert refusal(Promise("A", "pending", 32.0), held(20.0)) == ""


def test_of_several_routes_the_slowest_group_counts() -> None:
    rules = "groups: [{name: g, rules: [{alert: A, expr: 'x > 1'}]}]"
    route = "{group_wait: 10s, repeat_interval: 4h, routes: [{routes: [{group_wait: 20s}]}, {repeat_interval: 1h}]}"
    prometheus = "global: {scrape_interval: 1s, evaluation_interval: 1s}"
    timing = alert_timing("A", rules=rules, prometheus=prometheus, alertmanager=f"route: {route}")
    assert (timing.group_wait_s, timing.group_interval_s, timing.repeat_interval_s) == (20.0, 300.0, 3600.0)


@pytest.fixture
def made(tmp_path: Path) -> Scenario:
    (tmp_path / "a.feature").write_text(
        "Feature: F\n\n  Scenario: S\n"
        "    Then BuildFailureRateHigh fires as critical as soon as its rule promises\n"
        "    And BuildFailureRateHigh fires as critical within 40 s of the failure\n"
        "    And PagerDuty are told of it within 41 s of the fault\n"
        "    And BuildSlow has stayed inactive\n"
    )
    (found,) = scenarios(tmp_path)
    return found


def test_promises_are_read_from_sentences(made: Scenario) -> None:
    assert list(promises(made, vocabulary())) == [
        Promise("BuildFailureRateHigh", "firing", None),
        Promise("BuildFailureRateHigh", "firing", 40.0),
        Promise("BuildFailureRateHigh", "delivered", 41.0),
    ]


def test_a_scenario_is_refused_under_the_profile_that_does_not_allow_it(made: Scenario) -> None:
    assert refusals([made], vocabulary(), timing_asked_for(PROFILE, "ci")) == []
    fires, told = refusals([made], vocabulary(), timing_asked_for(PROFILE, "production"))
    assert fires.startswith("S: BuildFailureRateHigh firing within 40 s")
    assert "320 s at the latest = window 300 s + scrape 10 s + evaluation 10 s" in fires
    assert "330 s at the latest" in told
    assert "group wait 10 s" in told


@pytest.mark.parametrize("profile", ["ci", "production"])
def test_the_projects_own_scenarios_can_be_kept(profile: str) -> None:
    assert refusals(scenarios(ROOT / "features"), vocabulary(), timing_asked_for(PROFILE, profile)) == []


def test_nothing_is_run_of_what_is_refused(tmp_path: Path) -> None:
    """pytest, with rules that look back twice as far, ends with status 2 before the first scenario."""
    rules = PROFILE.parent / "rules"
    slow = tmp_path / "rules.yaml"
    slow.write_text((rules / "sre-001.yaml").read_text().replace("[5m]", "[2h]"))
    text = PROFILE.read_text().replace("rules/sre-001.yaml", str(slow)).replace("rules/", f"{rules}/")
    (tmp_path / "profile.yaml").write_text(text)
    command = [sys.executable, "-m", "pytest", "steps", "-q", "--collect-only", f"--profile={tmp_path}/profile.yaml"]
    asked = {**os.environ, "ALERT_PROFILE": "ci"}
    done = subprocess.run(command, cwd=ROOT, env=asked, capture_output=True, text=True, check=False)
    assert done.returncode == UsageError.exit_code, done.stdout[-2000:]
    assert "BuildFailureRateHigh firing within 330 s is not sure to happen" in done.stdout
    assert "window 720 s" in done.stdout
