"""Compare the HTTP client with a plain httpx loop: polls per second on loopback.

    python benchmarks/feeds/http_client.py [--hosts 1000] [--feeds 3] [--concurrency 100] [--size 20000]

A server process serves ``hosts`` hosts (127.0.x.y) with ``feeds`` feeds each. It answers with a gzipped
document of ``size`` bytes, or with 304 to a request with an etag. Each client runs in its own process and polls
every feed twice, first for 200 and then for 304, with ``concurrency`` requests at a time and without spacing.

The script prints polls per second of wall time and of CPU time, the longest delay of the event loop in
milliseconds, the added memory, and the ratio to httpx.
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
HEARTBEAT_SECONDS = 0.002
CLIENT_TIMEOUT_SECONDS = 600

Poll = Callable[[str, "str | None"], Awaitable[tuple[int, int]]]
"""Requests a URL with an optional etag and returns the status and the size of the body."""


# ── the server ───────────────────────────────────────────────────────────────────────────────────


class FeedServerProtocol(asyncio.Protocol):
    """A minimal HTTP server, so that the server does not limit the result."""

    def __init__(self, document: bytes) -> None:
        compressed = gzip.compress(document)
        self.document_response = (
            b"HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml\r\nContent-Encoding: gzip\r\n"
            b'ETag: "1"\r\nCache-Control: max-age=60\r\nContent-Length: %d\r\n\r\n'
            % len(compressed)
        ) + compressed
        self.not_modified_response = b'HTTP/1.1 304 Not Modified\r\nETag: "1"\r\n\r\n'
        self.buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        *requests, self.buffer = (self.buffer + data).split(b"\r\n\r\n")
        for request in requests:
            has_etag = b"if-none-match" in request.lower()
            response = self.not_modified_response if has_etag else self.document_response
            self.transport.write(response)  # type: ignore[attr-defined]


async def serve(size: int) -> None:
    words = [f"word{n}" for n in range(2000)]
    document = " ".join(random.Random(1).choices(words, k=size // 6)).encode()[:size]
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: FeedServerProtocol(document), "0.0.0.0", 0, backlog=4096
    )
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


# ── the clients ──────────────────────────────────────────────────────────────────────────────────


async def with_tocsin(measure: Callable[[Poll], Awaitable[None]], concurrency: int) -> None:
    from watchers.fetching.client import HttpClient, HttpOptions
    from watchers.fetching.host_throttle import ThrottleOptions
    from watchers.fetching.proxies import Proxies
    from watchers.fetching.result import Validators

    options = HttpOptions(
        allow_networks=(ip_network("127.0.0.0/8"),),
        throttle=ThrottleOptions(max_per_host=1, spacing_seconds=0.0, max_connections=concurrency),
    )
    async with HttpClient(options, proxies=Proxies({})) as client:

        async def poll(url: str, etag: str | None) -> tuple[int, int]:
            result = await client(url, validators=Validators(etag=etag))
            return (304 if result.not_modified else 200), len(result.body)

        await measure(poll)


async def with_httpx(measure: Callable[[Poll], Awaitable[None]], concurrency: int) -> None:
    import httpx

    limits = httpx.Limits(max_connections=concurrency, max_keepalive_connections=concurrency)
    async with httpx.AsyncClient(limits=limits, timeout=20, trust_env=False) as client:

        async def poll(url: str, etag: str | None) -> tuple[int, int]:
            response = await client.get(url, headers={"If-None-Match": etag} if etag else {})
            return response.status_code, len(response.content)

        await measure(poll)


CLIENTS = {"tocsin": with_tocsin, "httpx": with_httpx}


async def run(name: str, port: int, arguments: argparse.Namespace) -> dict[str, dict[str, float]]:
    results: dict[str, dict[str, float]] = {}

    async def measure(poll: Poll) -> None:
        await poll(f"http://127.200.0.1:{port}/warm", None)
        for status, etag in ((200, None), (304, '"1"')):
            before = peak_memory_kilobytes()
            heartbeat = Heartbeat()
            clock, cpu = time.perf_counter(), time.process_time()
            await poll_all(poll, port, arguments, status, etag)
            seconds, cpu = time.perf_counter() - clock, time.process_time() - cpu
            polls = arguments.hosts * arguments.feeds
            results[str(status)] = {
                "polls/s": polls / seconds,
                "polls/CPU-s": polls / cpu,
                "max delay ms": await heartbeat.stop() * 1000,
                "+RSS MB": (peak_memory_kilobytes() - before) / 1024,
            }

    await CLIENTS[name](measure, arguments.concurrency)
    return results


async def poll_all(
    poll: Poll, port: int, arguments: argparse.Namespace, status: int, etag: str | None
) -> None:
    """Poll every feed once, in an order that alternates between the hosts."""
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
            actual_status, length = await poll(address, etag)
            if actual_status != status or length != expected:
                raise SystemExit(f"{address}: {actual_status} with {length} bytes, not {status}")

    await asyncio.gather(*(worker() for _ in range(arguments.concurrency)))


class Heartbeat:
    """A task that measures the longest delay of the event loop."""

    def __init__(self) -> None:
        self.worst = 0.0
        self.task = asyncio.create_task(self._beat())

    async def _beat(self) -> None:
        while True:
            expected = time.perf_counter() + HEARTBEAT_SECONDS
            await asyncio.sleep(HEARTBEAT_SECONDS)
            self.worst = max(self.worst, time.perf_counter() - expected)

    async def stop(self) -> float:
        self.task.cancel()
        with suppress(asyncio.CancelledError):
            await self.task
        return self.worst


def peak_memory_kilobytes() -> int:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    # macOS reports bytes.
    return peak // 1024 if sys.platform == "darwin" else peak


# ── the table ────────────────────────────────────────────────────────────────────────────────────


def read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--hosts", type=int, default=1000)
    parser.add_argument("--feeds", type=int, default=3)
    parser.add_argument("--concurrency", type=int, default=100)
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
    this_script = [sys.executable, str(Path(__file__)), *sys.argv[1:]]
    server = subprocess.Popen([*this_script, "--serve"], stdout=subprocess.PIPE, text=True)
    try:
        port = int(server.stdout.readline())  # type: ignore[union-attr]
        results: dict[str, dict[str, dict[str, float]]] = {}
        for name in CLIENTS:
            command = [*this_script, "--client", name, "--port", str(port)]
            completed = subprocess.run(
                command, stdout=subprocess.PIPE, timeout=CLIENT_TIMEOUT_SECONDS, check=False
            )
            if completed.returncode:
                print(f"{name}: skipped, because the client failed", file=sys.stderr)
                continue
            results[name] = json.loads(completed.stdout)
    finally:
        server.terminate()
        server.wait()
    print_table(results, arguments)


def print_table(
    results: dict[str, dict[str, dict[str, float]]], arguments: argparse.Namespace
) -> None:
    print(
        f"{arguments.hosts:,} hosts x {arguments.feeds} feeds of {arguments.size:,} bytes, gzipped;",
        end=" ",
    )
    print(f"{arguments.concurrency} concurrent requests")
    columns = ("polls/s", "polls/CPU-s", "max delay ms", "+RSS MB")
    print(
        f"{'status':<8}{'client':<10}"
        + "".join(f"{name:>14}" for name in columns)
        + f"{'x httpx (CPU)':>16}"
    )
    for status in ("200", "304"):
        peer = results.get("httpx", {}).get(status, {}).get("polls/CPU-s")
        for name, client_results in results.items():
            row = client_results[status]
            ratio = f"{row['polls/CPU-s'] / peer:.1f}" if peer else "-"
            print(
                f"{status:<8}{name:<10}"
                + "".join(f"{row[column]:>14,.1f}" for column in columns)
                + f"{ratio:>16}"
            )


if __name__ == "__main__":
    main()
