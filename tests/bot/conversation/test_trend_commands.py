from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.conversation.commands import trend
from bot.conversation.request import IncomingMessage
from bot.errors import RateLimited
from bot.jobs.spikes import SpikeDetector
from bot.store.outbox.spikes import queue_spike_alerts
from tests.bot.conftest import CHAT, make_item


async def add_items(world, count: int, word: str = "sanctions", source: str = "BBC") -> None:
    """Add items of different stories that are found now."""
    now = world.clock().strftime("%d%H%M%S")
    await world.ingest_items(
        *(
            replace(
                make_item(f"{word}-{now}-{source}-{n}", f"{word} {now} number {n}"), source=source
            )
            for n in range(count)
        )
    )


async def card_of(world, text: str, ref=CHAT):
    (card,) = await world.conversation.handle_message(IncomingMessage(ref, text, "me"))
    return card


def text_of(card) -> str:
    return "\n".join("".join(span.text for span in line) for line in card.lines)


async def test_a_trend_shows_counts_sources_and_the_peak(world, clock):
    await world.send_command("/subscribe sanctions")
    for count in (1, 2, 9, 1):
        await add_items(world, count)
        await add_items(world, 1, source="Reuters")
        await add_items(world, 3, word="football")
        clock.advance(days=1)
    card = await card_of(world, "/trend sanctions 7d")
    text = text_of(card)
    # The rate covers the days since 1 June, when the data begins.
    assert "17 items, 30 May to 5 Jun 2026, about 3.4 per day" in text
    assert "• 3 Jun, 10: sanctions 03120000 number 0" in text
    assert "BBC 13, Reuters 4" in text
    assert card.image is not None
    assert card.image.data.startswith(b"\x89PNG")
    assert card.image.text_fallback == "▁▁▃▄█▃▁"
    assert "3 Jun: 10" in card.image.alt
    assert card.image.name == "trend-sanctions-2026-06-05.png"


async def test_a_topic_without_subscribers_is_counted_by_a_search(world, clock):
    for count in (1, 4, 1):
        await add_items(world, count, word="iran")
        clock.advance(days=1)
    searched = text_of(await card_of(world, "/trend iran OR oman 7d"))
    await world.send_command("/subscribe iran OR oman")
    assert text_of(await card_of(world, "/trend 1 7d")) == searched
    assert "6 items" in searched


async def test_an_item_counts_on_its_publication_day_unless_that_is_in_the_future(world, clock):
    await world.send_command("/subscribe sanctions")
    old, ahead = clock() - timedelta(days=2), clock() + timedelta(days=9)
    items = [
        replace(make_item("a"), published=old),
        replace(make_item("b", "B sanctions"), published=ahead),
    ]
    await world.ingest_items(*items)
    card = await card_of(world, "/trend sanctions 7d")
    assert card.image.text_fallback == "▁▁▁▁█▁█"


async def test_the_first_day_with_data_is_shown(world):
    await world.send_command("/subscribe sanctions")
    await add_items(world, 2)
    assert "begins on 1 Jun" in text_of(await card_of(world, "/trend sanctions"))


async def test_a_trend_without_a_topic_compares_the_topics_of_the_chat(world):
    await world.send_command("/subscribe sanctions")
    await world.send_command("/subscribe football")
    await add_items(world, 5)
    await add_items(world, 2, word="football")
    card = await card_of(world, "/trend")
    text = text_of(card)
    assert "5  sanctions" in text
    assert "2  football" in text
    assert card.image is not None


async def test_a_trend_without_items_has_no_chart(world):
    card = await card_of(world, "/trend sanctions")
    assert "no items, 3 May to 1 Jun 2026" in text_of(card)
    assert card.image is None
    assert "follow no topic" in text_of(await card_of(world, "/trend"))


async def test_without_matplotlib_there_is_a_sparkline_and_a_hint(world, monkeypatch):
    monkeypatch.setattr(trend, "can_draw", lambda: False)
    await world.send_command("/subscribe sanctions")
    await add_items(world, 2)
    card = await card_of(world, "/trend sanctions 7d")
    assert card.image is None
    assert "▁▁▁▁▁▁█" in text_of(card)
    assert "pip install 'tocsin[charts]'" in text_of(card)


@pytest.mark.parametrize(
    ("text", "keyword"),
    [
        ("/trend sanctions 1d", "2 to 366 days"),
        ("/trend sanctions 500d", "2 to 366 days"),
        ("/trend sanctions 2y", "2 to 366 days"),
        ("/trend sanctions 1y", "sanctions: no items"),
        ("/trend (", "column 2"),
        ("/trend article 50", "article 50: no items"),
        ("/trend sanctions 52w", "sanctions: no items"),
        ("/trend 99", "99: no items"),
    ],
)
async def test_an_argument_is_a_period_or_part_of_the_topic(world, text, keyword):
    answer = await world.send_command(text)
    assert keyword in answer
    assert "internal error" not in answer


