"""chaostoolkit-kubernetes' `terminate_pods` without grace on the builder, by `chaos run`, as its users run it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from chaos.bench.figures import Figure, figure
from chaos.bench.processes import Ending, in_pods
from chaos.bench.settling import settle
from harness.errors import CommandFailed, TargetError
from harness.target import Target
from harness.targets.profile import Builds

_GONE_LIMIT_S = 30.0
_RUN_LIMIT_S = 60.0
_PEER = "chaostoolkit-kubernetes"
BUILDER = "python3 -m builder"


class Kill(msgspec.Struct, frozen=True):
    """Seconds.

    Attributes:
        start_s: from the start of `chaos run` to DELETE at the API server, by its audit log.
        object_s: from there to the end of the action, when the API server has answered: the object is gone.
        process_s: from DELETE to the process really gone; None when it was not within 30 s.
    """

    start_s: float
    object_s: float
    process_s: float | None


def measure(chaos: Path, target: Target, builds: Builds, *, kubeconfig: Path, folder: Path, repeats: int) -> list[Kill]:
    """`repeats` kills. Raises CommandFailed, and TargetError when the builder is not there or does not come back."""
    folder.mkdir(parents=True, exist_ok=True)
    experiment = folder / "terminate-pods.json"
    experiment.write_text(json.dumps(_experiment(builds.namespace, f"^{re.escape(builds.deployment)}-")))
    kills = []
    for _ in range(repeats):
        kills.append(_once(chaos, target, builds, kubeconfig, experiment))
        settle(target)
    return kills


def figures(kills: Sequence[Kill]) -> Iterator[Figure]:
    """The lines."""
    yield figure(_PEER, "terminate_pods: process start → DELETE", [kill.start_s for kill in kills])
    yield figure(_PEER, "terminate_pods: DELETE → object gone", [kill.object_s for kill in kills])
    yield figure(_PEER, "terminate_pods: DELETE → process gone", [kill.process_s for kill in kills])


def _once(chaos: Path, target: Target, builds: Builds, kubeconfig: Path, experiment: Path) -> Kill:
    pids = in_pods(BUILDER)
    if not pids:
        raise TargetError("no process of the builder is seen on this machine", todo="make status")
    journal = experiment.with_name("journal.json")
    offset = time.time() - time.monotonic()
    with Ending(pids) as ending:
        started = time.time()
        done = subprocess.run(
            [chaos, "--no-version-check", "run", "--journal-path", journal, experiment],
            env={**os.environ, "KUBECONFIG": str(kubeconfig)},
            cwd=experiment.parent,
            capture_output=True,
            text=True,
            timeout=_RUN_LIMIT_S,
            check=False,
        )
        if done.returncode:
            raise CommandFailed(f"chaos run ended with {done.returncode}: {(done.stdout + done.stderr)[-300:]}")
        gone = ending.wait(_GONE_LIMIT_S)
    prefix = f"{builds.namespace}/pods/{builds.deployment}-"
    deleted = [
        write.at for write in target.api_writes(started) if write.verb == "delete" and write.what.startswith(prefix)
    ]
    if not deleted:
        raise TargetError("the audit log has no DELETE of the builder's pod", todo="see .state/logs")
    action = json.loads(journal.read_text())["run"][0]
    ended = datetime.fromisoformat(action["end"]).replace(tzinfo=UTC).timestamp()
    return Kill(
        start_s=deleted[0] - started,
        object_s=ended - deleted[0],
        process_s=None if gone is None else gone + offset - deleted[0],
    )


def _experiment(namespace: str, pods: str) -> dict[str, object]:
    return {
        "title": "terminate the builder",
        "description": "one pod, without grace",
        "method": [
            {
                "type": "action",
                "name": "terminate",
                "provider": {
                    "type": "python",
                    "module": "chaosk8s.pod.actions",
                    "func": "terminate_pods",
                    "arguments": {"name_pattern": pods, "ns": namespace, "qty": 1, "grace_period": 0},
                },
            }
        ],
    }
