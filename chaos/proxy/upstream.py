"""The service behind: a request is sent to it as it came, and its answer handed back.

Signatures cover the Host header, the path and the query, so none of them is read and written anew. Of aiohttp's client
only connections and the parser are used: the rest (URLs, cookies, redirects, default headers) is of no use to a proxy,
and was two fifths of what passing a small request on cost.
"""

from __future__ import annotations

import asyncio
from typing import Final

import aiohttp
from aiohttp import hdrs, web
from aiohttp.http import HttpProcessingError, RawResponseMessage, StreamWriter
from yarl import URL

from chaos.proxy.message import BUFFER_BYTES, HEAD_LIMIT_BYTES, end_to_end, expects, invite

_TIMEOUT: Final = aiohttp.ClientTimeout(total=None, sock_connect=5.0)
_IDLE_S = 15.0
# So much is taken from us at once, whether the service reads it or not: its answer may come before it does.
_SMALL_BYTES: Final = 32 * 1024
# To send one of these twice is to send it once, so that a kept connection that has just been closed does no harm.
_IDEMPOTENT: Final = frozenset({"GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"})


class UpstreamFailed(Exception):
    """The service behind could not be reached, or ended the connection before its answer."""


class Answer:
    """The head of an answer; `content` is its body as it arrives. To be released in the end."""

    def __init__(
        self,
        head: RawResponseMessage,
        content: aiohttp.StreamReader,
        connection: aiohttp.connector.Connection,
        sending: asyncio.Task[None] | None,
    ) -> None:
        self.status = head.code
        self.reason = head.reason
        self.headers = head.headers
        self.content = content
        self._connection = connection
        self._sending = sending

    def release(self) -> None:
        """Give the connection back; where the request or the answer is not over, it is closed."""
        _end(self._connection, self._sending)


def new_connector() -> aiohttp.TCPConnector:
    """Connections to what stands behind, kept and shared by all requests."""
    return aiohttp.TCPConnector(limit=0, keepalive_timeout=_IDLE_S)


class Upstream:
    """One service behind the proxy. `url`: scheme, host and port. For use in the running loop."""

    def __init__(self, url: str, connector: aiohttp.BaseConnector) -> None:
        self._loop = asyncio.get_running_loop()
        self._connector = connector
        # To the connector, a request says where to connect to.
        self._there = aiohttp.ClientRequest(hdrs.METH_GET, URL(url), loop=self._loop)
        self._host = self._there.headers[hdrs.HOST]

    async def send(self, request: web.BaseRequest, *, read: bytes | None = None) -> Answer:
        """Pass the request on; answers when the answer's head is there.

        Args:
            read: what was already taken from the body.

        Raises:
            UpstreamFailed: no answer came.
        """
        whole = _whole_body(request, read)
        again = whole is not None and request.method in _IDEMPOTENT
        try:
            try:
                return await self._send(request, read, whole)
            except (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError) as error:
                if not again or isinstance(error, aiohttp.ClientConnectorError):
                    raise
                return await self._send(request, read, whole)
        except (aiohttp.ClientError, HttpProcessingError, OSError) as error:
            raise UpstreamFailed(str(error) or type(error).__name__) from error

    async def _send(self, request: web.BaseRequest, read: bytes | None, whole: bytes | None) -> Answer:
        connection = await self._connector.connect(self._there, [], _TIMEOUT)
        sending = None
        try:
            protocol = connection.protocol
            assert protocol is not None
            protocol.set_response_params(
                skip_payload=request.method == hdrs.METH_HEAD,
                read_until_eof=True,
                auto_decompress=False,
                read_bufsize=BUFFER_BYTES,
                max_line_size=HEAD_LIMIT_BYTES,
                max_field_size=HEAD_LIMIT_BYTES,
            )
            headers = end_to_end(request.headers)
            if hdrs.HOST not in headers:
                headers[hdrs.HOST] = self._host
            writer = StreamWriter(protocol, self._loop)
            if request.body_exists and hdrs.CONTENT_LENGTH not in headers:
                headers[hdrs.TRANSFER_ENCODING] = "chunked"
                writer.enable_chunking()
            await writer.write_headers(f"{request.method} {request.raw_path} HTTP/1.1", headers)
            asked = None
            if whole is not None:
                await writer.write_eof(whole)
            else:
                if read is None and expects(request):
                    asked = asyncio.Event()
                    writer.send_headers()
                sending = self._loop.create_task(_send_body(request, read, asked, writer, connection))
            head, content = await protocol.read()
            while 100 <= head.code < 200 and head.code != 101:
                if asked is not None:
                    asked.set()
                head, content = await protocol.read()
        except BaseException:
            _end(connection, sending, broken=True)
            raise
        return Answer(head, content, connection, sending)


def _end(connection: aiohttp.connector.Connection, sending: asyncio.Task[None] | None, *, broken: bool = False) -> None:
    if sending is not None and not sending.done():
        sending.cancel()
        broken = True
    if broken:
        connection.close()
    else:
        # Closes it too where the answer is not over.
        connection.release()


def _whole_body(request: web.BaseRequest, read: bytes | None) -> bytes | None:
    """The body where all of it is here already and small, None where it has to be streamed."""
    if not request.body_exists:
        return b""
    content = request.content
    if read is not None:
        return read if content.at_eof() and len(read) <= _SMALL_BYTES else None
    if content.is_eof() and content.total_bytes <= _SMALL_BYTES and not expects(request):
        return content.read_nowait()
    return None


async def _send_body(
    request: web.BaseRequest,
    read: bytes | None,
    asked: asyncio.Event | None,
    writer: StreamWriter,
    connection: aiohttp.connector.Connection,
) -> None:
    """Send the body as it arrives, once the service has asked for it."""
    try:
        if asked is not None:
            await asked.wait()
            await invite(request)
        if read:
            await writer.write(read)
        while chunk := await request.content.readany():
            await writer.write(chunk)
        await writer.write_eof()
    except Exception as error:  # noqa: BLE001 - whoever waits for the answer learns of it
        if connection.protocol is not None:
            failed = aiohttp.ClientConnectionError(f"the body could not be passed on: {error!r}")
            connection.protocol.set_exception(failed, error)
