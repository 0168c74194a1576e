"""The CI profile as a real Prometheus runs it: production's rules, their durations divided and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from harness.facts.timing import Deadline, RunClock, poll
from harness.ground.alertprofile import FACTORS
from harness.rules.proof import deviations
from harness.rules.scale import scale
from tests.component.images import ROOT, container
from tests.deployed_rules import as_written, in_force

RULES = ROOT / "clusters" / "reference" / "rules"
CI = FACTORS["ci"]
PRODUCTION = (RULES / "sre-001.yaml").read_text()
CONFIG = (RULES / "prometheus.yaml").read_text()


@contextmanager
def running(folder: Path, rules: str) -> Iterator[str]:
    """The address of a Prometheus with CI's configuration and those rules."""
    folder.chmod(0o755)
    mounts = {"prometheus.yaml": "/etc/prometheus/prometheus.yml", "sre-001.yaml": "/rules/sre-001.yaml"}
    for name, text in (("prometheus.yaml", scale(CONFIG, "prometheus", CI)), ("sre-001.yaml", rules)):
        (folder / name).write_text(text)
        (folder / name).chmod(0o644)
    server = container("prometheus").with_command(
        "--config.file=/etc/prometheus/prometheus.yml --storage.tsdb.path=/tmp/data"
    )
    for name, path in mounts.items():
        server = server.with_volume_mapping(str(folder / name), path)
    with server.with_exposed_ports(9090):
        url = f"http://127.0.0.1:{server.get_exposed_port(9090)}"
        ready, _ = poll(lambda: is_ready(url), bool, Deadline.after(RunClock(), 30.0), 0.2)
        assert ready, "Prometheus is not ready"
        yield url


def is_ready(url: str) -> bool:
    try:
        return requests.get(f"{url}/-/ready", timeout=2).ok
    except requests.ConnectionError:
        return False


def test_what_prometheus_runs_is_production_with_shorter_durations(tmp_path: Path) -> None:
    with running(tmp_path, scale(PRODUCTION, "rules", CI)) as url:
        told = in_force(url)
    written = as_written(PRODUCTION, CONFIG)
    assert "BuildFailureRateHigh" in told
    assert deviations(written, told, CI) == []
    assert deviations(written, told, 1), "the factor is not looked at"


@pytest.mark.parametrize(
    ("before", "after", "named"),
    [("> 0.1", "> 0.9", "expr"), ("severity: critical", "severity: page", "severity")],
)
def test_a_rule_that_was_changed_on_the_way_is_seen(tmp_path: Path, before: str, after: str, named: str) -> None:
    changed = scale(PRODUCTION, "rules", CI).replace(before, after, 1)
    with running(tmp_path, changed) as url:
        told = in_force(url)
    (found,) = deviations(as_written(PRODUCTION, CONFIG), told, CI)
    assert named in found
