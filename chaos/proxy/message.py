"""What is the same for a request and an answer that are passed on: how much is kept of one, and which headers go on."""

from __future__ import annotations

from typing import Final

from aiohttp import hdrs, web
from multidict import CIMultiDict, CIMultiDictProxy

HEAD_LIMIT_BYTES = 64 * 1024
"""Longest request line and longest header passed on."""

BUFFER_BYTES = 1024 * 1024
"""Body bytes kept in memory for each direction of a request before the sender has to wait."""

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


def end_to_end(headers: CIMultiDictProxy[str]) -> CIMultiDict[str]:
    """A copy without the headers that are of the connection."""
    kept = headers.copy()
    if hdrs.CONNECTION in kept:
        for named in ",".join(kept.getall(hdrs.CONNECTION)).split(","):
            kept.popall(named.strip(), None)
    for name in _HOP_BY_HOP:
        if name in kept:
            kept.popall(name)
    return kept


def expects(request: web.BaseRequest) -> bool:
    """Whether the caller waits to be asked for the body."""
    return request.headers.get(hdrs.EXPECT, "").lower() == "100-continue"


async def invite(request: web.BaseRequest) -> None:
    """Ask the caller for the body."""
    await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