async def test_the_console_shows_the_sparkline_and_the_path_of_the_chart(world, tmp_path):
    from bot.chats.console.adapter import save_attachments

    await world.send_command("/subscribe sanctions")
    await add_items(world, 2)
    card = await card_of(world, "/trend sanctions 7d")
    shown = save_attachments(card, tmp_path / "files")
    assert text_of(shown).splitlines()[0] == "▁▁▁▁▁▁█"
    path = tmp_path / "files" / card.image.name
    assert str(path) in text_of(shown)
    assert path.read_bytes() == card.image.data
    assert str(path) not in text_of(save_attachments(card, None))


# ── spikes ───────────────────────────────────────────────────────────────────────────────────────


async def add_daily_items(world, clock, days: int = 20, count: int = 2) -> None:
    for _ in range(days):
        await add_items(world, count)
        await world.run_pipeline()
        clock.advance(days=1)


def is_spike_alert(card) -> bool:
    return "spike_off" in [button.action.verb for button in card.buttons]


def spikes_of(world, ref=CHAT) -> list[str]:
    return [text_of(card) for to, card in world.chat.sent if to == ref and is_spike_alert(card)]


@pytest.fixture
def detector(world) -> SpikeDetector:
    return SpikeDetector(world.database, world.clock)


async def detect(world, detector) -> None:
    await detector.step()
    await world.deliver()


async def test_a_spike_is_alerted_once_per_day_where_it_is_turned_on(world, clock, detector):
    other = replace(CHAT, chat="other")
    await world.send_command("/subscribe sanctions")
    await world.send_command("/subscribe sanctions", other)
    await world.send_command("/spike sanctions on")
    await add_daily_items(world, clock)
    await detect(world, detector)
    assert spikes_of(world) == []
    await add_items(world, 15)
    for _ in range(3):
        await detect(world, detector)
    (alert,) = spikes_of(world)
    assert alert.startswith("sanctions is ")
    assert "15 items today, 2 on a usual day" in alert
    assert "sanctions 21120000 number" in alert
    assert spikes_of(world, other) == []
    clock.advance(days=1)
    await detect(world, detector)
    await add_items(world, 30)
    # A new detector has no memory: it is the state after a restart.
    await detect(world, SpikeDetector(world.database, world.clock))
    assert len(spikes_of(world)) == 2


async def test_a_new_topic_has_no_baseline(world, clock, detector):
    await world.send_command("/subscribe sanctions")
    await world.send_command("/spike 1")
    await add_daily_items(world, clock, days=6)
    await add_items(world, 50)
    await detect(world, detector)
    assert spikes_of(world) == []


@pytest.mark.parametrize(
    "command", ["/spike sanctions off", "/mute sanctions 2d", "/unsubscribe 1"]
)
async def test_no_spike_alert_after_it_is_turned_off(world, clock, detector, command):
    await world.send_command("/subscribe sanctions")
    await world.send_command("/spike sanctions on")
    await add_daily_items(world, clock, days=10)
    await world.send_command(command)
    await add_items(world, 40)
    await detect(world, detector)
    assert spikes_of(world) == []


async def test_a_spike_alert_is_retried(world, clock, detector):
    await world.send_command("/subscribe sanctions")
    await world.send_command("/spike sanctions on")
    await add_daily_items(world, clock, days=10)
    await add_items(world, 40)
    world.chat.fail = lambda ref, card: RateLimited(5)
    await detect(world, detector)
    assert spikes_of(world) == []
    world.chat.fail = lambda ref, card: None
    clock.advance(seconds=6)
    await world.deliver()
    assert len(spikes_of(world)) == 1


async def test_a_spike_in_quiet_hours_is_alerted_after_them_and_is_not_part_of_the_briefing(
    world, clock, detector
):
    await world.send_command("/subscribe sanctions")
    await world.send_command("/spike sanctions on")
    await add_daily_items(world, clock, days=10)
    await world.send_command("/quiet 11:00-19:00 hold")
    await add_items(world, 15)
    await world.fan_out()
    await detect(world, detector)
    assert spikes_of(world) == []
    clock.advance(hours=6)
    await world.run_pipeline()
    assert spikes_of(world) == []
    clock.advance(hours=2)
    await world.run_pipeline()
    (alert,) = spikes_of(world)
    assert alert.startswith("sanctions was ")
    assert "8 h ago: 15 items that day, 2 on a usual day" in alert
    assert "Briefing: 15 stories" in world.chat.titles()[-3] + world.chat.titles()[-4]
    await detect(world, detector)
    assert len(spikes_of(world)) == 1


