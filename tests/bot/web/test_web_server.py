import asyncio
import io
from contextlib import asynccontextmanager

import aiohttp
import pytest
from aiohttp import web

from bot.errors import SettingsError
from bot.web.server import MAX_REQUEST_BYTES, Health, Route, WebServer


@asynccontextmanager
async def serving(*routes):
    stop = asyncio.Event()
    server = WebServer("127.0.0.1", 0, routes)
    listening = asyncio.ensure_future(server.run(stop))
    await server.listening.wait()
    try:
        async with aiohttp.ClientSession(f"http://127.0.0.1:{server.port}") as client:
            yield client
    finally:
        stop.set()
        await listening


async def test_a_process_that_lives_says_so(database):
    health = Health(database)
    async with serving(Route("GET", "/healthz", health.healthz)) as client:
        answer = await client.get("/healthz")
        assert (answer.status, await answer.json()) == (200, {"status": "ok"})


async def test_ready_means_that_the_database_answers_with_this_schema(database):
    health = Health(database)
    async with serving(Route("GET", "/readyz", health.readyz)) as client:
        assert (await client.get("/readyz")).status == 200
        async with database.writing() as connection:
            await connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0000'")
        answer = await client.get("/readyz")
        assert answer.status == 503
        assert "schema 0000" in (await answer.json())["why"]


async def test_a_check_that_fails_is_not_ready_but_alive(database):
    reasons: list[str | None] = [None]
    health = Health(database, [lambda: reasons[-1]])
    routes = (Route("GET", "/readyz", health.readyz), Route("GET", "/healthz", health.healthz))
    async with serving(*routes) as client:
        assert (await client.get("/readyz")).status == 200
        reasons.append("ingest failed 3 times in a row: RuntimeError: disk")
        answer = await client.get("/readyz")
        assert answer.status == 503
        assert (await answer.json())["why"] == reasons[-1]
        assert (await client.get("/healthz")).status == 200


async def test_a_fault_of_ours_ends_one_answer_and_tells_nothing(database):
    async def broken(_request):
        raise RuntimeError("secret")

    async with serving(Route("GET", "/broken", broken)) as client:
        for _ in range(2):
            answer = await client.get("/broken")
            assert answer.status == 500
            assert "secret" not in await answer.text()


async def test_answers_give_browsers_nothing_to_misuse(database):
    async with serving(Route("GET", "/healthz", Health(database).healthz)) as client:
        for path in ("/healthz", "/nowhere"):
            headers = (await client.get(path)).headers
            assert headers["X-Content-Type-Options"] == "nosniff"
            assert "default-src 'none'" in headers["Content-Security-Policy"]
            assert headers["Server"] == "Tocsin"


async def test_a_request_that_is_too_large_is_refused(database):
    async def swallow(request):
        return web.Response(text=str(len(await request.read())))

    async with serving(Route("POST", "/in", swallow)) as client:
        assert (await client.post("/in", data=io.BytesIO(b"x" * 1_000))).status == 200
        assert (
            await client.post("/in", data=io.BytesIO(b"x" * (MAX_REQUEST_BYTES + 1)))
        ).status == 413


async def test_a_port_in_use_is_a_clear_line():
    async with serving() as client:
        port = client._base_url.port
        with pytest.raises(SettingsError, match=f"WEB_PORT: cannot listen on 127.0.0.1:{port}"):
            await WebServer("127.0.0.1", port, ()).run(asyncio.Event())
