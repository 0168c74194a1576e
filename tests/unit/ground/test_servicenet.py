"""The node refuses to forward what is sent to services."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any, cast

import pytest

from harness.errors import UsageError
from harness.ground.command import Commands
from harness.ground.servicenet import keep_services_inside, service_subnet

ROOT = Path(__file__).parents[3]
IPTABLES = """#!/bin/sh
echo "$*" >> "$CALLS"
case "$*" in *--check*) exit "$FOUND" ;; esac
"""


class InThisShell:
    """Runs what is meant for the node's shell in this one."""

    def __init__(self, environment: dict[str, str]) -> None:
        self._environment = environment

    def run(self, command: list[str], **_options: Any) -> None:
        assert command[:2] == ["docker", "exec"]
        subprocess.run(command[3:], env=self._environment, check=True, timeout=10)


@pytest.mark.parametrize(("found", "inserted"), [(1, 2), (0, 0)])
def test_each_protocol_is_refused_once(tmp_path: Path, found: int, inserted: int) -> None:
    program, calls = tmp_path / "iptables", tmp_path / "calls"
    program.write_text(IPTABLES)
    program.chmod(0o755)
    path = f"{tmp_path}:{os.environ['PATH']}"
    commands = InThisShell({"PATH": path, "CALLS": str(calls), "FOUND": str(found)})
    keep_services_inside(cast(Commands, commands), "10.96.0.0/16")
    made = [call for call in calls.read_text().splitlines() if "--insert" in call]
    assert len(made) == inserted
    assert all("--destination 10.96.0.0/16" in call and "--jump REJECT" in call for call in made)


def test_the_subnet_is_the_clusters() -> None:
    assert service_subnet((ROOT / "clusters" / "kind.yaml").read_text()) == "10.96.0.0/16"


def test_a_cluster_without_one_is_refused() -> None:
    with pytest.raises(UsageError, match="serviceSubnet"):
        service_subnet("kind: Cluster")
