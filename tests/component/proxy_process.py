"""The fault proxy as its image runs it: a process of its own, driven through its admin port."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from harness.clients.proxy import FaultProxy

LOOPBACK = "127.0.0.1"
_READY = re.compile(r"ready: routes on (\d+), (\d+), admin on (\d+)")


@dataclass(frozen=True)
class RunningProxy:
    """Its three ports, and its process."""

    aws_port: int
    registry_port: int
    admin: FaultProxy
    process: subprocess.Popen[str]

    @property
    def aws(self) -> str:
        return f"http://{LOOPBACK}:{self.aws_port}"

    @property
    def registry(self) -> str:
        return f"http://{LOOPBACK}:{self.registry_port}"


@contextmanager
def running_proxy(aws: str, registry: str, *, keep_hits: int = 10_000) -> Iterator[RunningProxy]:
    """The proxy before both services; stopped with SIGTERM."""
    anywhere = f"{LOOPBACK}:0"
    command = [sys.executable, "-m", "chaos.proxy", "--admin", anywhere, "--keep-hits", str(keep_hits)]
    command += ["--route", "aws", anywhere, aws, "--route", "registry", anywhere, registry]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            ready = process.stdout.readline()
            ports = _READY.match(ready)
            assert ports is not None, ready
            yield RunningProxy(
                aws_port=int(ports[1]),
                registry_port=int(ports[2]),
                admin=FaultProxy(f"http://{LOOPBACK}:{ports[3]}"),
                process=process,
            )
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(timeout=15)
            except subprocess.TimeoutExpired:
                process.kill()
