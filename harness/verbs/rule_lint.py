"""The rules that Prometheus evaluates, linted while it runs."""

from __future__ import annotations

import tempfile
from pathlib import Path

import msgspec

from harness.errors import TargetError
from harness.rules.lint.proof import available, prove
from harness.rules.lint.run import Linted, lint
from harness.rules.lint.scraped import from_prometheus
from harness.running.scenario import Scenario
from harness.target import LoadedRules


def lint_loaded_rules(scenario: Scenario) -> None:
    """Record what `rules lint` finds in the rules that are evaluated, compared with what is scraped; or that they could
    not be read. Nothing is judged here."""
    try:
        loaded = scenario.target.loaded_rules()
    except TargetError as error:
        scenario.record("observer", "rules-linted", event="lost", why=str(error))
        return
    linted = _lint(loaded)
    scenario.record(
        "rules-linted",
        "prometheus",
        rules=linted.rules,
        proven=linted.proven,
        findings=[
            {key: value for key, value in msgspec.to_builtins(finding).items() if key not in ("file", "line")}
            for finding in linted.findings
        ],
    )


def _lint(loaded: LoadedRules) -> Linted:
    with tempfile.TemporaryDirectory(prefix="loaded-rules-") as name:
        file = Path(name) / "rules.json"
        file.write_text(loaded.text)
        return lint(
            [str(file)],
            scraped=lambda rules: from_prometheus(loaded.prometheus, rules),
            scrape_interval_s=loaded.scrape_s,
            evaluation_interval_s=loaded.evaluation_s,
            prove=prove if available() else None,
        )
