"""Experiments are valid, there is one for each scenario and fault, and they say what Gherkin says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from chaoslib.activity import get_all_activities_in_experiment
from chaoslib.discovery.package import get_discover_function
from chaoslib.exceptions import InvalidActivity
from chaoslib.experiment import ensure_experiment_is_valid
from pytest_bdd.parser import Scenario

import chaos
from chaos import actions, faults, probes
from chaos.control import PROFILE
from chaos.experiments import FAULTS, SCENARIOS, experiments, mismatches
from steps.lint import scenarios
from tests.unit.meanings import Recorder

ROOT = Path(__file__).parents[2]
GHERKIN = {scenario.name: scenario for scenario in scenarios(ROOT / "features")}
OF_SCENARIOS = {found["title"]: found for found in experiments(SCENARIOS).values()}
OF_FAULTS = {path.stem: found for path, found in experiments(FAULTS).items()}
ALL = [*experiments(SCENARIOS).items(), *experiments(FAULTS).items()]
BACKGROUND = "the pipeline is in steady state"
HEAL = {"type": "python", "module": "chaos.actions", "func": "heal"}

every_experiment = pytest.mark.parametrize("experiment", [e for _, e in ALL], ids=[path.stem for path, _ in ALL])


def test_all_of_gherkin_has_its_experiment() -> None:
    titles = [found["title"] for found in experiments(SCENARIOS).values()]
    assert mismatches("scenario", [s.name for s in scenarios(ROOT / "features")], titles) == []


def test_every_fault_has_its_experiment() -> None:
    assert mismatches("fault", faults.names(), [path.stem for path in experiments(FAULTS)]) == []


def test_what_does_not_match_is_named() -> None:
    assert mismatches("fault", ["a", "b"], ["b", "c"]) == [
        "fault 'a' has no experiment",
        "there is no fault 'c' for this experiment",
    ]
    assert mismatches("fault", ["a"], ["a", "a"]) == ["fault 'a' has 2 experiments"]


@every_experiment
def test_it_is_valid(experiment: dict[str, Any]) -> None:
    ensure_experiment_is_valid(experiment)


def test_an_argument_that_no_activity_takes_is_refused() -> None:
    broken = {**OF_FAULTS["noop"], "method": [_probe("job_fails", limit=30)]}
    with pytest.raises(InvalidActivity, match="limit"):
        ensure_experiment_is_valid(broken)


@every_experiment
def test_it_begins_from_a_steady_state_and_always_heals(experiment: dict[str, Any]) -> None:
    (probe,) = experiment["steady-state-hypothesis"]["probes"]
    assert (probe["provider"]["func"], probe["tolerance"]) == ("pipeline_is_steady", True)
    assert experiment["runtime"]["rollbacks"]["strategy"] == "always"
    assert [rollback["provider"] for rollback in experiment["rollbacks"]] == [HEAL]
    assert [control["provider"]["module"] for control in experiment["controls"]] == ["chaos.control"]
    assert not any(activity.get("background") for activity in get_all_activities_in_experiment(experiment))


@every_experiment
def test_it_names_its_target(experiment: dict[str, Any]) -> None:
    assert experiment["configuration"]["profile"] == {"type": "env", "key": "CHAOS_PROFILE", "default": PROFILE}
    assert (ROOT / PROFILE).exists()


@pytest.mark.parametrize("name", OF_FAULTS)
def test_it_injects_its_fault_and_no_other(name: str) -> None:
    injecting = [a["provider"] for a in OF_FAULTS[name]["method"] if a["provider"]["func"].startswith("inject")]
    assert [provider["arguments"]["fault"] for provider in injecting] == [name]
    assert any(a["provider"] == HEAL for a in OF_FAULTS[name]["method"]), "steady again is claimed of what is healed"


@pytest.mark.parametrize("scenario", GHERKIN.values(), ids=GHERKIN)
def test_an_experiment_says_what_gherkin_says(scenario: Scenario, monkeypatch: pytest.MonkeyPatch) -> None:
    recorder = Recorder(monkeypatch)
    experiment = OF_SCENARIOS[scenario.name]
    *method, last = experiment["method"]
    assert last["provider"] == HEAL
    sentences = [step for step in scenario.steps if step.name != BACKGROUND]
    assert [activity["name"] for activity in method] == [s.name.splitlines()[0].rstrip(":") for s in sentences]
    assert [recorder.of_activity(a) for a in method] == [recorder.of_step(s) for s in sentences]
    assert experiment["tags"] == sorted(scenario.feature.tags)


def test_a_limit_that_differs_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    recorder = Recorder(monkeypatch)
    (step,) = [s for s in GHERKIN["Invalid parser: a syntax error"].steps if s.name.startswith("the job fails")]
    assert recorder.of_activity(_probe("job_fails", limit_s=30)) == recorder.of_step(step)
    assert recorder.of_activity(_probe("job_fails", limit_s=31)) != recorder.of_step(step)


def test_everything_is_discovered() -> None:
    found = get_discover_function(chaos)(discover_system=True)
    listed = {(a["type"], a["name"]) for a in found["activities"]}
    assert listed == {("action", name) for name in actions.__all__} | {("probe", name) for name in probes.__all__}
    assert all(activity["doc"] for activity in found["activities"])
    assert [fault["name"] for fault in found["system"]["faults"]] == faults.names()
    assert all(fault["doc"] for fault in found["system"]["faults"])


def test_arguments_are_discovered_with_their_types() -> None:
    (fails,) = [a for a in chaos.discover()["activities"] if a["name"] == "job_fails"]
    assert fails["arguments"] == [{"name": "limit_s", "type": "number"}]


@pytest.mark.parametrize("module", [actions, probes])
def test_nothing_public_is_left_out(module: Any) -> None:
    marked = {name for name, item in vars(module).items() if hasattr(item, "__wrapped__")}
    assert set(module.__all__) == marked


def _probe(func: str, **arguments: Any) -> dict[str, Any]:
    provider = {"type": "python", "module": "chaos.probes", "func": func, "arguments": arguments}
    return {"type": "probe", "name": func, "provider": provider}
