"""How many polls a second, on loopback: our client beside a plain httpx loop.

    python benchmarks/feeds/http_client.py [--hosts 1000] [--feeds 3] [--together 100] [--size 20000]

A server in a process of its own plays ``hosts`` hosts (127.0.x.y) of ``feeds`` feeds each, and answers
with a gzipped document of ``size`` bytes, or with 304 to whoever sends an etag. Each client polls every
feed twice, first for 200 and then for 304, so many at the same time, without spacing. Each runs in a
process of its own.

Prints polls a second by the clock and by the client's CPU, the event loop's worst lag in milliseconds,
and the memory that the polls added, each with the ratio to httpx where there is one.
"""

from __future__ import annotations

import argparse
import asyncio
import gzip
import json
import random
import resource
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from ipaddress import ip_network
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HEARTBEAT = 0.002  # seconds between two looks at the loop's lag
PATIENCE = 600  # seconds that a client may take for everything

Poll = Callable[[str, "str | None"], Awaitable[tuple[int, int]]]
"""Asks an address with an etag or none; the status, and the bytes of the body."""


# ── the server ───────────────────────────────────────────────────────────────────────────────────


class Feeds(asyncio.Protocol):
    """As little of HTTP as clients need, so that the server is not what is measured."""

    def __init__(self, document: bytes) -> None:
        packed = gzip.compress(document)
        self.full = (
            b"HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml\r\nContent-Encoding: gzip\r\n"
            b'ETag: "1"\r\nCache-Control: max-age=60\r\nContent-Length: %d\r\n\r\n' % len(packed)
        ) + packed
        self.same = b'HTTP/1.1 304 Not Modified\r\nETag: "1"\r\n\r\n'
        self.rest = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        *requests, self.rest = (self.rest + data).split(b"\r\n\r\n")
        for request in requests:
            same = b"if-none-match" in request.lower()
            self.transport.write(self.same if same else self.full)  # type: ignore[attr-defined]


