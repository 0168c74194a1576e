"""Alerting and delivery sabotaged on the running pipeline: each is a FAIL, for that reason and no other.

With KEEP_BUNDLES=<folder> the runs are kept there, to be recorded as bundles (tests/bundles/record.py). Takes some
fifteen minutes, so it has a target of its own: make test-sabotage.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.cluster.hand import (
    ROLLOUT_LIMIT_S,
    RUN_LIMIT_S,
    await_fault,
    await_rollout,
    claim,
    kubectl,
    run_scenario,
    start_scenario,
)

pytestmark = pytest.mark.sabotage

ALERT = "BuildFailureRateHigh"
MONITORING = ("--namespace", "monitoring")
Rule = dict[str, Any]


def threshold(rule: Rule) -> None:
    rule["expr"] = rule["expr"].replace("> 0.10", "> 0.9")


def severity(rule: Rule) -> None:
    rule["labels"]["severity"] = "page"


def patience(rule: Rule) -> None:
    rule["for"] = "30m"


def never_resolving(rule: Rule) -> None:
    rule["keep_firing_for"] = "30m"


def always_firing(rule: Rule) -> None:
    rule["expr"] = "vector(1)"


@pytest.fixture(autouse=True)
def _kept(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[None]:
    yield
    folder = os.environ.get("KEEP_BUNDLES")
    if folder and (tmp_path / "run").is_dir():
        shutil.copytree(tmp_path / "run", Path(folder) / request.node.name, dirs_exist_ok=True)


@contextmanager
def _rule(change: Callable[[Rule], None]) -> Iterator[None]:
    kept = json.loads(kubectl("get", "configmap", "prometheus-rules", *MONITORING, "--output", "json"))["data"]
    changed = {}
    for file, text in kept.items():
        rules = yaml.safe_load(text)
        for rule in (rule for group in rules["groups"] for rule in group["rules"]):
            if rule.get("alert") == ALERT:
                change(rule)
        changed[file] = yaml.safe_dump(rules)
    assert changed != {file: yaml.safe_dump(yaml.safe_load(text)) for file, text in kept.items()}
    try:
        _deploy("prometheus-rules", changed)
        yield
    finally:
        _deploy("prometheus-rules", kept)


def _deploy(configmap: str, data: dict[str, str]) -> None:
    kubectl("patch", "configmap", configmap, *MONITORING, "--patch", json.dumps({"data": data}))
    kubectl("rollout", "restart", "deployment/prometheus", *MONITORING)
    await_rollout("prometheus", "monitoring")


@pytest.mark.parametrize(
    ("sabotage", "failing", "reason"),
    [
        (threshold, f"{ALERT} is set to fire above 0.1", "fires at > 0.9, not at > 0.1"),
        (severity, f"{ALERT} fires", "severity"),
        (patience, f"{ALERT} fires", "> 0.1 for 1800 s"),
        (never_resolving, f"{ALERT} resolves", "firing"),
        (always_firing, "before anything is broken", f"{ALERT} firing"),
    ],
)
def test_a_sabotaged_rule_fails(sabotage: Callable[[Rule], None], failing: str, reason: str, tmp_path: Path) -> None:
    with _rule(sabotage):
        status, report, printed = run_scenario("gone", tmp_path / "run")
    assert (status, report["verdict"]) == (1, "FAIL"), printed[-3000:]
    found = claim(report, failing)
    assert found["verdict"] == "FAIL"
    assert reason in found["reason"]


REFUSING = """
import http.server

