"""The pipeline broken by hand: what the harness must not let pass. Needs the cluster that `make up` makes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from harness.clients.git import GitRepository
from harness.facts.timing import Deadline, RunClock, poll
from harness.targets.profile import read_profile
from harness.targets.reference import ReferenceTarget, connect
from tests.cluster.hand import (
    ROOT,
    RUN_LIMIT_S,
    await_fault,
    await_rollout,
    claim,
    claims,
    kubectl,
    run_scenario,
    start_scenario,
)

PROFILE = ROOT / "clusters" / "reference" / "profile.yaml"
ALERT = "BuildFailureRateHigh"
SCENARIO = "gone"
"""The cause that is injected and mended fastest."""
_FLUX_LIMIT_S = 180.0


@pytest.fixture
def target() -> ReferenceTarget:
    found = connect(PROFILE, ROOT)
    found.guard()
    return found


@pytest.fixture
def lost_policy(target: ReferenceTarget) -> Iterator[None]:
    role = target.builder_role_arn.rsplit("/", 1)[-1]
    try:
        target.identity.delete_role_policy(role, target.parser_policy)
        yield
    finally:
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
    try:
        _deploy_rules(changed["data"])
        yield
    finally:
        _deploy_rules(json.loads(kept)["data"])


@pytest.fixture
def unreachable_receiver() -> Iterator[None]:
    def select(app: str) -> None:
        patch = json.dumps({"spec": {"selector": {"app": app}}})
        kubectl("patch", "service", "receiver", "--namespace", "monitoring", "--patch", patch)

    try:
        select("nobody")
        yield
    finally:
        select("receiver")


@pytest.fixture
def no_retry(target: ReferenceTarget) -> Iterator[None]:
    try:
        _set_attempts(1)
        yield
    finally:
        try:
            _set_attempts(3)
        finally:
            target.delete_failed_jobs()


def _set_attempts(number: int) -> None:
    """As an engineer would: a commit, which Flux applies, and a builder that has started anew with it."""
    repository = GitRepository(
        read_profile(PROFILE).gitops.url, author_name="An engineer", author_email="engineer@notifi.network"
    )
    line = re.compile(r"RETRY_MAX_ATTEMPTS=\d+")
    repository.change("builder.env", lambda text: line.sub(f"RETRY_MAX_ATTEMPTS={number}", text), "chore: retries")
    expected = f'"RETRY_MAX_ATTEMPTS":"{number}"'
    used, _ = poll(
        lambda: kubectl("get", "configmaps", "--namespace", "knative-lambda", "--output", "json").replace(" ", ""),
        lambda text: expected in text,
        Deadline.after(RunClock(), _FLUX_LIMIT_S),
        0.2,
    )
    assert expected in used, f"Flux did not apply the commit within {_FLUX_LIMIT_S:g} s"
    await_rollout("knative-lambda-builder", "knative-lambda")


def _deploy_rules(data: dict[str, str]) -> None:
    patch = json.dumps({"data": data})
    kubectl("patch", "configmap", "prometheus-rules", "--namespace", "monitoring", "--patch", patch)
    kubectl("rollout", "restart", "deployment/prometheus", "--namespace", "monitoring")
    await_rollout("prometheus", "monitoring")


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
    assert {told["verdict"] for told in claims(report, "the job succeeds")} == {"PASS"}


@pytest.mark.usefixtures("unreachable_receiver")
def test_an_unreachable_receiver_fails_the_delivery(tmp_path: Path) -> None:
    status, report, printed = run_scenario(SCENARIO, tmp_path / "run")
    assert (status, report["verdict"]) == (1, "FAIL"), printed[-2000:]
    assert claim(report, f"{ALERT} fires")["verdict"] == "PASS"
    told = claim(report, "are told that BuildFailureRateHigh is firing")
    assert told["verdict"] == "FAIL"
    assert "did not reach pagerduty nor slack" in told["reason"]
    assert "failed notifications" in told["reason"]


@pytest.mark.sabotage
@pytest.mark.usefixtures("no_retry")
def test_without_retries_the_lost_builds_fail(tmp_path: Path) -> None:
    status, report, printed = run_scenario("bare", tmp_path / "run")
    assert (status, report["verdict"]) == (1, "FAIL"), printed[-2000:]
    assert claim(report, "some pushes are refused")["verdict"] == "PASS"
    without_limit, limited = claims(report, "all 15 builds succeed")
    assert without_limit["verdict"] == "PASS"
    assert limited["verdict"] == "FAIL"
    assert "failed" in limited["reason"]


@pytest.mark.sabotage
def test_a_limit_that_nobody_meets_is_inconclusive(tmp_path: Path) -> None:
    status, report, printed = run_scenario("bare", tmp_path / "run", "-p", "tests.cluster.high_limit")
    assert (status, report["verdict"]) == (10, "INCONCLUSIVE"), printed[-2000:]
    refused = claim(report, "some pushes are refused")
    assert refused["verdict"] == "INCONCLUSIVE"
    assert "no push was refused" in refused["reason"]


@pytest.mark.sabotage
def test_a_write_by_hand_is_named(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    with start_scenario("bare", folder) as started:
        await_fault(folder / "timeline.jsonl", "injected")
        try:
            kubectl("annotate", "deployment/knative-lambda-builder", "--namespace", "knative-lambda", "touched=by-hand")
            status = started.wait(timeout=RUN_LIMIT_S)
        finally:
            kubectl("annotate", "deployment/knative-lambda-builder", "--namespace", "knative-lambda", "touched-")
    report = json.loads((folder / "report.json").read_text())
    assert (status, report["verdict"]) == (1, "FAIL"), report["reason"]
    nobody = claim(report, "nobody has acted by hand")
    assert nobody["verdict"] == "FAIL"
    assert "kubernetes-admin (kubectl): patch knative-lambda/deployments/knative-lambda-builder" in nobody["reason"]
