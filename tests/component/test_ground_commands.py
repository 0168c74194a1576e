"""Programs that the ground runs: their output is kept, their failures explained, and they end when told to."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path

import pytest

from harness.errors import CommandFailed
from harness.ground.command import Commands

LIMIT_S = 5.0


@pytest.fixture
def commands(tmp_path: Path) -> Commands:
    return Commands(tmp_path / "logs")


def runs(process: str) -> bool:
    """Whether a process still runs; one that ended and was not yet asked for does not."""
    try:
        return (Path("/proc") / process / "stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_output_and_log_are_apart(commands: Commands, tmp_path: Path) -> None:
    assert commands.output(["sh", "-c", "echo out; echo err >&2"], log="x") == "out\n"
    assert (tmp_path / "logs" / "x.log").read_text() == "err\n"


def test_standard_input_reaches_the_program(commands: Commands) -> None:
    assert commands.output(["cat"], log="x", stdin=b"told") == "told"


def test_a_failure_says_the_last_words_and_the_log(commands: Commands, tmp_path: Path) -> None:
    with pytest.raises(CommandFailed) as raised:
        commands.run(["sh", "-c", "seq 20; echo no route to mirror; exit 3"], log="apt")
    assert "ended with 3" in raised.value.what
    assert "no route to mirror" in raised.value.what
    assert " 2 " not in raised.value.what, "only the last lines"
    assert raised.value.todo == f"full log: {tmp_path / 'logs' / 'apt.log'}"


def test_words_of_an_earlier_program_are_not_taken_for_its_own(commands: Commands) -> None:
    commands.run(["echo", "earlier"], log="x")
    with pytest.raises(CommandFailed, match="no output"):
        commands.run(["false"], log="x")


def test_a_missing_program_is_named(commands: Commands) -> None:
    with pytest.raises(CommandFailed, match="no-such-program"):
        commands.run(["no-such-program"], log="x")


def test_a_program_that_takes_too_long_is_ended(commands: Commands) -> None:
    begun = time.monotonic()
    with pytest.raises(CommandFailed, match=r"did not end within 0\.2 s"):
        commands.run(["sleep", "60"], log="x", timeout_s=0.2)
    assert time.monotonic() - begun < LIMIT_S


def test_an_engine_that_hangs_is_named(commands: Commands, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    docker = tmp_path / "docker"
    docker.write_text("#!/bin/sh\nsleep 60\n")
    docker.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    with pytest.raises(CommandFailed, match=r"docker ps did not end within 0\.2 s") as raised:
        commands.output(["docker", "ps"], log="x", timeout_s=0.2)
    assert "docker info" in raised.value.todo


@pytest.mark.parametrize(
    ("producer", "consumer", "named"), [("exit 1", "cat", "exit 1"), ("echo x", "exit 2", "exit 2")]
)
def test_either_side_of_a_pipe_may_fail(commands: Commands, producer: str, consumer: str, named: str) -> None:
    with pytest.raises(CommandFailed, match=named):
        commands.pipe(["sh", "-c", producer], ["sh", "-c", consumer], log="x")


def test_a_consumer_that_dies_does_not_leave_the_producer_behind(commands: Commands) -> None:
    with pytest.raises(CommandFailed, match="exit 2"):
        commands.pipe(["yes"], ["sh", "-c", "exit 2"], log="x", timeout_s=LIMIT_S)


def test_stop_ends_the_whole_group_and_only_cleaning_up_may_follow(commands: Commands, tmp_path: Path) -> None:
    mark = tmp_path / "running"
    program = f"sleep 60 & echo $! > {mark}; wait"
    ended: list[CommandFailed] = []

    def run() -> None:
        try:
            commands.run(["sh", "-c", program], log="x")
        except CommandFailed as error:
            ended.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    deadline = time.monotonic() + LIMIT_S
    while not (mark.exists() and mark.read_text()) and time.monotonic() < deadline:
        time.sleep(0.01)
    commands.stop()
    thread.join(LIMIT_S)
    assert len(ended) == 1
    while runs(mark.read_text().strip()) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not runs(mark.read_text().strip())
    with pytest.raises(CommandFailed, match="being stopped"):
        commands.run(["true"], log="x")
    commands.run(["true"], log="x", cleanup=True)
