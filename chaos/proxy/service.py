"""The sockets: a port for each service, and one for the admin API."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from aiohttp import web

from chaos.proxy.admin import Admin
from chaos.proxy.classify import Kind
from chaos.proxy.faulty import FaultyService
from chaos.proxy.hits import HitLog
from chaos.proxy.identity import Identities
from chaos.proxy.message import BUFFER_BYTES, HEAD_LIMIT_BYTES
from chaos.proxy.rulebook import Rulebook
from chaos.proxy.upstream import Upstream, new_connector

_STOP_WITHIN_S = 3.0


@dataclass(frozen=True)
class Address:
    """Where to listen. Port 0: any free one."""

    host: str
    port: int


@dataclass(frozen=True)
class Route:
    """One service: what kind it is, where callers reach it, and where it really is (scheme, host and port)."""

    kind: Kind
    listen: Address
    upstream: str


@dataclass(frozen=True)
class Ports:
    """The ports that are listened on: of the routes, in their order, and of the admin API."""

    routes: tuple[int, ...]
    admin: int


@asynccontextmanager
async def serving(routes: Sequence[Route], admin_at: Address, *, keep_hits: int) -> AsyncIterator[Ports]:
    """The proxy, listening. On the way out requests get a few seconds to end; those that rules hold go at once.

    Raises:
        OSError: an address cannot be listened on.
    """
    rulebook, hits, identities = Rulebook(time.monotonic), HitLog(keep_hits), Identities()
    admin = Admin(rulebook, hits)
    async with AsyncExitStack() as stack:
        connector = await stack.enter_async_context(new_connector())
        # Left in the opposite order: held requests go, the routes end them, and the streams tell of it before they end.
        admin_runner = web.AppRunner(admin.application(), access_log=None, shutdown_timeout=_STOP_WITHIN_S)
        admin_port = await _listen(stack, admin_runner, admin_at)
        stack.callback(admin.stop)
        ports = []
        for route in routes:
            service = FaultyService(
                route.kind,
                Upstream(route.upstream, connector),
                rulebook=rulebook,
                hits=hits,
                identities=identities,
            )
            runner = web.ServerRunner(
                web.Server(
                    service.handle,
                    handler_cancellation=True,
                    access_log=None,
                    auto_decompress=False,
                    read_bufsize=BUFFER_BYTES,
                    max_line_size=HEAD_LIMIT_BYTES,
                    max_field_size=HEAD_LIMIT_BYTES,
                ),
                shutdown_timeout=_STOP_WITHIN_S,
            )
            ports.append(await _listen(stack, runner, route.listen))
        stack.callback(rulebook.end_all)
        yield Ports(routes=tuple(ports), admin=admin_port)


async def _listen(stack: AsyncExitStack, runner: web.BaseRunner, address: Address) -> int:
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    site = web.TCPSite(runner, address.host, address.port, backlog=1024)
    await site.start()
    port: int = runner.addresses[0][1]
    return port
