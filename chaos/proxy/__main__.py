"""`python -m chaos.proxy --route aws :80 http://aws.internal:5000 --admin :8080`."""

from __future__ import annotations

import asyncio
import gc
import logging
import signal

import click
from yarl import URL

from chaos.proxy.service import Address, Route, serving


def address(text: str) -> Address:
    """`host:port`; without a host, all interfaces. Raises click.BadParameter."""
    host, colon, port = text.rpartition(":")
    if not colon or not port.isdigit() or int(port) > 65535:
        raise click.BadParameter(f"{text!r} is not [HOST]:PORT")
    return Address(host.strip("[]") or "0.0.0.0", int(port))


def route(kind: str, listen: str, upstream: str) -> Route:
    """A route as it is written on the command line. Raises click.BadParameter."""
    url = URL(upstream)
    if url.scheme != "http" or not url.host or url.path not in ("", "/") or url.query_string:
        raise click.BadParameter(f"{upstream!r} is not http://HOST[:PORT]")
    match kind:
        case "aws" | "registry":
            return Route(kind, address(listen), upstream)
        case _:
            raise click.BadParameter(f"{kind!r}: there are aws and registry")


@click.command()
@click.option(
    "routes",
    "--route",
    nargs=3,
    multiple=True,
    required=True,
    metavar="KIND [HOST]:PORT URL",
    help="Kind (aws, registry), where callers come, where the service is. Once for each service.",
)
@click.option("--admin", required=True, metavar="[HOST]:PORT", help="Where rules are put.")
@click.option("--keep-hits", default=50_000, show_default=True, type=click.IntRange(1, 1_000_000))
def main(routes: tuple[tuple[str, str, str], ...], admin: str, keep_hits: int) -> None:
    """A transparent HTTP proxy before the AWS API and the registry that can be told to misbehave."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    asyncio.run(_serve([route(*written) for written in routes], address(admin), keep_hits))


async def _serve(routes: list[Route], admin: Address, keep_hits: int) -> None:
    stop = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    # What was imported lives as long as the process: no need to look at it at every collection.
    gc.freeze()
    try:
        async with serving(routes, admin, keep_hits=keep_hits) as ports:
            click.echo(f"ready: routes on {', '.join(map(str, ports.routes))}, admin on {ports.admin}")
            await stop.wait()
    except OSError as error:
        raise click.ClickException(f"cannot listen: {error}") from error


if __name__ == "__main__":
    main()