async def test_many_chats_are_alerted_in_pages_and_once_each(world, clock):
    from datetime import date

    from bot.store.chats.topics import find_topic
    from bot.store.outbox.spikes import DetectedSpike
    from watchers import parse_query

    refs = [replace(CHAT, chat=f"c{number}") for number in range(7)]
    for ref in refs:
        await world.send_command("/subscribe sanctions", ref)
        await world.send_command("/spike sanctions on", ref)
    await add_items(world, 1)
    async with world.database.reading() as connection:
        topic_id = await find_topic(connection, parse_query("sanctions"))
    spike = DetectedSpike(topic_id, ("",), date(2026, 6, 1), 9, 1.0, 1)
    queued = []
    for _ in range(5):
        async with world.database.writing() as connection:
            queued.append(await queue_spike_alerts(connection, spike, now=clock(), limit=3))
    assert queued == [3, 3, 1, 0, 0]
    await world.deliver()
    assert all(len(spikes_of(world, ref)) == 1 for ref in refs)


async def test_a_spike_alert_has_buttons_for_the_trend_and_to_turn_it_off(world, clock, detector):
    await world.send_command("/subscribe sanctions")
    await world.send_command("/spike sanctions on")
    await add_daily_items(world, clock, days=10)
    await add_items(world, 40)
    await detect(world, detector)
    card = next(card for _, card in world.chat.sent if is_spike_alert(card))
    trend_button, off_button = card.buttons
    action = trend_button.action
    (shown,) = await world.press_button(action.verb, action.argument)
    assert shown.image is not None
    (turned_off,) = await world.press_button(off_button.action.verb, off_button.action.argument)
    assert "• sanctions" not in await world.send_command("/spikes")
    (undo,) = turned_off.buttons
    await world.press_button(undo.action.verb, undo.action.argument)
    assert "• sanctions" in await world.send_command("/spikes")


async def test_days_are_in_utc_until_the_chat_has_a_time_zone(world, clock):
    clock.now = datetime(2026, 6, 1, 23, 59, 59, tzinfo=UTC)
    await world.send_command("/subscribe sanctions")
    await add_items(world, 1)
    clock.advance(seconds=2)
    await add_items(world, 1)
    assert (await card_of(world, "/trend sanctions 3d")).image.text_fallback == "▁██"
    # In Kathmandu, both items are of 2 June.
    await world.send_command("/timezone Asia/Kathmandu")
    assert (await card_of(world, "/trend sanctions 3d")).image.text_fallback == "▁▁█"
    # A topic without subscribers is counted by a search.
    assert (await card_of(world, "/trend sanction* OR x 3d")).image.text_fallback == "▁▁█"


async def test_a_day_can_have_25_hours(world, clock):
    """New York, 1 November 2026: the hour from 01:00 occurs twice."""
    await world.send_command("/subscribe sanctions")
    await world.send_command("/timezone America/New_York")
    for begins in ("10-31T04:00", "11-01T03:59", "11-01T04:00", "11-02T04:59", "11-02T05:00"):
        clock.now = datetime.fromisoformat(f"2026-{begins}:00+00:00")
        await add_items(world, 1)
    card = await card_of(world, "/trend sanctions 3d")
    assert card.image.text_fallback == "██▅"
    assert "31 Oct to 2 Nov 2026" in text_of(card)


async def test_a_spike_is_counted_in_the_time_zone_of_the_chat(world, clock, detector):
    """In summer, a day in Kyiv begins at 21:00 UTC."""
    clock.now = datetime(2026, 6, 1, 20, 30, tzinfo=UTC)
    kyiv = replace(CHAT, chat="kyiv")
    for ref in (CHAT, kyiv):
        await world.send_command("/subscribe sanctions", ref)
        await world.send_command("/spike sanctions on", ref)
    await world.send_command("/timezone Kyiv", kyiv)
    await add_daily_items(world, clock, days=10)
    await add_items(world, 7)
    clock.advance(hours=1)
    await add_items(world, 7)
    await detect(world, detector)
    assert "14 items today, 2 on a usual day" in spikes_of(world)[0]
    # In Kyiv, there are 7 items today, and 9 on the day before.
    assert spikes_of(world, kyiv) == []
    await add_items(world, 30, source="Reuters")
    await detect(world, detector)
    assert "37 items today" in spikes_of(world, kyiv)[0]
    assert len(spikes_of(world)) == 1
