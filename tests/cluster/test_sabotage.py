"""The pipeline broken by hand: what the harness must not let pass. Needs the cluster that `make up` makes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from harness.targets.reference import ReferenceTarget, connect
from tests.cluster.hand import ROOT, claim, kubectl, run_scenario

ALERT = "BuildFailureRateHigh"
SCENARIO = "gone"
"""The cause that is injected and mended fastest."""


@pytest.fixture
def target() -> ReferenceTarget:
    found = connect(ROOT / "clusters" / "reference" / "profile.yaml", ROOT)
    found.guard()
    return found


@pytest.fixture
def lost_policy(target: ReferenceTarget) -> Iterator[None]:
    role = target.builder_role_arn.rsplit("/", 1)[-1]
    target.identity.delete_role_policy(role, target.parser_policy)
    yield
    target.restore_parser_policy()
    target.delete_failed_jobs()


@pytest.fixture
def deleted_rule() -> Iterator[None]:
    kept = kubectl("get", "configmap", "prometheus-rules", "--namespace", "monitoring", "--output", "json")
    changed = json.loads(kept)
    for file, text in changed["data"].items():
        rules = yaml.safe_load(text)
        for group in rules["groups"]:
            group["rules"] = [rule for rule in group["rules"] if rule.get("alert") != ALERT]
        changed["data"][file] = yaml.safe_dump(rules)
    _deploy_rules(changed["data"])
    yield
    _deploy_rules(json.loads(kept)["data"])


@pytest.fixture
def unreachable_receiver() -> Iterator[None]:
    def select(app: str) -> None:
        patch = json.dumps({"spec": {"selector": {"app": app}}})
        kubectl("patch", "service", "receiver", "--namespace", "monitoring", "--patch", patch)

    select("nobody")
    yield
    select("receiver")


def _deploy_rules(data: dict[str, str]) -> None:
    patch = json.dumps({"data": data})
    kubectl("patch", "configmap", "prometheus-rules", "--namespace", "monitoring", "--patch", patch)
    kubectl("rollout", "restart", "deployment/prometheus", "--namespace", "monitoring")
    kubectl("rollout", "status", "deployment/prometheus", "--namespace", "monitoring", "--timeout=90s")


@pytest.mark.usefixtures("lost_policy")
def test_a_lost_policy_closes_the_gate_with_that_reason(tmp_path: Path) -> None:
    status, report, printed = run_scenario(SCENARIO, tmp_path / "run")
    assert (status, report["verdict"]) == (11, "ABORTED"), printed[-2000:]
    assert "iam-policy-removed" in report["scenarios"][0]["reason"]
    assert "has no policy S3Access" in report["scenarios"][0]["reason"]
    assert report["scenarios"][0]["faults"] == []


@pytest.mark.usefixtures("deleted_rule")
def test_a_deleted_rule_fails_the_alert_claim(tmp_path: Path) -> None:
    status, report, printed = run_scenario(SCENARIO, tmp_path / "run")
    assert (status, report["verdict"]) == (1, "FAIL"), printed[-2000:]
    fires = claim(report, f"{ALERT} fires")
    assert fires["verdict"] == "FAIL"
    assert f"no alert rule {ALERT}" in fires["reason"]
    assert claim(report, "the job fails")["verdict"] == "PASS"
    assert claim(report, "the job succeeds")["verdict"] == "PASS"


@pytest.mark.usefixtures("unreachable_receiver")
def test_an_unreachable_receiver_fails_the_delivery(tmp_path: Path) -> None:
    status, report, printed = run_scenario(SCENARIO, tmp_path / "run")
    assert (status, report["verdict"]) == (1, "FAIL"), printed[-2000:]
    assert claim(report, f"{ALERT} fires")["verdict"] == "PASS"
    told = claim(report, "are told that BuildFailureRateHigh is firing")
    assert told["verdict"] == "FAIL"
    assert "did not reach pagerduty nor slack" in told["reason"]
    assert "failed notifications" in told["reason"]
