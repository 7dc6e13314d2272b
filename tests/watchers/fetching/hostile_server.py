"""A web server that says exactly what a test wants, byte by byte, on any loopback address."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from ipaddress import ip_network

from watchers.fetching.http import HttpClient
from watchers.fetching.http_options import HttpOptions
from watchers.fetching.politeness import Pace
from watchers.fetching.proxies import Proxies

LOOPBACK = (ip_network("127.0.0.0/8"),)
NO_WAIT = Pace(spacing=0.0)


@dataclass
class Request:
    """What a client sent: the first line, the headers (lower case), the body."""

    line: str
    headers: dict[str, str]
    body: bytes = b""

    @property
    def path(self) -> str:
        return self.line.split(" ")[1]


Answer = Callable[[Request, asyncio.StreamWriter], Awaitable[None]]


@dataclass
class Server:
    """A running server: where it is, what it was asked."""

    host: str
    port: int
    requests: list[Request] = field(default_factory=list)
    connections: int = 0
    gone: asyncio.Event = field(default_factory=asyncio.Event)  # a client hung up

    def url(self, path: str = "/", host: str | None = None) -> str:
        return f"http://{host or self.host}:{self.port}{path}"


@asynccontextmanager
async def serving(
    answer: Answer | bytes, host: str = "127.0.0.1", port: int = 0, ssl: object = None
) -> AsyncIterator[Server]:
    """Serve ``answer`` to every request: bytes, or whatever a coroutine writes."""
    tasks: set[asyncio.Task[None]] = set()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        server.connections += 1
        try:
            while request := await _read(reader):
                server.requests.append(request)
                if isinstance(answer, bytes):
                    writer.write(answer)
                else:
                    await answer(request, writer)
                await writer.drain()
                if writer.is_closing() or isinstance(answer, bytes):
                    break
        except (OSError, asyncio.IncompleteReadError):
            pass
        except asyncio.CancelledError:
            pass
        finally:
            server.gone.set()
            writer.transport.abort()
            tasks.discard(task)

    listening = await asyncio.start_server(talk, host, port, ssl=ssl)
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
    """A whole answer that is well formed."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close", *headers]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


def redirect(to: str, status: str = "302 Found", *headers: str) -> bytes:
    return ok(b"", f"Location: {to}", *headers, status=status)


def by_path(**answers: bytes) -> Answer:
    """Answers by the path's first word: ``by_path(feed=ok())`` serves /feed."""

    async def answer(request: Request, writer: asyncio.StreamWriter) -> None:
        name = request.path.strip("/").partition("?")[0].partition("/")[0] or "root"
        writer.write(answers.get(name, ok(b"", status="404 Not Found")))
        writer.close()

    return answer


def client(total: float = 10.0, allow=LOOPBACK, pace: Pace = NO_WAIT, **arguments) -> HttpClient:
    """A client that may reach loopback, waits for nobody and knows no proxy."""
    arguments.setdefault("proxies", Proxies({}))
    options = HttpOptions(
        contact="https://bot.example", allow_networks=tuple(allow), total=total, pace=pace
    )
    return HttpClient(options, **arguments)
