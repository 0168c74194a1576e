"""What passing through costs: `python -m chaos.proxy.bench`.

Compares the way through the proxy with the direct way to the same service, in turns in the same run, over
loopback: the time that one request gains, requests a second with 8 clients, and how fast a 100 MB body goes up and
down. The service is a plain one of bench_peers.py, or with `--registry` a registry that is running already, which
is then pushed to. Takes about half a minute and stops by itself.
"""

from __future__ import annotations

import asyncio
import hashlib
import http.client
import multiprocessing
import statistics
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path

import click
import msgspec
from yarl import URL

from chaos.proxy.bench_peers import BODY_BYTES, Client, Peer, Service, Unexpected, Way, blocks
from chaos.proxy.rules import CallerMatch, Error, Match, Rule
from chaos.proxy.service import Address, Route, serving

CLIENTS = 8
_LOOPBACK = "127.0.0.1"
_START_TIMEOUT_S = 20.0
_AIMS = "aims: 0.31 ms added to a request, 5,700 requests/s with 8 clients, 845 MB/s for a 100 MB body"


@dataclass
class Samples:
    """Of one way: seconds of each request, requests a second, seconds of each body up and down."""

    requests_s: list[float] = field(default_factory=list)
    rates: list[float] = field(default_factory=list)
    uploads_s: list[float] = field(default_factory=list)
    downloads_s: list[float] = field(default_factory=list)


@dataclass(frozen=True)
class Subject:
    """The service to be reached: what to ask it, and how to send it a body."""

    small: str
    big: str | None
    upload_to: Callable[[Way], str]


async def _serve(port: Connection) -> None:
    server = await asyncio.get_running_loop().create_server(Service, _LOOPBACK, 0)
    port.send((server.sockets[0].getsockname()[1],))
    await server.serve_forever()


async def _proxy(ports: Connection, upstream: str) -> None:
    routes = [Route("registry", Address(_LOOPBACK, 0), upstream)]
    async with serving(routes, Address(_LOOPBACK, 0), keep_hits=1000) as listening:
        ports.send((listening.routes[0], listening.admin))
        await asyncio.get_running_loop().create_future()


def run_service(port: Connection) -> None:
    """The plain service; says its port."""
    asyncio.run(_serve(port))


def run_proxy(ports: Connection, upstream: str) -> None:
    """The proxy; says its port and its admin port."""
    asyncio.run(_proxy(ports, upstream))


@contextmanager
def process(target: Callable[..., None], *arguments: str) -> Iterator[tuple[tuple[int, ...], int]]:
    """`target` in a process of its own: the ports it listens on, and its process id."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=target, args=(theirs, *arguments), daemon=True)
    process.start()
    try:
        if not ours.poll(_START_TIMEOUT_S) or process.pid is None:
            raise click.ClickException(f"{target.__name__} did not start within {_START_TIMEOUT_S:g} s")
        yield ours.recv(), process.pid
    finally:
        process.terminate()
        process.join()


def _get(way: Way, path: str) -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: {way.host}:{way.port}\r\nUser-Agent: bench\r\n\r\n".encode()


async def _rate(way: Way, request: bytes, answer_bytes: int, seconds: float) -> float:
    """Requests a second with CLIENTS connections."""
    loop = asyncio.get_running_loop()
    started = time.perf_counter()
    connections = [
        await loop.create_connection(lambda: Client(request, answer_bytes), way.host, way.port) for _ in range(CLIENTS)
    ]
    done = asyncio.Event()
    loop.call_later(seconds, done.set)
    await done.wait()
    elapsed = time.perf_counter() - started
    for transport, _ in connections:
        transport.close()
    return sum(client.answers for _, client in connections) / elapsed


def measure(ways: list[Way], subject: Subject, *, rounds: int, requests: int, rate_s: float) -> dict[str, Samples]:
    """All ways in turns, `rounds` times, so that what else the machine does hits them alike."""
    samples = {way.name: Samples() for way in ways}
    for _ in range(rounds):
        for way in ways:
            _measure_once(way, subject, samples[way.name], requests, rate_s)
    return samples


def _measure_once(way: Way, subject: Subject, into: Samples, requests: int, rate_s: float) -> None:
    small = _get(way, subject.small)
    with Peer(way) as peer:
        size = peer.answer_bytes(small)
        into.requests_s += [peer.seconds(small, size) for _ in range(requests)]
    into.rates.append(asyncio.run(_rate(way, small, size, rate_s)))
    with Peer(way) as peer:
        into.uploads_s.append(peer.upload_seconds(subject.upload_to(way).encode()))
        if subject.big is not None:
            started = time.perf_counter()
            peer.answer_bytes(_get(way, subject.big))
            into.downloads_s.append(time.perf_counter() - started)


def _plain_upload(way: Way) -> str:
    return f"PUT /sink HTTP/1.1\r\nHost: {way.host}:{way.port}\r\nContent-Length: {BODY_BYTES}\r\n\r\n"


def _blob_upload(repository: str, digest: str) -> Callable[[Way], str]:
    def start(way: Way) -> str:
        connection = http.client.HTTPConnection(way.host, way.port, timeout=30)
        connection.request("POST", f"/v2/{repository}/blobs/uploads/")
        answer = connection.getresponse()
        location = URL(answer.headers["Location"] or "", encoded=True)
        connection.close()
        if answer.status != 202:
            raise click.ClickException(f"the registry refused the upload: {answer.status}")
        return (
            f"PUT {location.raw_path_qs}&digest={digest} HTTP/1.1\r\nHost: {way.host}:{way.port}\r\n"
            f"Content-Type: application/octet-stream\r\nContent-Length: {BODY_BYTES}\r\n\r\n"
        )

    return start


def _digest() -> str:
    sha = hashlib.sha256()
    for block in blocks():
        sha.update(block)
    return f"sha256:{sha.hexdigest()}"


def _put_idle_rule(admin: int) -> None:
    """A rule that is looked at for every request and matches none."""
    rule = Rule(
        owner="bench",
        ttl_s=600,
        match=Match(service="registry", repository="no/such/*", caller=CallerMatch(ip="192.0.2.0/24")),
        fault=Error(status=429, style="registry-bare"),
    )
    url = f"http://{_LOOPBACK}:{admin}/rules/bench"
    with urllib.request.urlopen(urllib.request.Request(url, msgspec.json.encode(rule), method="PUT"), timeout=5):
        return


def _resident_mb(pid: int) -> float:
    """Memory of a process, in MB of 10^6 bytes; 0 where the system does not tell."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) * 1024 / 1e6 for line in status.splitlines() if line.startswith("VmRSS")), 0.0)


