"""Both ends of the measured way, as cheap as they can be in Python, so that the proxy is what is measured."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass

BODY_BYTES = 100 * 1000 * 1000
_BLOCK = bytes(1024 * 1024)
_SMALL = b"x" * 1024
_TIMEOUT_S = 60.0


class Unexpected(Exception):
    """An answer that cannot be measured."""


@dataclass(frozen=True)
class Way:
    """A way to the service."""

    name: str
    host: str
    port: int


def blocks() -> Iterator[bytes]:
    """BODY_BYTES of body."""
    for start in range(0, BODY_BYTES, len(_BLOCK)):
        yield _BLOCK[: BODY_BYTES - start]


class Service(asyncio.Protocol):
    """1 KiB for a GET, BODY_BYTES for a GET of /big, and it takes a body of BODY_BYTES with anything else."""

    def __init__(self) -> None:
        self._head = b""
        self._left = 0
        self._writable = asyncio.Event()
        self._writable.set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def pause_writing(self) -> None:
        self._writable.clear()

    def resume_writing(self) -> None:
        self._writable.set()

    def data_received(self, data: bytes) -> None:
        if self._left:
            self._take(data)
            return
        self._head += data
        head, end, body = self._head.partition(b"\r\n\r\n")
        if not end:
            return
        self._head = b""
        if head.startswith(b"GET /big"):
            self._sending = asyncio.ensure_future(self._send_big())
        elif head.startswith(b"GET"):
            self._answer(b"200 OK", _SMALL)
        else:
            self._left = BODY_BYTES
            self._take(body)

    def _take(self, data: bytes) -> None:
        self._left -= len(data)
        if self._left == 0:
            self._answer(b"201 Created", b"")

    def _answer(self, status: bytes, body: bytes) -> None:
        self._transport.write(b"HTTP/1.1 %s\r\nContent-Length: %d\r\n\r\n%s" % (status, len(body), body))

    async def _send_big(self) -> None:
        self._transport.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % BODY_BYTES)
        for block in blocks():
            await self._writable.wait()
            self._transport.write(block)


class Client(asyncio.Protocol):
    """Sends the same request again as soon as the answer is there."""

    def __init__(self, request: bytes, answer_bytes: int) -> None:
        self.answers = 0
        self._request = request
        self._answer_bytes = answer_bytes
        self._left = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._send()

    def data_received(self, data: bytes) -> None:
        self._left -= len(data)
        if self._left == 0:
            self.answers += 1
            self._send()

    def _send(self) -> None:
        self._left = self._answer_bytes
        self._transport.write(self._request)


class Peer:
    """One kept connection, blocking."""

    def __init__(self, way: Way) -> None:
        self._socket = socket.create_connection((way.host, way.port), timeout=_TIMEOUT_S)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._buffer = bytearray(1024 * 1024)

    def __enter__(self) -> Peer:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def answer_bytes(self, request: bytes) -> int:
        """Send `request`, read its answer, and say how many bytes it had, head and all. Raises Unexpected."""
        self._socket.sendall(request)
        read = b""
        while b"\r\n\r\n" not in read:
            read += self._receive()
        head = read[: read.index(b"\r\n\r\n") + 4]
        if not head.startswith(b"HTTP/1.1 20"):
            raise Unexpected(head.decode(errors="replace"))
        fields = dict(line.lower().split(b":", 1) for line in head.split(b"\r\n")[1:-2])
        size = len(head) + int(fields.get(b"content-length", b"0"))
        self._take(size - len(read))
        return size

    def seconds(self, request: bytes, answer_bytes: int) -> float:
        """Time of one request whose answer's size is known."""
        started = time.perf_counter()
        self._socket.sendall(request)
        self._take(answer_bytes)
        return time.perf_counter() - started

    def upload_seconds(self, head: bytes) -> float:
        """Time to send BODY_BYTES and get the answer. Raises Unexpected."""
        started = time.perf_counter()
        self._socket.sendall(head)
        for block in blocks():
            self._socket.sendall(block)
        self.answer_bytes(b"")
        return time.perf_counter() - started

    def _receive(self) -> bytes:
        if received := self._socket.recv(64 * 1024):
            return received
        raise Unexpected("the connection was closed")

    def _take(self, count: int) -> None:
        while count > 0:
            received = self._socket.recv_into(self._buffer)
            if not received:
                raise Unexpected("the connection was closed")
            count -= received
