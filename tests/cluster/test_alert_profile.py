"""The alerting that is deployed is production's, its durations divided by the cluster's one factor and nothing else."""

from __future__ import annotations

import json

import pytest
import requests
import yaml

from harness.rules.durations import seconds
from harness.rules.proof import deviations
from harness.targets.profile import read_profile
from tests.cluster.hand import ROOT, kubectl
from tests.deployed_rules import as_written, in_force

RULES = ROOT / "clusters" / "reference" / "rules"
MONITORING = read_profile(RULES.parent / "profile.yaml").monitoring


def config_map(namespace: str, name: str) -> dict[str, str]:
    data: dict[str, str] = json.loads(kubectl("get", "configmap", name, "--namespace", namespace, "--output", "json"))[
        "data"
    ]
    return data


@pytest.fixture
def factor() -> int:
    return int(config_map("kube-system", "chaos-harness")["alert-factor"])


def test_prometheus_runs_the_rules_of_production(factor: int) -> None:
    written = as_written((RULES / "sre-001.yaml").read_text(), (RULES / "prometheus.yaml").read_text())
    assert deviations(written, in_force(MONITORING.prometheus), factor) == []


@pytest.mark.parametrize("name", ["prometheus", "alertmanager"])
def test_both_have_the_configuration_of_production(name: str, factor: int) -> None:
    deployed = config_map("monitoring", f"{name}-config")[f"{name}.yaml"]
    assert deviations((RULES / f"{name}.yaml").read_text(), deployed, factor) == []


def test_prometheus_runs_with_the_intervals_that_are_deployed(factor: int) -> None:
    answer = requests.get(f"{MONITORING.prometheus}/api/v1/status/config", timeout=5).json()
    running = yaml.safe_load(answer["data"]["yaml"])["global"]
    production = yaml.safe_load((RULES / "prometheus.yaml").read_text())["global"]
    for interval in ("scrape_interval", "evaluation_interval"):
        assert seconds(running[interval]) * factor == seconds(production[interval])
