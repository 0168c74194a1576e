"""The same faults by toxiproxy and by the fault proxy, in turns, with the same client in front of the same service."""

from __future__ import annotations

import http.client
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import requests

from chaos.bench.figures import Figure, figure
from chaos.proxy.bench import process, run_proxy, run_service
from harness.clients.proxy import FaultProxy
from harness.errors import CommandFailed
from harness.facts.timing import Deadline, RunClock, poll

_HOST = "127.0.0.1"
_DELAY_MS = 50
_TIMEOUT_S = 5.0
_START_S = 10.0
_LOOK_EVERY_S = 0.02


@dataclass(frozen=True)
class Switch:
    """A fault in the way to `port`."""

    port: int
    on: Callable[[], object]
    off: Callable[[], object]


@dataclass(frozen=True)
class Times:
    """Seconds from a call to the start of the first request that it affected, and that was clean again."""

    on_s: float | None
    off_s: float | None


class _Toxiproxy:
    """A running toxiproxy's API."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._session = requests.Session()

    def answers(self) -> bool:
        try:
            return self._session.get(f"{self._url}/version", timeout=_TIMEOUT_S).ok
        except requests.ConnectionError:
            return False

    def proxy(self, name: str, upstream: int) -> int:
        """Make a proxy in front of the service; answers with its port."""
        made = self.call("POST", "/proxies", {"name": name, "listen": f"{_HOST}:0", "upstream": f"{_HOST}:{upstream}"})
        return int(made["listen"].rpartition(":")[2])

    def call(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        answer = self._session.request(method, self._url + path, json=body, timeout=_TIMEOUT_S)
        answer.raise_for_status()
        return answer.json() if answer.content else None


def measure(toxiproxy: Path, repeats: int) -> dict[tuple[str, str], list[Times]]:
    """By fault and tool. Raises CommandFailed when toxiproxy does not start."""
    with ExitStack() as stack:
        (service,), _ = stack.enter_context(process(run_service))
        (through_ours, admin), _ = stack.enter_context(process(run_proxy, f"http://{_HOST}:{service}"))
        ours = FaultProxy(f"http://{_HOST}:{admin}")
        theirs = stack.enter_context(_toxiproxy(toxiproxy))
        switches: dict[tuple[str, str], Switch] = {}
        for fault, rule in _RULES.items():
            switches[fault, "fault proxy"] = Switch(
                through_ours, partial(ours.put_rule, "bench", rule), partial(ours.delete_rule, "bench")
            )
            switches[fault, "toxiproxy"] = _toxic(theirs, fault, theirs.proxy(fault, service))
        times: dict[tuple[str, str], list[Times]] = {key: [] for key in switches}
        for _ in range(repeats):
            for key, switch in switches.items():
                times[key].append(_once(switch))
    return times


def figures(times: Mapping[tuple[str, str], list[Times]]) -> Iterator[Figure]:
    """Two lines for each."""
    for (fault, tool), of in times.items():
        yield figure(tool, f"{fault}: on → first affected request", [one.on_s for one in of])
        yield figure(tool, f"{fault}: off → clean", [one.off_s for one in of])


def _rule(fault: Mapping[str, Any]) -> dict[str, Any]:
    return {"owner": "bench", "ttl_s": 60, "match": {"service": "registry"}, "fault": dict(fault)}


_RULES = {
    "latency": _rule({"kind": "latency", "ms": _DELAY_MS}),
    "reset": _rule({"kind": "reset"}),
    "down": _rule({"kind": "error", "status": 503, "style": "registry-bare"}),
}
"""The fault proxy has no listener to close, for it stays in the way: a service that is down answers 503."""


def _toxic(api: _Toxiproxy, fault: str, port: int) -> Switch:
    path = f"/proxies/{fault}"
    if fault == "down":
        down, up = {"enabled": False}, {"enabled": True}
        return Switch(port, partial(api.call, "POST", path, down), partial(api.call, "POST", path, up))
    kinds: dict[str, dict[str, Any]] = {
        "latency": {"type": "latency", "stream": "downstream", "attributes": {"latency": _DELAY_MS}},
        "reset": {"type": "reset_peer", "stream": "upstream", "attributes": {"timeout": 0}},
    }
    toxic = {"name": fault, **kinds[fault]}
    return Switch(
        port,
        partial(api.call, "POST", f"{path}/toxics", toxic),
        partial(api.call, "DELETE", f"{path}/toxics/{fault}"),
    )


@contextmanager
def _toxiproxy(program: Path) -> Iterator[_Toxiproxy]:
    port = _free_port()
    server = subprocess.Popen(
        [program, "-host", _HOST, "-port", str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        api = _Toxiproxy(f"http://{_HOST}:{port}")
        if not poll(api.answers, bool, Deadline.after(RunClock(), _START_S), _LOOK_EVERY_S)[0]:
            raise CommandFailed(f"{program} did not answer at port {port} within {_START_S:g} s")
        yield api
    finally:
        server.terminate()
        server.wait()


def _free_port() -> int:
    with socket.socket() as free:
        free.bind((_HOST, 0))
        return int(free.getsockname()[1])


def _once(switch: Switch) -> Times:
    on = _until(switch.on, lambda: _affected(switch.port))
    off = _until(switch.off, lambda: not _affected(switch.port))
    return Times(on, off)


def _until(act: Callable[[], object], seen: Callable[[], bool]) -> float | None:
    """Seconds from the call of `act` to the start of the first request of which `seen` is true."""
    clock = RunClock()
    began = clock.now()
    act()
    true, asked = poll(seen, bool, Deadline.after(clock, _TIMEOUT_S), 0)
    return asked - began if true else None


def _affected(port: int) -> bool:
    """Ask once, on a connection of its own: whether it failed, or took as long as the latency."""
    began = time.monotonic()
    connection = http.client.HTTPConnection(_HOST, port, timeout=_TIMEOUT_S)
    try:
        connection.request("GET", "/small")
        answer = connection.getresponse()
        answer.read()
    except (OSError, http.client.HTTPException):
        return True
    finally:
        connection.close()
    return answer.status != 200 or time.monotonic() - began >= _DELAY_MS / 1000
