"""What scenarios promise of alerts, checked against the alerting's configuration before anything runs.

A deadline below what an alert's own window, `for`, scrape and evaluation allow would fail a pipeline that is right, and
a failure that does not last for `for` shows nothing. Both are refused with the sum.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, cast

import pytest
from pytest_bdd.parser import Scenario, Step
from pytest_bdd.scenario import scenario_wrapper_template_registry
from pytest_bdd.steps import StepFunctionContext, step_function_context_registry

from harness.errors import NotOurs, TargetError, UsageError
from harness.extensions import target_for
from harness.ground.alertprofile import factor_of
from harness.rules.feasibility import Promise, refusal
from harness.rules.scale import scale
from harness.rules.timing import AlertTiming, alert_timing
from harness.targets.profile import read_profile

Timing = Callable[[str], AlertTiming]
"""From an alert's name to its timing."""

_BINDINGS = "test_scenarios.py"


def promises(scenario: Scenario, definitions: Iterable[StepFunctionContext]) -> Iterator[Promise]:
    """What the scenario promises of alerts.

    A sentence that names an alert and its severity says that it fires, within `fires_within` seconds or as soon as its
    rule promises; one with `told_within` says that the alert last named is delivered. Builds fail once each, so
    failures last for no time.
    """
    known = list(definitions)
    alert = ""
    for step in scenario.steps:
        for said in _arguments(step, known):
            alert = str(said.get("alert", alert))
            if "alert" in said and "severity" in said:
                yield Promise(alert, "firing", float(said["fires_within"]) if "fires_within" in said else None)
            if "told_within" in said:
                yield Promise(alert, "delivered", float(said["told_within"]))


def _arguments(step: Step, definitions: Iterable[StepFunctionContext]) -> Iterator[Mapping[str, Any]]:
    for definition in definitions:
        if definition.type in (None, step.type) and definition.parser.is_matching(step.name):
            yield definition.parser.parse_arguments(step.name) or {}


def refusals(scenarios: Iterable[Scenario], definitions: Iterable[StepFunctionContext], timing: Timing) -> list[str]:
    """Why scenarios cannot hold under that timing, a line each, with the sums."""
    known = list(definitions)
    found = [(s.name, refusal(promise, timing(promise.alert))) for s in scenarios for promise in promises(s, known)]
    return [f"{name}: {text}" for name, text in found if text]


def timing_asked_for(profile: Path, alert_profile: str) -> Timing:
    """The timing under the alert profile "ci" or "production" of the files that a target's profile names.

    Raises:
        UsageError: there is no such profile; for an alert that the rules do not have, when it is called.
    """
    factor = factor_of(alert_profile)
    named = read_profile(profile).monitoring
    rules = scale((profile.parent / named.rules).read_text(), "rules", factor)
    prometheus = scale((profile.parent / named.prometheus_config).read_text(), "prometheus", factor)
    alertmanager = scale((profile.parent / named.alertmanager_config).read_text(), "alertmanager", factor)
    return lambda alert: alert_timing(alert, rules=rules, prometheus=prometheus, alertmanager=alertmanager)


def pytest_collection_finish(session: pytest.Session) -> None:
    """Refuse scenarios that were selected and cannot hold: nothing runs then."""
    selected = [item for item in session.items if item.path.name == _BINDINGS]
    if not selected:
        return
    config = session.config
    profile = config.rootpath / config.getoption("profile")
    try:
        asked = timing_asked_for(profile, os.environ.get("ALERT_PROFILE", "ci"))
        timing = asked if config.getoption("collectonly") else _deployed(profile, config.rootpath, asked)
        refused = refusals(map(_scenario, selected), step_function_context_registry.values(), timing)
    except UsageError as error:
        pytest.exit(f"UsageError: {error}", returncode=error.exit_code)
    if refused:
        pytest.exit("UsageError: " + "\n".join(refused), returncode=UsageError.exit_code)


def _deployed(profile: Path, root: Path, asked: Timing) -> Timing:
    """The timing of what is deployed; where nothing is, what was `asked` for."""
    target = target_for(profile, root)

    @cache
    def timing(alert: str) -> AlertTiming:
        try:
            return target.alert_timing(alert)
        except (TargetError, NotOurs):
            return asked(alert)

    return timing


def _scenario(item: pytest.Item) -> Scenario:
    """The scenario that an item of the bindings runs, with its example filled in."""
    assert isinstance(item, pytest.Function)
    template = scenario_wrapper_template_registry[item.function]
    # Only an item that is one of several has parameters: the example of an outline.
    parameters = item.callspec.params if hasattr(item, "callspec") else {}
    return template.render(cast(Mapping[str, str], parameters.get("_pytest_bdd_example", {})))
