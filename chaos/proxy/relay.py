"""Passing a request on as it came, and the answer back as it came: same target, same headers, bodies streamed.

Signatures cover the Host header, the path and the query, so none of them is read and written anew.
"""

from __future__ import annotations

import socket
import struct
from collections.abc import AsyncIterator, Iterable
from email.utils import formatdate
from typing import Any, Final

import aiohttp
from aiohttp import hdrs, web
from multidict import CIMultiDict, CIMultiDictProxy
from yarl import URL

HEAD_LIMIT_BYTES = 64 * 1024
"""Longest request line and longest header passed on."""

BUFFER_BYTES = 1024 * 1024
"""Body bytes kept in memory for each direction of a request before the sender has to wait."""

MARK = "X-Fault-Proxy"
"""Header on answers that are the proxy's own word: neither the upstream's nor a fault's."""

_CONNECT_TIMEOUT_S = 5.0
_IDLE_UPSTREAM_S = 15.0

# Of one connection, not of the message (RFC 9110, 7.6.1).
_HOP_BY_HOP: Final = (
    hdrs.CONNECTION,
    hdrs.KEEP_ALIVE,
    "Proxy-Connection",
    hdrs.TE,
    hdrs.TRAILER,
    hdrs.TRANSFER_ENCODING,
    hdrs.UPGRADE,
)
_NOTHING_ADDED: Final = CIMultiDict[None](
    (name, None) for name in (hdrs.ACCEPT, hdrs.ACCEPT_ENCODING, hdrs.CONTENT_TYPE, hdrs.USER_AGENT)
)
_LINGER_RESET: Final = struct.pack("ii", 1, 0)


class UpstreamFailed(Exception):
    """The service behind could not be reached, or ended the connection before its answer."""


class _Forwarded(aiohttp.ClientRequest):
    """A request with the caller's headers and no others, without the work of looking for what to add."""

    def update_headers(self, headers: Any) -> None:
        if hdrs.HOST in headers:
            self.headers = headers
        else:
            super().update_headers(headers)

    def update_auto_headers(self, _skip: Any) -> None:
        self._skip_auto_headers = _NOTHING_ADDED

    def update_cookies(self, _cookies: Any) -> None:
        return


def new_session() -> aiohttp.ClientSession:
    """Connections to what stands behind, kept and shared by all requests."""
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=_IDLE_UPSTREAM_S),
        cookie_jar=aiohttp.DummyCookieJar(),
        request_class=_Forwarded,
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=_CONNECT_TIMEOUT_S),
        auto_decompress=False,
        read_bufsize=BUFFER_BYTES,
        max_line_size=HEAD_LIMIT_BYTES,
        max_field_size=HEAD_LIMIT_BYTES,
    )


class Upstream:
    """One service behind the proxy. `url`: scheme, host and port."""

    def __init__(self, url: str, session: aiohttp.ClientSession) -> None:
        self._base = url.rstrip("/")
        self._session = session

    async def send(self, request: web.BaseRequest, *, read: bytes | None = None) -> aiohttp.ClientResponse:
        """Pass the request on; answers when the response's head is there. The caller releases the response.

        Args:
            read: what was already taken from the body.

        Raises:
            UpstreamFailed: no answer came.
        """
        headers = _end_to_end(request.headers)
        try:
            return await self._session.request(
                request.method,
                URL(self._base + request.raw_path, encoded=True),
                headers=headers,
                data=_body(request, read) if request.body_exists else None,
                # The header went with the others; where there is no length, the body is passed on chunk by chunk.
                chunked=True if request.body_exists and hdrs.CONTENT_LENGTH not in headers else None,
                allow_redirects=False,
            )
        except (aiohttp.ClientError, TimeoutError) as error:
            raise UpstreamFailed(str(error) or type(error).__name__) from error


class Relayed(web.StreamResponse):
    """A response with the headers it was given and no others."""

    # The head goes out with the first piece of the body where that is there already.
    _send_headers_immediately = False

    def __init__(self, status: int, reason: str | None, headers: CIMultiDict[str]) -> None:
        super().__init__(status=status, reason=reason, headers=headers)
        self._absent = tuple(name for name in (hdrs.CONTENT_TYPE, hdrs.DATE, hdrs.SERVER) if name not in headers)

    async def _prepare_headers(self) -> None:
        await super()._prepare_headers()
        for name in self._absent:
            self.headers.popall(name, None)


