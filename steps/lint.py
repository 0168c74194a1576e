"""Checks the features against the steps, before anything is started: `python -m steps.lint`.

Every sentence must match exactly one step (two that match shadow one another silently), every step must be used,
every alert, fault and cause that a sentence names must exist, what is promised of an alert must be possible under the
profile ALERT_PROFILE, and every scenario and fault must have its experiment.
"""

from __future__ import annotations

import importlib
import os
import pkgutil
import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import click
from pytest_bdd.exceptions import GherkinParseError
from pytest_bdd.feature import get_features
from pytest_bdd.parser import Scenario
from pytest_bdd.steps import StepFunctionContext, step_function_context_registry

import steps
from chaos.experiments import FAULTS, SCENARIOS, experiments, mismatches
from chaos.faults import names as fault_names
from harness.errors import UsageError
from harness.rules.timing import alert_names
from harness.verbs.alerting import names as split_names
from steps.promises import refusals, timing_asked_for

_RULES = "clusters/reference/rules/sre-001.yaml"
_PROFILE = "clusters/reference/profile.yaml"


@dataclass(frozen=True)
class Sentence:
    """A step of a scenario, as it is run. `kind` is given, when or then."""

    where: str
    kind: str
    text: str


def vocabulary() -> list[StepFunctionContext]:
    """All step definitions."""
    for module in pkgutil.iter_modules(steps.__path__):
        if not module.name.startswith("test_") and module.name != "lint":
            importlib.import_module(f"steps.{module.name}")
    return list(step_function_context_registry.values())


def scenarios(folder: Path) -> Iterator[Scenario]:
    """All scenarios of the features in `folder`, outlines once for each of their examples.

    Raises:
        UsageError: a feature cannot be read, or has no scenario.
    """
    try:
        features = get_features([str(folder)])
    except GherkinParseError as error:
        raise UsageError(f"a feature cannot be read: {error}", todo="mend its Gherkin") from error
    for feature in features:
        if not feature.scenarios:
            raise UsageError(f"{feature.filename} has no scenario", todo="write one, or delete the file")
        for template in feature.scenarios.values():
            contexts = [c for examples in template.examples for c in examples.as_contexts()] or [{}]
            for context in contexts:
                yield template.render(context)


def sentences(folder: Path) -> Iterator[Sentence]:
    """All sentences of the features in `folder`, outlines with their examples filled in. Raises UsageError."""
    for scenario in scenarios(folder):
        for step in scenario.steps:
            yield Sentence(f"{Path(scenario.feature.filename).name}:{step.line_number}", step.type, step.name)


def problems(found: list[Sentence], definitions: list[StepFunctionContext], alerts: set[str]) -> list[str]:
    """What is wrong, a line each."""
    wrong = []
    used: dict[int, int] = defaultdict(int)
    for sentence in dict.fromkeys(found):
        matching = [d for d in definitions if d.type in (None, sentence.kind) and d.parser.is_matching(sentence.text)]
        for definition in matching:
            used[id(definition)] += 1
        where = f"{sentence.where}: {sentence.kind} {sentence.text!r}"
        if not matching:
            wrong.append(f"{where}: no step says this")
        elif len(matching) > 1:
            wrong.append(f"{where}: {len(matching)} steps match: " + ", ".join(_name(d) for d in matching))
        else:
            wrong += [f"{where}: {text}" for text in _unknown(matching[0], sentence, alerts)]
    wrong += [f"{_name(d)}: used by no feature" for d in definitions if not used[id(d)]]
    return wrong


def _unknown(definition: StepFunctionContext, sentence: Sentence, alerts: set[str]) -> Iterator[str]:
    arguments = definition.parser.parse_arguments(sentence.text) or {}
    named = [str(arguments["alert"])] if "alert" in arguments else []
    named += split_names(str(arguments["names"])) if "names" in arguments else []
    for name in named:
        if name not in alerts:
            yield f"there is no alert {name}; there are {', '.join(sorted(alerts))}"
    for key in ("fault", "cause"):
        if key in arguments and arguments[key] not in fault_names():
            yield f"there is no {key} {arguments[key]}; there are {', '.join(fault_names())}"


def _name(definition: StepFunctionContext) -> str:
    function = definition.step_func
    return f"{function.__module__}.{function.__name__} ({definition.parser.name!r})"


@click.command()
@click.option("--quiet", is_flag=True, help="say nothing when all is well")
def main(quiet: bool) -> None:
    """Check features/ against steps/."""
    root = Path(__file__).parent.parent
    definitions = vocabulary()
    try:
        found = list(sentences(root / "features"))
        told = list(scenarios(root / "features"))
        timing = timing_asked_for(root / _PROFILE, os.environ.get("ALERT_PROFILE", "ci"))
    except UsageError as error:
        click.echo(f"error: {error}", err=True)
        sys.exit(error.exit_code)
    wrong = problems(found, definitions, set(alert_names((root / _RULES).read_text())))
    titles = [str(experiment["title"]) for experiment in experiments(SCENARIOS).values()]
    wrong += mismatches("scenario", [scenario.name for scenario in told], titles)
    wrong += mismatches("fault", fault_names(), [path.stem for path in experiments(FAULTS)])
    # Only names that there are have a timing.
    wrong = wrong or refusals(told, definitions, timing)
    for line in wrong:
        click.echo(line, err=True)
    if wrong:
        sys.exit(2)
    if not quiet:
        click.echo(f"{len(set(found))} sentences, {len(definitions)} steps: all match")


if __name__ == "__main__":
    main()
