import pytest

from bot.errors import SettingsError
from bot.ingest import Ingest
from bot.telemetry import NoTracer, Telemetry
from bot.tracing import OtelTracer, tracer_to
from tests.bot.conftest import brief
from tests.bot.feed_world import URL, Feeds
from tests.watchers.sources.made_feeds import rss
from watchers.errors import Refused
from watchers.isolation import Isolation


@pytest.fixture
def finished():
    """The spans that have ended, in that order: the SDK's own exporter keeps them."""
    pytest.importorskip("opentelemetry.sdk", reason="the extra tocsin[otel] is not installed")
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

    exporter = InMemorySpanExporter()
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    exporter.tracer = OtelTracer(provider)
    yield exporter
    provider.shutdown()


async def test_a_feeds_way_into_a_chat_is_seen_as_spans(world, finished):
    telemetry = Telemetry(tracer=finished.tracer)
    world.ingest = Ingest(world.database, world.matcher, world.clock, telemetry)
    world.sender = world.make_sender(telemetry=telemetry)
    await world.say('/subscribe source:"The Example"')
    async with Isolation() as isolation:
        feeds = Feeds(world, isolation, telemetry=telemetry)
        feeds.server.put(URL, rss((2, 1)))
        feed = await feeds.add()
        await feeds.ask(feed)
        finished.clear()
        feeds.server.put(URL, rss((3, 2, 1)))
        await feeds.ask(feed)
        await world.spread()
        await feeds.watch.close()
    ingest, poll, send = finished.get_finished_spans()
    assert [span.name for span in (ingest, poll, send)] == ["ingest", "poll", "send"]
    assert ingest.parent.span_id == poll.context.span_id
    assert send.context.trace_id != poll.context.trace_id  # the outbox lies between them
    assert dict(poll.attributes) == {"kind": "feed", "host": "example.org", "outcome": "news"}
    assert dict(ingest.attributes) == {"kind": "feed", "found": 1, "new": 1, "matches": 1}
    assert dict(send.attributes) == {"platform": "fake"}
    assert all(span.end_time >= span.start_time for span in (ingest, poll, send))


async def test_what_fails_is_marked_by_its_kind_and_its_words_stay_here(world, finished):
    world.sender = world.make_sender(telemetry=Telemetry(tracer=finished.tracer))
    world.chat.fail = lambda _ref, _card: Exception("https://api.example/botSECRET/send")
    await world.say("/subscribe sanctions")
    await world.find(brief("a"))
    await world.spread()
    (send,) = finished.get_finished_spans()
    assert send.status.status_code.name == "ERROR"
    assert send.attributes["error.type"] == "exception"
    assert "SECRET" not in send.to_json()


async def test_a_feed_that_refuses_is_a_poll_that_ended_so(world, finished):
    async with Isolation() as isolation:
        feeds = Feeds(world, isolation, telemetry=Telemetry(tracer=finished.tracer))
        feeds.server.fail(URL, Refused(503, "503: no", address=URL))
        await feeds.ask(await feeds.add())
        await feeds.watch.close()
    (poll,) = finished.get_finished_spans()
    assert poll.attributes["outcome"] == "refused"


async def test_work_that_is_over_has_the_length_it_had(finished):
    finished.tracer.took("fan-out", 1_000, rows=3)
    (span,) = finished.get_finished_spans()
    assert (span.name, span.start_time, dict(span.attributes)) == ("fan-out", 1_000, {"rows": 3})
    await finished.tracer.close()


def test_off_it_makes_nothing_at_all():
    tracer = NoTracer()
    assert tracer.span("poll", kind="feed") is tracer.span("send")
    with tracer.span("poll") as span:
        span.note(outcome="news")
    tracer.took("fan-out", 0)


def test_an_address_that_is_none_is_a_clear_line():
    for wrong in ("collector:4318", "grpc://collector", "http://"):
        with pytest.raises(SettingsError, match="TRACES_URL: it is no address such as"):
            tracer_to(wrong)


def test_without_the_extra_the_setting_says_what_to_install(monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "opentelemetry.exporter.otlp.proto.http.trace_exporter", None)
    with pytest.raises(SettingsError, match=r"pip install 'tocsin\[otel\]'"):
        tracer_to("http://collector:4318/v1/traces")


async def test_spans_reach_a_collector():
    pytest.importorskip("opentelemetry.exporter.otlp", reason="the exporter is not installed")
    import asyncio

    from aiohttp import web

    bodies: asyncio.Queue[bytes] = asyncio.Queue()

    async def take(request):
        await bodies.put(await request.read())
        return web.Response()

    app = web.Application()
    app.router.add_post("/v1/traces", take)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        tracer = tracer_to(f"http://127.0.0.1:{runner.addresses[0][1]}/v1/traces")
        with tracer.span("poll", kind="feed"):
            pass
        await tracer.close()
        async with asyncio.timeout(10):
            body = await bodies.get()
        assert b"poll" in body
        assert b"tocsin" in body
        await asyncio.to_thread(tracer._provider.shutdown)
    finally:
        await runner.cleanup()
