"""The watchdog heals what has expired, goes on after errors, and is ready only while it is able to heal."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
import requests

from chaos.faults import lookup
from harness.errors import NotOurs, TargetError
from harness.faults.ledger import Ledger
from harness.running.watchdog import Watchdog
from harness.target import Lease, Target
from tests.unit.fakes import POLICY, FakeTarget

_LIMIT_S = 20.0
_STOP_LIMIT_S = 2.0


class Watched:
    """A watchdog on a fake target, what it said, and how often it connected."""

    def __init__(self, folder: Path) -> None:
        self.target = FakeTarget()
        self.said: list[tuple[str, dict[str, str]]] = []
        self.connected = 0
        self.ledger = Ledger(folder, self.target.leases)
        self.watchdog = Watchdog(
            self.target.leases, self._connect, lookup, lambda event, data: self.said.append((event, data))
        )

    def _connect(self) -> Target:
        self.connected += 1
        return self.target

    def leave_fault(self) -> None:
        """As a runner that dies: injected, in the ledger, and nobody answers for it any more."""
        fault = lookup("iam-policy-removed")
        undo = fault.prepare(self.target, {})
        entry = self.ledger.open(fault.name, {}, undo, target="first", at=0, run="run-1")
        fault.inject(self.target, {}, undo)
        self.target.leases.expired = {entry.id}


@pytest.fixture
def watched(tmp_path: Path) -> Watched:
    return Watched(tmp_path)


def test_it_leaves_alone_what_has_a_runner(watched: Watched) -> None:
    watched.leave_fault()
    watched.target.leases.expired = set()
    assert watched.watchdog.look()
    assert watched.target.identity.role_policy("prd", "S3Access") is None
    assert (watched.said, watched.connected) == ([], 0)


def test_it_heals_what_has_none(watched: Watched) -> None:
    watched.leave_fault()
    assert watched.watchdog.look()
    assert watched.target.identity.role_policy("prd", "S3Access") == POLICY
    (event, told), *more = watched.said
    assert (event, told["fault"], told["run"], more) == ("healed", "iam-policy-removed", "run-1", [])
    assert watched.target.leases.kept == {}


def test_it_goes_on_after_an_error(watched: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    watched.leave_fault()

    def silent() -> list[Lease]:
        raise TargetError("the API server did not answer")

    with monkeypatch.context() as patch:
        patch.setattr(watched.target.leases, "all", silent)
        assert not watched.watchdog.look()
        assert not watched.watchdog.able
    assert watched.said == [("look-failed", {"error": "TargetError: the API server did not answer"})]
    assert watched.watchdog.look()
    assert watched.watchdog.able
    assert watched.target.identity.role_policy("prd", "S3Access") == POLICY


def test_it_touches_nothing_that_is_not_ours(watched: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    watched.leave_fault()

    def refuse() -> None:
        raise NotOurs("production")

    monkeypatch.setattr(watched.target, "guard", refuse)
    assert not watched.watchdog.look()
    assert watched.target.identity.role_policy("prd", "S3Access") is None
    assert watched.said == [("look-failed", {"error": "NotOurs: production"})]


def test_it_is_not_able_for_long_after_its_last_look(watched: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not watched.watchdog.able
    watched.watchdog.look()
    assert watched.watchdog.able
    monkeypatch.setattr("harness.running.watchdog._FRESH_S", 0.0)
    assert not watched.watchdog.able


def test_a_heal_that_fails_is_tried_again(watched: Watched) -> None:
    watched.leave_fault()
    text = watched.target.leases.kept.popitem()[1].replace("iam-policy-removed", "earthquake")
    watched.target.leases.kept["x"] = text
    watched.target.leases.expired = {"x"}
    assert not watched.watchdog.look()
    assert not watched.watchdog.look()
    assert [event for event, _ in watched.said] == ["not-healed", "not-healed"]
    assert "earthquake" in watched.said[0][1]["error"]


PROCESS = """
from harness.running import watchdog
from tests.unit.fakes import FakeTarget
watchdog.target_for = lambda *_arguments, **_more: FakeTarget()
watchdog.main(["profile.yaml", "{port}"])
"""


@pytest.fixture
def unused_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def test_the_process_says_that_it_is_ready_and_ends_when_told(unused_port: int) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", PROCESS.format(port=unused_port)], stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        assert '"event":"watching"' in process.stdout.readline()
        url = f"http://127.0.0.1:{unused_port}"
        deadline = time.monotonic() + _LIMIT_S
        while requests.get(f"{url}/healthz", timeout=5).status_code != 200:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        assert requests.get(f"{url}/", timeout=5).status_code == 503
        process.send_signal(signal.SIGTERM)
        told = time.monotonic()
        assert process.wait(_LIMIT_S) == 0
        assert time.monotonic() - told < _STOP_LIMIT_S
    finally:
        process.kill()
        process.communicate()