class Refusing(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        self.send_error(500)

http.server.ThreadingHTTPServer(("", 8080), Refusing).serve_forever()
"""


@pytest.fixture
def refusing_receiver() -> Iterator[None]:
    """The receiver's service leads to a pod that answers every notification with 500."""
    image = kubectl("get", "deployment", "receiver", *MONITORING, "--output", "jsonpath={..containers[0].image}")
    port = kubectl("get", "deployment", "receiver", *MONITORING, "--output", "jsonpath={..containers[0].ports[0]}")
    container = {
        "name": "refusing",
        "image": image,
        "imagePullPolicy": "IfNotPresent",
        "command": ["python3", "-c", REFUSING.replace("8080", str(json.loads(port)["containerPort"]))],
        "ports": [json.loads(port)],
    }
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "refusing", "namespace": "monitoring", "labels": {"app": "refusing"}},
        "spec": {"containers": [container], "terminationGracePeriodSeconds": 0},
    }
    try:
        kubectl("apply", "--filename", "-", stdin=json.dumps(pod))
        kubectl("wait", "pod/refusing", *MONITORING, "--for=condition=Ready", f"--timeout={ROLLOUT_LIMIT_S}s")
        _select("refusing")
        yield
    finally:
        _select("receiver")
        kubectl("delete", "pod", "refusing", *MONITORING, "--now", "--ignore-not-found")


def _select(app: str) -> None:
    kubectl("patch", "service", "receiver", *MONITORING, "--patch", json.dumps({"spec": {"selector": {"app": app}}}))


@pytest.mark.usefixtures("refusing_receiver")
def test_a_receiver_that_answers_500_fails_the_delivery(tmp_path: Path) -> None:
    status, report, printed = run_scenario("gone", tmp_path / "run")
    assert (status, report["verdict"]) == (1, "FAIL"), printed[-3000:]
    assert claim(report, f"{ALERT} fires")["verdict"] == "PASS"
    told = claim(report, f"are told that {ALERT} is firing")
    assert told["verdict"] == "FAIL"
    assert "failed notifications" in told["reason"]


@pytest.fixture
def renamed_label() -> Iterator[None]:
    """The builder's failures arrive under `reason` instead of `category`."""
    kept = json.loads(kubectl("get", "configmap", "prometheus-config", *MONITORING, "--output", "json"))["data"]
    changed = {}
    for file, text in kept.items():
        config = yaml.safe_load(text)
        for job in config.get("scrape_configs", []):
            job["metric_relabel_configs"] = [
                *job.get("metric_relabel_configs", []),
                {"source_labels": ["category"], "regex": "(.+)", "target_label": "reason"},
                {"regex": "category", "action": "labeldrop"},
            ]
        changed[file] = yaml.safe_dump(config)
    try:
        _deploy("prometheus-config", changed)
        yield
    finally:
        _deploy("prometheus-config", kept)


@pytest.mark.usefixtures("renamed_label")
def test_failures_counted_under_another_label_fail(tmp_path: Path) -> None:
    status, report, printed = run_scenario("gone", tmp_path / "run")
    assert (status, report["verdict"]) == (1, "FAIL"), printed[-3000:]
    counted = claim(report, "the failure is counted as s3_access_denied")
    assert counted["verdict"] == "FAIL"
    # For five minutes Prometheus still answers with what it has kept of the old name.
    assert re.search(r"nothing is counted under this name|s3_access_denied: still \d+$", counted["reason"])


def test_a_suspended_flux_fails_the_fix(tmp_path: Path) -> None:
    folder = tmp_path / "run"

    def suspend(suspended: bool) -> None:
        patch = json.dumps({"spec": {"suspend": suspended}})
        kubectl(
            "patch", "kustomization.kustomize.toolkit.fluxcd.io/pipeline", "--namespace", "flux-system",
            "--type", "merge", "--patch", patch,
        )  # fmt: skip

    with start_scenario("wrong", folder) as started:
        await_fault(folder / "timeline.jsonl", "effective")
        try:
            suspend(True)
            status = started.wait(timeout=RUN_LIMIT_S)
        finally:
            suspend(False)
    report = json.loads((folder / "report.json").read_text())
    assert (status, report["verdict"]) == (1, "FAIL"), report["reason"]
    assert claim(report, "the fix is in effect")["verdict"] == "FAIL"