def _quantile(values: list[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def _report(samples: dict[str, Samples]) -> Iterator[str]:
    direct = samples["direct"].requests_s
    columns = ("median ms", "p95 ms", "added ms", "added p95", "requests/s", "up MB/s", "down MB/s")
    yield f"{'way':<16}" + "".join(f"{column:>12}" for column in columns)
    for name, of in samples.items():
        median, p95 = statistics.median(of.requests_s), _quantile(of.requests_s, 0.95)
        figures = (
            f"{median * 1000:.3f}",
            f"{p95 * 1000:.3f}",
            f"{(median - statistics.median(direct)) * 1000:.3f}",
            f"{(p95 - _quantile(direct, 0.95)) * 1000:.3f}",
            f"{statistics.median(of.rates):.0f}",
            _megabytes_a_second(of.uploads_s),
            _megabytes_a_second(of.downloads_s),
        )
        yield f"{name:<16}" + "".join(f"{figure:>12}" for figure in figures)


def _megabytes_a_second(bodies_s: list[float]) -> str:
    return f"{BODY_BYTES / 1e6 / statistics.median(bodies_s):.0f}" if bodies_s else "-"


def _registry(url: str) -> tuple[Way, Subject]:
    parsed = URL(url)
    if parsed.scheme != "http" or parsed.host not in ("localhost", _LOOPBACK) or parsed.port is None:
        raise click.BadParameter(f"{url!r} is not http://127.0.0.1:PORT; only this machine is measured")
    return Way("direct", parsed.host, parsed.port), Subject("/v2/", None, _blob_upload("bench/proxy", _digest()))


def costs(registry: str | None, *, rounds: int, requests: int, rate_s: float) -> tuple[dict[str, Samples], float]:
    """Samples of the ways "direct", "proxy" and "proxy, 1 rule", and the proxy's memory in MB afterwards.

    Raises OSError, and Unexpected for an answer that cannot be measured.
    """
    with ExitStack() as stack:
        if registry:
            direct, subject = _registry(registry)
        else:
            (port,), _ = stack.enter_context(process(run_service))
            direct, subject = Way("direct", _LOOPBACK, port), Subject("/small", "/big", _plain_upload)
        upstream = f"http://{direct.host}:{direct.port}"
        (bare, _), bare_pid = stack.enter_context(process(run_proxy, upstream))
        (ruled, admin), _ = stack.enter_context(process(run_proxy, upstream))
        _put_idle_rule(admin)
        ways = [direct, Way("proxy", _LOOPBACK, bare), Way("proxy, 1 rule", _LOOPBACK, ruled)]
        samples = measure(ways, subject, rounds=rounds, requests=requests, rate_s=rate_s)
        return samples, _resident_mb(bare_pid)


@click.command()
@click.option("--registry", metavar="URL", help="A registry on this machine; 100 MB is pushed to it.")
@click.option("--rounds", default=5, show_default=True, type=click.IntRange(1, 100))
@click.option("--requests", default=400, show_default=True, type=click.IntRange(10, 100_000), help="in each round")
@click.option("--rate-s", default=1.0, show_default=True, type=click.FloatRange(0.1, 60), help="in each round")
def main(registry: str | None, rounds: int, requests: int, rate_s: float) -> None:
    """What passing through the fault proxy costs, beside the direct way."""
    try:
        samples, memory_mb = costs(registry, rounds=rounds, requests=requests, rate_s=rate_s)
    except (OSError, Unexpected) as error:
        raise click.ClickException(str(error)) from error
    for line in _report(samples):
        click.echo(line)
    click.echo(f"memory of the proxy: {memory_mb:.0f} MB; {_AIMS}")


if __name__ == "__main__":
    main()
