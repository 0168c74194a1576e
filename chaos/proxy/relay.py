"""Answers to the caller: one from behind passed back as it came, bodies streamed, or one of the proxy's own."""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterable
from email.utils import formatdate
from typing import Any, Final

import aiohttp
from aiohttp import hdrs, web
from aiohttp.http import HttpVersion10
from multidict import CIMultiDict

from chaos.proxy.message import BUFFER_BYTES, HEAD_LIMIT_BYTES, end_to_end, expects, invite
from chaos.proxy.upstream import Answer

MARK = "X-Fault-Proxy"
"""Header on answers that are the proxy's own word: neither the upstream's nor a fault's."""

_LINGER_RESET: Final = struct.pack("ii", 1, 0)


class Relayed(web.StreamResponse):
    """A response with the headers it was given and no others."""

    # The head goes out with the first piece of the body where that is there already.
    _send_headers_immediately = False

    async def _prepare_headers(self) -> None:
        """Add what tells the caller where the answer ends, and no more."""
        request, writer, headers = self._req, self._payload_writer, self._headers
        assert request is not None
        assert writer is not None
        if self._keep_alive is None:
            self._keep_alive = request.keep_alive
        http_1_0 = request.version == HttpVersion10
        if hdrs.CONTENT_LENGTH not in headers and not self._must_be_empty_body:
            if http_1_0:
                self._keep_alive = False
            else:
                headers[hdrs.TRANSFER_ENCODING] = "chunked"
                writer.enable_chunking()
        if self._keep_alive == http_1_0:
            headers[hdrs.CONNECTION] = "keep-alive" if http_1_0 else "close"


async def give(
    request: web.BaseRequest,
    answer: Answer,
    *,
    limit: int | None = None,
    copy: bytearray | None = None,
) -> web.StreamResponse:
    """Pass the answer back.

    Args:
        limit: end the connection after so many bytes of the body.
        copy: gets the body too, up to HEAD_LIMIT_BYTES.
    """
    response = Relayed(status=answer.status, reason=answer.reason, headers=end_to_end(answer.headers))
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
    response = Relayed(status=status, headers=full)
    if expects(request):
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
    if expects(request):
        await invite(request)
    read = bytearray()
    while len(read) < limit and (chunk := await request.content.readany()):
        read += chunk
    return bytes(read)