async def give(
    request: web.BaseRequest,
    answer: aiohttp.ClientResponse,
    *,
    limit: int | None = None,
    copy: bytearray | None = None,
) -> web.StreamResponse:
    """Pass the answer back.

    Args:
        limit: end the connection after so many bytes of the body.
        copy: gets the body too, up to HEAD_LIMIT_BYTES.
    """
    response = Relayed(answer.status, answer.reason, _end_to_end(answer.headers))
    content = answer.content
    try:
        writer = await response.prepare(request)
        if content.is_eof() and content.total_bytes <= BUFFER_BYTES and limit is None and copy is None:
            await response.write_eof(content.read_nowait())
            return response
        if writer is not None and not content.total_bytes:
            writer.send_headers()
        left = limit
        while chunk := await content.readany():
            if copy is not None and len(copy) < HEAD_LIMIT_BYTES:
                copy += chunk
            if left is not None and len(chunk) > left:
                await response.write(chunk[:left])
                return end_connection(request)
            left = left - len(chunk) if left is not None else None
            await response.write(chunk)
        await response.write_eof()
    except (aiohttp.ClientError, ConnectionError):
        # The caller left, or the service behind broke off: then so does the proxy, for a whole answer would be a lie.
        return end_connection(request)
    return response


async def say(
    request: web.BaseRequest, status: int, headers: Iterable[tuple[str, str]], body: bytes
) -> web.StreamResponse:
    """Answer with exactly this, and a date. The connection ends where the caller still has a body to send."""
    full = CIMultiDict(headers)
    full[hdrs.CONTENT_LENGTH] = str(len(body))
    full[hdrs.DATE] = formatdate(usegmt=True)
    response = Relayed(status, None, full)
    if _expects(request):
        # The caller keeps its body now, and what it sends next would be taken for that body.
        response.force_close()
    try:
        await response.prepare(request)
        await response.write_eof(b"" if request.method == hdrs.METH_HEAD else body)
    except ConnectionError:
        # The caller left.
        return end_connection(request)
    return response


async def say_ours(request: web.BaseRequest, status: int, what: str) -> web.StreamResponse:
    """Answer in the proxy's own name."""
    headers = ((MARK, str(status)), (hdrs.CONTENT_TYPE, "text/plain; charset=utf-8"))
    return await say(request, status, headers, f"fault proxy: {what}\n".encode())


def end_connection(request: web.BaseRequest, *, reset: bool = False) -> web.StreamResponse:
    """End the caller's connection, with a TCP reset or orderly; answers with what aiohttp needs to go on."""
    transport = request.transport
    if transport is not None:
        if reset:
            raw: Any = transport.get_extra_info("socket")
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_RESET)
            transport.abort()
        else:
            transport.close()
        request.protocol.force_close()
    return web.Response()


async def read_form(request: web.BaseRequest, limit: int) -> bytes:
    """Up to `limit` bytes of the body, or a little more: as many as came together."""
    if _expects(request):
        await _invite(request)
    read = bytearray()
    while len(read) < limit and (chunk := await request.content.readany()):
        read += chunk
    return bytes(read)


def _end_to_end(headers: CIMultiDictProxy[str]) -> CIMultiDict[str]:
    kept = headers.copy()
    if hdrs.CONNECTION in kept:
        for named in ",".join(kept.getall(hdrs.CONNECTION)).split(","):
            kept.popall(named.strip(), None)
    for name in _HOP_BY_HOP:
        if name in kept:
            kept.popall(name)
    return kept


def _body(request: web.BaseRequest, read: bytes | None) -> aiohttp.StreamReader | bytes | AsyncIterator[bytes]:
    if read is not None:
        return read if request.content.at_eof() else _rest(request, read)
    return _invited(request) if _expects(request) else request.content


async def _rest(request: web.BaseRequest, read: bytes) -> AsyncIterator[bytes]:
    yield read
    async for chunk in request.content.iter_any():
        yield chunk


async def _invited(request: web.BaseRequest) -> AsyncIterator[bytes]:
    """The body, asked for when the service behind asks for it."""
    await _invite(request)
    async for chunk in request.content.iter_any():
        yield chunk


def _expects(request: web.BaseRequest) -> bool:
    return request.headers.get(hdrs.EXPECT, "").lower() == "100-continue"


async def _invite(request: web.BaseRequest) -> None:
    await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
