"""A runner dies while its fault acts, nobody does anything, and the watchdog in the cluster heals it."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import yaml

from harness.errors import NotOurs
from harness.facts.timing import Deadline, RunClock, poll
from harness.faults.ledger import LEASE_S
from harness.judging.residue import differences
from harness.targets.profile import read_profile
from harness.targets.reference import ReferenceTarget, connect
from tests.cluster.hand import ROOT, await_rollout, kubectl

_HEAL_S = 10.0
"""What the watchdog may take for a look, a connection and the heal itself."""
_APPLY_S = 15.0
_NOTICE_S = 30.0

RUNNER = """
import sys
from pathlib import Path
from rich.console import Console
from chaos.faults import lookup
from harness.faults.injection import Injection
from harness.progress import Progress
from harness.running.run import Run
from harness.running.signals import Signals
from harness.targets.profile import read_profile
from harness.targets.reference import connect
root, folder, fault = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
target = connect(root / "clusters/reference/profile.yaml", root)
with Run(folder=folder, state=root / ".state", target=target, lookup=lookup, signals=Signals(),
         progress=Progress(Console(stderr=True))) as run:
    with Injection(run, lookup(fault), {"parser": "canary"}) as injection:
        assert injection.prove().accepted
        print("effective", flush=True)
        sys.stdin.read()
"""


@pytest.fixture
def target() -> ReferenceTarget:
    found = connect(ROOT / "clusters" / "reference" / "profile.yaml", ROOT)
    found.guard()
    return found


def harness(*words: str) -> str:
    command = [sys.executable, "-m", "harness", *words]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=True).stdout


def healed_by_the_watchdog() -> list[dict[str, Any]]:
    lines = kubectl("logs", "deployment/watchdog", "--namespace", "chaos-harness").splitlines()
    return [told for told in map(json.loads, lines) if told["event"] == "healed"]


@pytest.mark.parametrize("fault", ["s3-object-missing", "s3-denied"])
def test_a_dead_runners_fault_is_healed_by_itself(fault: str, target: ReferenceTarget, tmp_path: Path) -> None:
    # What an earlier run left on disk would be counted as this one's.
    harness("heal")
    before = target.snapshot()
    already = len(healed_by_the_watchdog())
    runner = subprocess.Popen(
        [sys.executable, "-c", RUNNER, str(ROOT), str(tmp_path / "run"), fault],
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert runner.stdout is not None
        assert runner.stdout.readline() == "effective\n"
        # A runner that lives keeps its fault, for longer than a lease lasts.
        time.sleep(LEASE_S + _HEAL_S)
        assert not target.parser_access("canary").accepted
        assert f"{fault}, held by run run" in harness("status")
    finally:
        runner.kill()
        runner.communicate()
    killed = time.time()
    deadline = Deadline.after(RunClock(), LEASE_S + _HEAL_S)
    access, _ = poll(lambda: target.parser_access("canary"), lambda look: look.accepted, deadline, 0.1)
    assert access.accepted
    took = time.time() - killed
    left, _ = poll(lambda: differences(before, target.snapshot()), lambda found: not found,
                   Deadline.after(RunClock(), _APPLY_S), 0.2)  # fmt: skip
    assert left == []
    assert target.leases.all() == []
    (told,) = healed_by_the_watchdog()[already:]
    assert (told["fault"], told["run"]) == (fault, "run")
    assert len(list((ROOT / ".state" / "ledger").glob("*.json"))) == 1
    assert "nothing to heal" in harness("heal")
    assert list((ROOT / ".state" / "ledger").glob("*.json")) == []
    sys.stdout.write(f"\n{fault}: killed, and well again after {took:.1f} s by itself\n")


def test_without_its_watchdog_nothing_is_broken(target: ReferenceTarget) -> None:
    (probe,) = [probe for probe in target.steady_state() if probe.name == "the watchdog is ready"]
    assert probe.look().accepted
    scale = ("scale", "deployment/watchdog", "--namespace", "chaos-harness")
    try:
        kubectl(*scale, "--replicas=0")
        seen, _ = poll(probe.look, lambda look: not look.accepted, Deadline.after(RunClock(), _NOTICE_S), 0.1)
        assert not seen.accepted
        assert "of 0 replicas of chaos-harness/watchdog are ready" in seen.detail
    finally:
        kubectl(*scale, "--replicas=1")
        await_rollout("watchdog", "chaos-harness")


def may(verb: str, group: str, resource: str, namespace: str, *, name: str = "") -> bool:
    """Whether the API server lets the watchdog do that; `resource` with its subresource after a slash."""
    kind, _, part = resource.partition("/")
    review = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SubjectAccessReview",
        "spec": {
            "user": "system:serviceaccount:chaos-harness:watchdog",
            "resourceAttributes": {
                "verb": verb, "group": group, "resource": kind, "subresource": part,
                "namespace": namespace, "name": name,
            },
        },
    }  # fmt: skip
    answer = kubectl("create", "--filename", "-", "--output", "json", stdin=json.dumps(review))
    return bool(json.loads(answer)["status"]["allowed"])


def test_it_may_heal_and_nothing_else() -> None:
    assert may("delete", "coordination.k8s.io", "leases", "chaos-harness")
    assert may("get", "", "secrets", "aws", name="sre-admin")
    assert may("patch", "apps", "statefulsets/scale", "messaging")
    assert may("delete", "", "pods", "chaos-harness")
    assert not may("get", "", "secrets", "knative-lambda", name="rabbitmq-credentials")
    assert not may("delete", "coordination.k8s.io", "leases", "kube-system")
    assert not may("patch", "apps", "deployments", "knative-lambda")
    assert not may("delete", "", "pods", "messaging")


def test_a_real_namespace_without_the_label_is_refused(tmp_path: Path) -> None:
    profile = yaml.safe_load((ROOT / "clusters" / "reference" / "profile.yaml").read_text())
    profile["cluster"] = {"kubeconfig": str(ROOT / ".state" / "kubeconfig"), "context": "kind-chaos-harness"}
    path = tmp_path / "profile.yaml"
    path.write_text(yaml.safe_dump(profile))
    namespaces = " ".join(read_profile(path).fault_namespaces)
    with pytest.raises(NotOurs, match="namespace messaging lacks the label chaos-harness/opt-in=reference") as refused:
        connect(path, ROOT).guard()
    assert f"label --overwrite namespace {namespaces} chaos-harness/opt-in=reference" in refused.value.todo
