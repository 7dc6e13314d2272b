"""A web server on any loopback address that sends exactly the bytes that a test specifies."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from ipaddress import ip_network

from watchers.fetching.client import HttpClient
from watchers.fetching.host_throttle import ThrottleOptions
from watchers.fetching.lazy_client import HttpOptions
from watchers.fetching.proxies import Proxies

LOOPBACK = (ip_network("127.0.0.0/8"),)
NO_SPACING = ThrottleOptions(spacing_seconds=0.0)


@dataclass
class Request:
    """A request: the first line, the headers (lower-case names) and the body."""

    line: str
    headers: dict[str, str]
    body: bytes = b""

    @property
    def path(self) -> str:
        return self.line.split(" ")[1]


Responder = Callable[[Request, asyncio.StreamWriter], Awaitable[None]]


@dataclass
class Server:
    """A running server with its address and the requests that it received."""

    host: str
    port: int
    requests: list[Request] = field(default_factory=list)
    connections: int = 0
    # Set when a client closed its connection.
    disconnected: asyncio.Event = field(default_factory=asyncio.Event)

    def url(self, path: str = "/", host: str | None = None) -> str:
        return f"http://{host or self.host}:{self.port}{path}"


@asynccontextmanager
async def serving(
    response: Responder | bytes, host: str = "127.0.0.1", port: int = 0, ssl: object = None
) -> AsyncIterator[Server]:
    """Send ``response`` to every request: fixed bytes, or the output of a coroutine."""
    tasks: set[asyncio.Task[None]] = set()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        server.connections += 1
        try:
            while request := await _read(reader):
                server.requests.append(request)
                if isinstance(response, bytes):
                    writer.write(response)
                else:
                    await response(request, writer)
                await writer.drain()
                if writer.is_closing() or isinstance(response, bytes):
                    break
        except (OSError, asyncio.IncompleteReadError):
            pass
        except asyncio.CancelledError:
            pass
        finally:
            server.disconnected.set()
            writer.transport.abort()
            tasks.discard(task)

    listening = await asyncio.start_server(handle, host, port, ssl=ssl)
    server = Server(host, listening.sockets[0].getsockname()[1])
    try:
        yield server
    finally:
        listening.close()
        for task in list(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        with suppress(TimeoutError):
            await asyncio.wait_for(listening.wait_closed(), 1)


async def _read(reader: asyncio.StreamReader) -> Request | None:
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    except (asyncio.IncompleteReadError, OSError):
        return None
    line, *lines = head.strip().split("\r\n")
    headers = {
        name.strip().lower(): value.strip()
        for name, _, value in (entry.partition(":") for entry in lines)
    }
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    return Request(line, headers, body)


def ok(body: bytes = b"hello", *headers: str, status: str = "200 OK") -> bytes:
    """Return a complete, well-formed response."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close", *headers]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


def redirect(location: str, status: str = "302 Found", *headers: str) -> bytes:
    return ok(b"", f"Location: {location}", *headers, status=status)


def by_path(**responses: bytes) -> Responder:
    """Select the response by the first part of the path: ``by_path(feed=ok())`` serves /feed."""

    async def respond(request: Request, writer: asyncio.StreamWriter) -> None:
        name = request.path.strip("/").partition("?")[0].partition("/")[0] or "root"
        writer.write(responses.get(name, ok(b"", status="404 Not Found")))
        writer.close()

    return respond


def client(
    timeout: float = 10.0, allow=LOOPBACK, pace: ThrottleOptions = NO_SPACING, **arguments
) -> HttpClient:
    """Return a client that may reach loopback, without spacing and without proxies."""
    arguments.setdefault("proxies", Proxies({}))
    options = HttpOptions(
        contact="https://bot.example",
        allow_networks=tuple(allow),
        timeout_seconds=timeout,
        throttle=pace,
    )
    return HttpClient(options, **arguments)
