import platform
from importlib.metadata import version

import pytest
from aiohttp.test_utils import make_mocked_request
from prometheus_client.openmetrics.parser import (
    text_string_to_metric_families as parse_openmetrics,
)

from bot.errors import ChatUnreachable, DeliveryError, MessageRejected, ModelError, RateLimited
from bot.ingest.pipeline import IngestPipeline
from bot.runtime.metrics import Counters
from bot.runtime.telemetry import Telemetry
from bot.store.chats.chats import suspend_chat
from bot.store.feeds.feeds import NewFeed, add_feed
from bot.store.feeds.poll_results import record_failure
from bot.store.leases import acquire_lease
from bot.summaries.llm.client import Answer, InstrumentedModel
from bot.web.metrics import MetricsEndpoint, SnapshotCache
from tests.bot.conftest import CHAT, make_item
from tests.bot.ingest.feed_world import URL, FeedWorld
from tests.watchers.sources.made_feeds import rss
from watchers.errors import FetchTimeout
from watchers.process_pool import SandboxPool

ON_FAKE = f'{{platform="{CHAT.platform}"}}'


@pytest.fixture
def counters(world):
    """What the world's parts count."""
    made = Counters()
    world.telemetry = Telemetry(made)
    world.ingest = IngestPipeline(world.database, world.matcher, world.clock, world.telemetry)
    world.sender = world.make_sender(telemetry=world.telemetry)
    return made


def samples(text: str) -> dict[str, float]:
    pairs = (line.rpartition(" ") for line in text.splitlines() if not line.startswith("#"))
    return {name: float(value) for name, _, value in pairs}


async def test_what_came_and_what_waits(world, counters):
    await world.send_command("/subscribe sanctions")
    await world.ingest_items(make_item("a"), make_item("b", "Football"))
    await world.fan_out()
    world.clock.advance(seconds=30)
    told = await fresh(world, counters)
    assert told['tocsin_items_total{kind="folder"}'] == 2
    assert told["tocsin_matches_total"] == 1
    assert told[f"tocsin_queue{ON_FAKE}"] == 1
    assert told[f"tocsin_queue_age_seconds{ON_FAKE}"] == 30
    await world.deliver()
    told = await fresh(world, counters)
    assert f"tocsin_queue{ON_FAKE}" not in told
    assert told['tocsin_messages_total{outcome="sent",platform="fake"}'] == 1
    assert told[f"tocsin_item_to_chat_seconds_sum{ON_FAKE}"] == 30
    assert told['tocsin_item_to_chat_seconds_bucket{le="30.0",platform="fake"}'] == 1
    assert told['tocsin_item_to_chat_seconds_bucket{le="10.0",platform="fake"}'] == 0


async def fresh(world, counters) -> dict[str, float]:
    metrics = MetricsEndpoint(SnapshotCache(world.database, world.clock), counters)
    body, _content_type = await metrics.render()
    return samples(body.decode())


async def test_what_a_platform_refuses_is_counted_by_its_answer(world, counters):
    answers = iter(
        [
            RateLimited(1),
            MessageRejected("bad markup"),
            MessageRejected("bad text"),
            ChatUnreachable("blocked"),
        ]
    )
    await world.send_command("/subscribe sanctions")
    for key, title in (("a", "Sanctions on cheese"), ("b", "Sanctions on ships at sea")):
        await world.ingest_items(make_item(key, title, f"{title} begin."))
    await world.fan_out()
    world.chat.fail = lambda _ref, _card: next(answers, None)
    for _ in range(3):
        await world.deliver()
        world.clock.advance(seconds=5)
    told = await fresh(world, counters)
    kinds = {
        kind: told.get(f'tocsin_refusals_total{{kind="{kind}",platform="fake"}}')
        for kind in ("rate_limited", "message_rejected", "chat_unreachable")
    }
    assert kinds == {"rate_limited": 1, "message_rejected": 2, "chat_unreachable": 1}
    assert told[f"tocsin_chats_suspended{ON_FAKE}"] == 1
    assert told[f"tocsin_chats{ON_FAKE}"] == 1
    assert told['tocsin_messages_total{outcome="failed",platform="fake"}'] == 1


async def test_what_waits_for_a_chat_out_of_reach_is_not_late(world, counters):
    await world.send_command("/subscribe sanctions")
    await world.ingest_items(make_item("a"))
    await world.fan_out()
    async with world.database.writing() as connection:
        await suspend_chat(connection, CHAT, "blocked", now=world.clock())
    assert f"tocsin_queue{ON_FAKE}" not in await fresh(world, counters)


async def test_how_fetches_end(world, counters):
    async with SandboxPool() as isolation:
        feeds = FeedWorld(world, isolation, telemetry=world.telemetry)
        feeds.server.put(URL, rss((2, 1)))
        feed = await feeds.add()
        for _ in range(2):
            await feeds.poll(feed)
        feeds.server.fail(URL, FetchTimeout(20, address=URL))
        await feeds.poll(feed)
        await feeds.poller.close()
    told = await fresh(world, counters)
    outcomes = {
        one: told[f'tocsin_fetches_total{{outcome="{one}"}}']
        for one in ("news", "unchanged", "fetch_timeout")
    }
    assert outcomes == {"news": 1, "unchanged": 1, "fetch_timeout": 1}
    assert told['tocsin_sources{kind="feed",state="failing"}'] == 1


