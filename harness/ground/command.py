"""Runs other programs: output goes to a log, a failure says the last words, and all of them can be stopped."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

from harness.errors import CommandFailed

LAST_LINES = 6
TERMINATION_GRACE_S = 5.0
ANSWER_LIMIT_S = 120.0
"""For what the container engine does in a moment, on a slow machine too; `run` has no limit unless it is given one."""


class Commands:
    """Starts programs in process groups of their own and remembers which still run.

    A terminal's Ctrl-C does not reach them by itself: `stop` ends them, in order, when the caller is interrupted.
    """

    def __init__(self, logs: Path) -> None:
        self._logs = logs
        self._running: set[subprocess.Popen[bytes]] = set()
        self._lock = threading.Lock()
        self._stopped = False

    def run(
        self,
        arguments: Sequence[str],
        *,
        log: str,
        stdin: bytes | None = None,
        environment: Mapping[str, str] | None = None,
        folder: Path | None = None,
        timeout_s: float | None = None,
        cleanup: bool = False,
        inherited: Sequence[int] = (),
    ) -> None:
        """Run to the end with all output appended to `.state/logs/<log>.log`.

        `cleanup` runs also after `stop`; `inherited` are file descriptors that the program keeps open.

        Raises CommandFailed with the last lines when the program is missing, fails or exceeds `timeout_s`.
        """
        path = self._log_path(log)
        with path.open("ab") as output:
            start = output.tell()
            process = self._start(
                arguments,
                stdin=_source(stdin),
                stdout=output,
                stderr=output,
                environment=environment,
                folder=folder,
                cleanup=cleanup,
                inherited=inherited,
            )
            code = self._wait(process, stdin, timeout_s)[0]
        if code != 0:
            raise _failure(arguments, code, _tail(path, start), path)

    def output(
        self,
        arguments: Sequence[str],
        *,
        log: str,
        stdin: bytes | None = None,
        environment: Mapping[str, str] | None = None,
        folder: Path | None = None,
        timeout_s: float | None = 60.0,
    ) -> str:
        """Standard output of a program, standard error appended to the log.

        Raises CommandFailed as `run` does.
        """
        path = self._log_path(log)
        with path.open("ab") as errors:
            start = errors.tell()
            process = self._start(
                arguments,
                stdin=_source(stdin),
                stdout=subprocess.PIPE,
                stderr=errors,
                environment=environment,
                folder=folder,
            )
            code, text = self._wait(process, stdin, timeout_s)
        if code != 0:
            raise _failure(arguments, code, _tail(path, start) or text.splitlines()[-LAST_LINES:], path)
        return text

    def pipe(
        self, producer: Sequence[str], consumer: Sequence[str], *, log: str, timeout_s: float | None = None
    ) -> None:
        """Run `producer | consumer`; raises CommandFailed naming the first of the two that failed."""
        path = self._log_path(log)
        with path.open("ab") as output:
            start = output.tell()
            first = self._start(producer, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=output)
            second = self._start(consumer, stdin=first.stdout, stdout=output, stderr=output)
            if first.stdout is not None:
                # Only the consumer may hold the read end, or the producer never learns that it died.
                first.stdout.close()
                first.stdout = None
            consumed = self._wait(second, None, timeout_s)[0]
            produced = self._wait(first, None, timeout_s)[0]
        for arguments, code in ((consumer, consumed), (producer, produced)):
            if code != 0:
                raise _failure(arguments, code, _tail(path, start), path)

    def stop(self) -> None:
        """End every program that still runs; afterwards only those that clean up can be started."""
        with self._lock:
            self._stopped = True
            running = list(self._running)
        for process in running:
            _signal_group(process, signal.SIGTERM)
        for process in running:
            try:
                process.wait(TERMINATION_GRACE_S)
            except subprocess.TimeoutExpired:
                _signal_group(process, signal.SIGKILL)

    def _log_path(self, log: str) -> Path:
        self._logs.mkdir(parents=True, exist_ok=True)
        return self._logs / f"{log}.log"

    def _start(
        self,
        arguments: Sequence[str],
        *,
        stdin: int | IO[bytes] | None,
        stdout: int | IO[bytes],
        stderr: IO[bytes],
        environment: Mapping[str, str] | None = None,
        folder: Path | None = None,
        cleanup: bool = False,
        inherited: Sequence[int] = (),
    ) -> subprocess.Popen[bytes]:
        with self._lock:
            if self._stopped and not cleanup:
                raise CommandFailed(f"{arguments[0]} was not started: the run is being stopped")
            try:
                process = subprocess.Popen(
                    list(arguments),
                    stdin=stdin,
                    stdout=stdout,
                    stderr=stderr,
                    env={**os.environ, **environment} if environment else None,
                    cwd=folder,
                    start_new_session=True,
                    pass_fds=inherited,
                )
            except FileNotFoundError as error:
                raise CommandFailed(
                    f"program {arguments[0]!r} is not on this machine", todo="install it or put it on PATH"
                ) from error
            self._running.add(process)
        return process

    def _wait(self, process: subprocess.Popen[bytes], stdin: bytes | None, timeout_s: float | None) -> tuple[int, str]:
        try:
            text, _ = process.communicate(stdin, timeout=timeout_s)
        except subprocess.TimeoutExpired:
            _signal_group(process, signal.SIGKILL)
            process.communicate()
            shown = _shown(process.args)
            todo = "see whether the container engine answers: docker info" if shown.startswith("docker ") else ""
            raise CommandFailed(f"{shown} did not end within {timeout_s:g} s", todo=todo) from None
        finally:
            if process.returncode is not None:
                with self._lock:
                    self._running.discard(process)
        return process.returncode, (text or b"").decode(errors="replace")


def _source(stdin: bytes | None) -> int:
    return subprocess.DEVNULL if stdin is None else subprocess.PIPE


def _signal_group(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    if process.poll() is None:
        os.killpg(process.pid, number)


def _shown(arguments: object) -> str:
    text = " ".join(str(part) for part in arguments) if isinstance(arguments, list) else str(arguments)
    return text if len(text) <= 100 else text[:97] + "..."


def _tail(path: Path, start: int) -> list[str]:
    with path.open("rb") as file:
        file.seek(start)
        lines = file.read().decode(errors="replace").splitlines()
    return [line.strip() for line in lines if line.strip()][-LAST_LINES:]


def _failure(arguments: Sequence[str], code: int, lines: Sequence[str], path: Path) -> CommandFailed:
    words = " | ".join(lines) if lines else "no output"
    return CommandFailed(f"`{_shown(list(arguments))}` ended with {code}: {words}", todo=f"full log: {path}")
