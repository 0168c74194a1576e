"""Rule files and promtool tests, written short in tests."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from harness.rules.mutation.generate import mutants
from harness.rules.mutation.judge import Asked, ask
from harness.rules.mutation.killers import read_test
from harness.rules.mutation.source import changed, read_source
from harness.rules.promtool import promtool

Looks = list[dict[str, Any]]
needs_promtool = pytest.mark.skipif(promtool() is None, reason="no promtool on PATH, and none can be had from Debian")


def rule_file(folder: Path, text: str) -> str:
    """A file of one group with these rules, a YAML list."""
    path = folder / "rules.yaml"
    lines = "".join(f"  {line}\n" if line else "\n" for line in text.strip("\n").splitlines())
    path.write_text(f"groups:\n- name: builds\n  rules:\n{lines}")
    return str(path)


def promtool_test(folder: Path, series: dict[str, str], looks: Looks) -> str:
    """A promtool test of rules.yaml: series a minute apart, and looks at alerts or at expressions."""
    test = {
        "interval": "1m",
        "input_series": [{"series": key, "values": values} for key, values in series.items()],
        "alert_rule_test": [look for look in looks if "alertname" in look],
        "promql_expr_test": [look for look in looks if "expr" in look],
    }
    path = folder / "test.yaml"
    path.write_text(yaml.safe_dump({"rule_files": ["rules.yaml"], "evaluation_interval": "1m", "tests": [test]}))
    return str(path)


def fires(at: str, labels: dict[str, str], annotations: dict[str, str] | None = None) -> dict[str, Any]:
    """The alert A is looked at, and fires with these."""
    return {
        "eval_time": at,
        "alertname": "A",
        "exp_alerts": [{"exp_labels": labels, "exp_annotations": annotations or {}}],
    }


def quiet(at: str) -> dict[str, Any]:
    """The alert A is looked at, and does not fire."""
    return {"eval_time": at, "alertname": "A", "exp_alerts": []}


def passes(folder: Path, rule: str, name: str, series: dict[str, str], looks: Looks) -> tuple[bool | None, bool | None]:
    """Whether the rule passes the test, and whether its mutant of that name does."""
    program = promtool()
    assert program is not None
    source = read_source(rule_file(folder, rule))
    killer = read_test(promtool_test(folder, series, looks), source)
    assert killer is not None
    own = source.groups[0]["rules"][0]
    (mutant,) = [each for each in mutants(source) if each.name == name]
    place = source.rules[0].place
    one, other = ask(program, [Asked(killer, place, own), Asked(killer, place, changed(own, mutant.change))])
    assert one is not None
    assert other is not None
    return one.passed, other.passed