async def serve(size: int) -> None:
    words = [f"word{n}" for n in range(2000)]
    document = " ".join(random.Random(1).choices(words, k=size // 6)).encode()[:size]
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Feeds(document), "0.0.0.0", 0, backlog=4096)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


# ── the clients ──────────────────────────────────────────────────────────────────────────────────


async def with_tocsin(measure: Callable[[Poll], Awaitable[None]], together: int) -> None:
    from watchers.fetching.fetched import Validators
    from watchers.fetching.http import HttpClient
    from watchers.fetching.http_options import HttpOptions
    from watchers.fetching.politeness import Pace
    from watchers.fetching.proxies import Proxies

    options = HttpOptions(
        allow_networks=(ip_network("127.0.0.0/8"),),
        pace=Pace(per_host=1, spacing=0.0, connections=together),
    )
    async with HttpClient(options, proxies=Proxies({})) as client:

        async def poll(url: str, etag: str | None) -> tuple[int, int]:
            got = await client(url, validators=Validators(etag=etag))
            return (304 if got.not_modified else 200), len(got.body)

        await measure(poll)


async def with_httpx(measure: Callable[[Poll], Awaitable[None]], together: int) -> None:
    import httpx

    limits = httpx.Limits(max_connections=together, max_keepalive_connections=together)
    async with httpx.AsyncClient(limits=limits, timeout=20, trust_env=False) as client:

        async def poll(url: str, etag: str | None) -> tuple[int, int]:
            got = await client.get(url, headers={"If-None-Match": etag} if etag else {})
            return got.status_code, len(got.content)

        await measure(poll)


CLIENTS = {"tocsin": with_tocsin, "httpx": with_httpx}


async def run(name: str, port: int, arguments: argparse.Namespace) -> dict[str, dict[str, float]]:
    results: dict[str, dict[str, float]] = {}

    async def measure(poll: Poll) -> None:
        await poll(f"http://127.200.0.1:{port}/warm", None)
        for status, etag in ((200, None), (304, '"1"')):
            before = memory()
            lag = Lag()
            clock, cpu = time.perf_counter(), time.process_time()
            await everything(poll, port, arguments, status, etag)
            seconds, cpu = time.perf_counter() - clock, time.process_time() - cpu
            polls = arguments.hosts * arguments.feeds
            results[str(status)] = {
                "polls/s": polls / seconds,
                "polls/CPU-s": polls / cpu,
                "worst lag ms": await lag.stop() * 1000,
                "+RSS MB": (memory() - before) / 1024,
            }

    await CLIENTS[name](measure, arguments.together)
    return results


async def everything(
    poll: Poll, port: int, arguments: argparse.Namespace, status: int, etag: str | None
) -> None:
    """Every feed of every host once, ``together`` at the same time, hosts in turn."""
    addresses = iter(
        [
            f"http://127.0.{host // 250}.{host % 250 + 1}:{port}/{feed}.xml"
            for feed in range(arguments.feeds)
            for host in range(arguments.hosts)
        ]
    )
    expected = arguments.size if status == 200 else 0

    async def worker() -> None:
        for address in addresses:
            found, length = await poll(address, etag)
            if found != status or length != expected:
                raise SystemExit(f"{address}: {found} with {length} bytes, not {status}")

    await asyncio.gather(*(worker() for _ in range(arguments.together)))


class Lag:
    """The longest that the loop kept a heartbeat waiting."""

    def __init__(self) -> None:
        self.worst = 0.0
        self.task = asyncio.create_task(self._beat())

    async def _beat(self) -> None:
        while True:
            expected = time.perf_counter() + HEARTBEAT
            await asyncio.sleep(HEARTBEAT)
            self.worst = max(self.worst, time.perf_counter() - expected)

    async def stop(self) -> float:
        self.task.cancel()
        with suppress(asyncio.CancelledError):
            await self.task
        return self.worst


def memory() -> int:
    """Peak kilobytes so far."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak // 1024 if sys.platform == "darwin" else peak


# ── the table ────────────────────────────────────────────────────────────────────────────────────


def read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--hosts", type=int, default=1000)
    parser.add_argument("--feeds", type=int, default=3)
    parser.add_argument("--together", type=int, default=100)
    parser.add_argument("--size", type=int, default=20_000)
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--client", choices=CLIENTS, help=argparse.SUPPRESS)
    parser.add_argument("--port", type=int, help=argparse.SUPPRESS)
    return parser.parse_args()


def main() -> None:
    arguments = read_arguments()
    sys.path.insert(0, str(ROOT))
    if arguments.serve:
        with suppress(KeyboardInterrupt):
            asyncio.run(serve(arguments.size))
        return
    if arguments.client:
        print(json.dumps(asyncio.run(run(arguments.client, arguments.port, arguments))))
        return
    me = [sys.executable, str(Path(__file__)), *sys.argv[1:]]
    server = subprocess.Popen([*me, "--serve"], stdout=subprocess.PIPE, text=True)
    try:
        port = int(server.stdout.readline())  # type: ignore[union-attr]
        found: dict[str, dict[str, dict[str, float]]] = {}
        for name in CLIENTS:
            command = [*me, "--client", name, "--port", str(port)]
            done = subprocess.run(command, stdout=subprocess.PIPE, timeout=PATIENCE, check=False)
            if done.returncode:
                print(f"{name}: left out, it did not run to its end", file=sys.stderr)
                continue
            found[name] = json.loads(done.stdout)
    finally:
        server.terminate()
        server.wait()
    show(found, arguments)


def show(found: dict[str, dict[str, dict[str, float]]], arguments: argparse.Namespace) -> None:
    print(
        f"{arguments.hosts:,} hosts x {arguments.feeds} feeds of {arguments.size:,} bytes, gzipped;",
        end=" ",
    )
    print(f"{arguments.together} at the same time")
    columns = ("polls/s", "polls/CPU-s", "worst lag ms", "+RSS MB")
    print(
        f"{'answer':<8}{'client':<10}"
        + "".join(f"{name:>14}" for name in columns)
        + f"{'x httpx (CPU)':>16}"
    )
    for status in ("200", "304"):
        peer = found.get("httpx", {}).get(status, {}).get("polls/CPU-s")
        for name, results in found.items():
            row = results[status]
            ratio = f"{row['polls/CPU-s'] / peer:.1f}" if peer else "-"
            print(
                f"{status:<8}{name:<10}"
                + "".join(f"{row[column]:>14,.1f}" for column in columns)
                + f"{ratio:>16}"
            )


if __name__ == "__main__":
    main()