async def test_sources_by_state_and_what_is_overdue(world, counters):
    async with world.database.writing() as connection:
        for number, state in enumerate(("active", "failing", "dead", "ended")):
            new = NewFeed(f"https://{number}.example/", f"{number}.example")
            feed, _ = await add_feed(connection, new, now=world.clock())
            if state != "active":
                kept = "active" if state == "failing" else state
                await record_failure(
                    connection, feed, now=world.clock(), problem="no", state=kept, due=None
                )
    world.clock.advance(minutes=1)
    told = await fresh(world, counters)
    for state in ("active", "failing", "dead", "ended"):
        assert told[f'tocsin_sources{{kind="feed",state="{state}"}}'] == 1
    assert (told["tocsin_feeds_overdue"], told["tocsin_feeds_overdue_seconds"]) == (1, 60)


async def test_whether_anybody_serves_an_account(world, counters):
    async with world.database.writing() as connection:
        now = world.clock()
        await acquire_lease(connection, "fake/bot", owner="me", now=now, until=now.replace(hour=13))
    assert (await fresh(world, counters))['tocsin_account_served{account="fake/bot"}'] == 1
    world.clock.advance(hours=2)
    assert (await fresh(world, counters))['tocsin_account_served{account="fake/bot"}'] == 0


async def test_the_tokens_of_the_language_model(world, counters):
    class Model:
        name = "small"

        async def ask(self, messages):
            if not messages:
                raise ModelError("it was not asked anything")
            return Answer("It says so.", 41)

    model = InstrumentedModel(Model(), counters)
    await model.ask([{"role": "user", "content": "?"}])
    with pytest.raises(ModelError):
        await model.ask([])
    told = await fresh(world, counters)
    assert told["tocsin_model_tokens_total"] == 41
    assert told['tocsin_model_questions_total{outcome="answered"}'] == 1
    assert told['tocsin_model_questions_total{outcome="failed"}'] == 1


async def test_however_often_it_is_asked_the_store_is_read_a_twentieth_of_the_time(world):
    clock = [0.0]
    reads = 0
    real = world.database.reading

    def reading():
        nonlocal reads
        reads += 1
        clock[0] += 0.5  # a store with a million chats
        return real()

    world.database.reading = reading
    readings = SnapshotCache(world.database, world.clock, monotonic=lambda: clock[0])
    while clock[0] < 100:
        await readings.newest()
        clock[0] += 0.1
    assert reads * 0.5 <= 100 / 20 + 0.5


async def test_the_two_platforms_do_not_share_a_queue(world, counters):
    await world.send_command("/subscribe sanctions")
    await world.send_command("/subscribe sanctions", CHAT.__class__("other", "bot", "1"))
    await world.ingest_items(make_item("a"))
    await world.fan_out()
    told = await fresh(world, counters)
    assert told[f"tocsin_queue{ON_FAKE}"] == told['tocsin_queue{platform="other"}'] == 1


def test_an_error_that_nobody_knows_has_a_kind_too():
    from bot.runtime.telemetry import error_kind

    class HTTPOdd(DeliveryError): ...

    assert error_kind(FetchTimeout(1, address="x")) == "fetch_timeout"
    assert error_kind(HTTPOdd("x")) == "h_t_t_p_odd"


async def test_metrics_are_negotiated_and_name_the_build(world, counters):
    endpoint = MetricsEndpoint(SnapshotCache(world.database, world.clock), counters)
    text, text_type = await endpoint.render("text/plain;version=0.0.4")
    assert text_type.startswith("text/plain; version=0.0.4")
    assert b"# EOF" not in text
    accept = "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5"
    body, body_type = await endpoint.render(accept)
    assert body_type.startswith("application/openmetrics-text; version=1.0.0")
    assert body.endswith(b"# EOF\n")
    assert body.count(b"# EOF") == 1
    families = {family.name: family for family in parse_openmetrics(body.decode())}
    assert families["tocsin_build"].type == "info"
    (build,) = families["tocsin_build"].samples
    assert build.name == "tocsin_build_info"
    assert build.labels == {"version": version("tocsin"), "python": platform.python_version()}
    assert families["tocsin_topics"].type == "gauge"
    assert f'tocsin_build_info{{python="{platform.python_version()}"' in text.decode()


async def test_a_request_without_accept_gets_the_text_format(world, counters):
    endpoint = MetricsEndpoint(SnapshotCache(world.database, world.clock), counters)
    request = make_mocked_request("GET", "/metrics")
    response = await endpoint.metrics(request)
    assert response.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    accepting = make_mocked_request(
        "GET", "/metrics", headers={"Accept": "application/openmetrics-text"}
    )
    response = await endpoint.metrics(accepting)
    assert response.headers["Content-Type"].startswith("application/openmetrics-text")
