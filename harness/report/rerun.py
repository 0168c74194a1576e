"""The command that plays one scenario again."""

from __future__ import annotations

import re
import shlex

from harness.judging.judged import ScenarioReport

_EXPERIMENTS = "chaos/experiments"
_OPERATORS = frozenset(("and", "or", "not"))
"""Words that pytest's -k reads as its own."""


def rerun_command(scenario: ScenarioReport) -> str:
    """What to type in the checkout: `make chaos` for a scenario of a feature, `chaos run` for an experiment.

    A scenario is selected by all words of its name; an experiment's file is named after its title.
    """
    words = re.findall(r"[a-z0-9_]+", scenario.name.lower())
    if scenario.feature.endswith(".feature"):
        expression = " and ".join(word for word in dict.fromkeys(words) if word not in _OPERATORS)
        return f"make chaos SCENARIO={shlex.quote(expression)}"
    folder, name = ("faults", words[1:]) if words[:1] == ["fault"] else ("scenarios", words)
    return f".venv/bin/chaos run {_EXPERIMENTS}/{folder}/{'-'.join(name)}.yaml"
