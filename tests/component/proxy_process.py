"""The fault proxy as its image runs it: a process of its own, driven through its admin port."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
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


@contextmanager
def connected_service(talk: Callable[[socket.socket], None]) -> Iterator[str]:
    """Has `talk` speak with whoever connects, one after the other, then closes the connection: its address."""
    listener = socket.create_server((LOOPBACK, 0))
    thread = threading.Thread(target=_talk_to_each, args=(listener, talk), daemon=True)
    thread.start()
    try:
        yield f"http://{LOOPBACK}:{listener.getsockname()[1]}"
    finally:
        # Wakes the thread from its wait for the next connection.
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(timeout=5)


@contextmanager
def raw_service(answer: bytes) -> Iterator[tuple[str, list[bytes]]]:
    """Says `answer` to each connection once its request is whole, and closes it: its address, what it received."""
    received: list[bytes] = []

    def talk(caller: socket.socket) -> None:
        read = b""
        while not _is_whole(read) and (data := caller.recv(65536)):
            if b"100-continue" in read + data and b"\r\n\r\n" in read + data and b"\r\n\r\n" not in read:
                caller.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
            read += data
        received.append(read)
        caller.sendall(answer)

    with connected_service(talk) as url:
        yield url, received


def _talk_to_each(listener: socket.socket, talk: Callable[[socket.socket], None]) -> None:
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        with connection:
            talk(connection)


def _is_whole(read: bytes) -> bool:
    head, end, body = read.partition(b"\r\n\r\n")
    length = re.search(rb"(?i)content-length: *(\d+)", head)
    return bool(end) and len(body) >= (int(length[1]) if length else 0)
