import pytest

from bot.errors import SettingsError
from bot.ingest.pipeline import IngestPipeline
from bot.runtime.telemetry import NullTracer, Telemetry
from bot.runtime.tracing import OtelTracer, make_tracer
from tests.bot.conftest import make_item
from tests.bot.ingest.feed_world import URL, FeedWorld
from tests.watchers.sources.made_feeds import rss
from watchers.errors import HttpStatusError
from watchers.process_pool import SandboxPool

pytestmark = pytest.mark.process


@pytest.fixture
def finished():
    """Return the exporter of the SDK, which keeps the finished spans in order."""
    pytest.importorskip("opentelemetry.sdk", reason="the extra tocsin[otel] is not installed")
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

    exporter = InMemorySpanExporter()
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    exporter.tracer = OtelTracer(provider)  # type: ignore[attr-defined]
    yield exporter
    provider.shutdown()


async def test_poll_ingest_and_send_are_traced(world, finished):
    telemetry = Telemetry(tracer=finished.tracer)
    world.ingest = IngestPipeline(world.database, world.matcher, world.clock, telemetry)
    world.sender = world.make_sender(telemetry=telemetry)
    await world.send_command('/subscribe source:"The Example"')
    async with SandboxPool() as isolation:
        feeds = FeedWorld(world, isolation, telemetry=telemetry)
        feeds.server.put(URL, rss((2, 1)))
        feed = await feeds.add()
        await feeds.poll(feed)
        finished.clear()
        feeds.server.put(URL, rss((3, 2, 1)))
        await feeds.poll(feed)
        await world.run_pipeline()
        await feeds.poller.close()
    ingest, poll, send = finished.get_finished_spans()
    assert [span.name for span in (ingest, poll, send)] == ["ingest", "poll", "send"]
    assert ingest.parent.span_id == poll.context.span_id
    assert send.context.trace_id != poll.context.trace_id  # the outbox separates them
    assert dict(poll.attributes) == {"kind": "feed", "host": "example.org", "outcome": "news"}
    assert dict(ingest.attributes) == {"kind": "feed", "found": 1, "new": 1, "matches": 1}
    assert dict(send.attributes) == {"platform": "fake"}
    assert all(span.end_time >= span.start_time for span in (ingest, poll, send))


async def test_a_failed_span_has_the_kind_of_the_error_and_not_its_message(world, finished):
    world.sender = world.make_sender(telemetry=Telemetry(tracer=finished.tracer))
    world.chat.fail = lambda _ref, _card: Exception("https://api.example/botSECRET/send")
    await world.send_command("/subscribe sanctions")
    await world.ingest_items(make_item("a"))
    await world.run_pipeline()
    (send,) = finished.get_finished_spans()
    assert send.status.status_code.name == "ERROR"
    assert send.attributes["error.type"] == "exception"
    assert "SECRET" not in send.to_json()


async def test_a_failed_poll_has_the_kind_of_the_error_as_its_outcome(world, finished):
    async with SandboxPool() as isolation:
        feeds = FeedWorld(world, isolation, telemetry=Telemetry(tracer=finished.tracer))
        feeds.server.fail(URL, HttpStatusError(503, "503: no", address=URL))
        await feeds.poll(await feeds.add())
        await feeds.poller.close()
    (poll,) = finished.get_finished_spans()
    assert poll.attributes["outcome"] == "http_status_error"


async def test_a_recorded_span_has_its_original_start_time(finished):
    finished.tracer.record_span("fan-out", 1_000, rows=3)
    (span,) = finished.get_finished_spans()
    assert (span.name, span.start_time, dict(span.attributes)) == ("fan-out", 1_000, {"rows": 3})
    await finished.tracer.close()


def test_the_null_tracer_creates_no_objects():
    tracer = NullTracer()
    assert tracer.span("poll", kind="feed") is tracer.span("send")
    with tracer.span("poll") as span:
        span.set_attributes(outcome="news")
    tracer.record_span("fan-out", 0)


def test_an_invalid_url_is_reported():
    for wrong in ("collector:4318", "grpc://collector", "http://"):
        with pytest.raises(SettingsError, match="TRACES_URL.*http://collector:4318"):
            make_tracer(wrong)


def test_a_missing_extra_is_reported_with_the_command_to_install(monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "opentelemetry.exporter.otlp.proto.http.trace_exporter", None)
    with pytest.raises(SettingsError, match=r"pip install 'tocsin\[otel\]'"):
        make_tracer("http://collector:4318/v1/traces")


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
        tracer = make_tracer(f"http://127.0.0.1:{runner.addresses[0][1]}/v1/traces")
        with tracer.span("poll", kind="feed"):
            pass
        await tracer.close()
        async with asyncio.timeout(60):
            body = await bodies.get()
        assert b"poll" in body
        assert b"tocsin" in body
        await asyncio.to_thread(tracer._provider.shutdown)
    finally:
        await runner.cleanup()
