"""Delivery modes, quiet hours and limits, from the command to the message."""

import asyncio
import itertools

import pytest
from sqlalchemy import text

from bot.chats.console.pipe import plain_text
from bot.errors import StoreError
from bot.models import ChatRef
from bot.store.feeds.sources import get_or_create_source
from bot.store.outbox import digests
from bot.store.outbox.digests import MAX_STORIES_PER_PART, MAX_TITLES_PER_PART, make_briefings
from tests.bot.conftest import CHAT
from watchers import Item, PollResult, Source

TITLES = (
    "Sanctions hit the harvest of northern farmers",
    "Viennese bank fined for breach of sanctions",
    "Tanker under sanctions seized off Malta",
    "Chess federation lifts sanctions against teenager",
    "Lithium miner evaded sanctions, prosecutors claim",
    "Senate votes on tougher sanctions next Tuesday",
    "Orchestra cancels tour because of sanctions",
    "Sanctions squeeze satellite maker's suppliers",
)
_keys = itertools.count()


async def add_items(world, *titles: str, folder: str = "/seeds", lead: str = "") -> None:
    """Add items with these titles and deliver what is due."""
    source = Source("folder", folder)
    async with world.database.writing() as connection:
        watched = await get_or_create_source(connection, source, now=world.clock())
    if not watched.is_baselined:
        await world.ingest.ingest(watched, PollResult(), is_complete=True)
        async with world.database.writing() as connection:
            watched = await get_or_create_source(connection, source, now=world.clock())
    items = tuple(
        Item(key=f"k{next(_keys)}", title=title, source=folder.strip("/"), lead=lead)
        for title in titles
    )
    await world.ingest.ingest(watched, PollResult(items=items), is_complete=True)
    await world.run_pipeline()


async def advance(world, **length: float) -> None:
    world.clock.advance(**length)
    await world.run_pipeline()


async def alert_states(world) -> list[tuple[str, int]]:
    async with world.database.reading() as connection:
        rows = await connection.execute(
            text("SELECT state, count(*) FROM alerts GROUP BY state ORDER BY state")
        )
        return [tuple(row) for row in rows]


def last_message(world, ref: ChatRef = CHAT) -> str:
    card = [card for to, card in world.chat.sent if to == ref][-1]
    return plain_text(card, labels=(), alert=False)


async def follow(world, *settings: str, topic: str = "sanctions", ref: ChatRef = CHAT) -> None:
    await world.send_command(f"/subscribe {topic}", ref)
    for command in settings:
        await world.send_command(command, ref)


async def test_a_daily_digest_contains_the_stories_of_a_day(world):
    await follow(world, "/digest sanctions daily 08:00")
    await add_items(world, *TITLES[:3])
    assert world.chat.sent == []
    await advance(world, hours=19)
    assert world.chat.sent == []
    await advance(world, hours=1)
    (message,) = world.chat.sent
    text = last_message(world)
    assert "Briefing: 3 stories" in text
    assert all(title in text for title in TITLES[:3])
    await advance(world, days=3)
    assert world.chat.sent == [message]
    assert await alert_states(world) == [("sent", 4)]


async def test_a_digest_of_the_chat_does_not_affect_a_topic_with_its_own_mode(world):
    await follow(world, "/digest daily 08:00")
    await follow(world, "/digest glacier instant", topic="glacier")
    await add_items(world, "Glacier melts", "Sanctions on a bank")
    assert world.chat.titles() == ["Glacier melts"]
    await advance(world, hours=20)
    assert "Sanctions on a bank" in last_message(world)


async def test_a_held_story_that_matches_an_instant_topic_later_is_sent_at_once(world):
    await follow(world, "/digest sanctions daily 08:00")
    await follow(world, topic="freighter")
    await add_items(world, TITLES[1], folder="/a")
    assert world.chat.sent == []
    await add_items(world, TITLES[1], folder="/b", lead="It has a share in a freighter.")
    assert world.chat.titles() == [TITLES[1]]
    assert "freighter" in last_message(world)
    await advance(world, days=1)
    assert len(world.chat.sent) == 1


async def test_a_long_held_story_that_breaks_is_sent_as_an_alert(world):
    await follow(world, "/quiet 14:00-13:00 breaking")
    await advance(world, hours=3)
    await add_items(world, TITLES[0], folder="/a")
    await advance(world, hours=20)
    for folder in ("/b", "/c", "/d"):
        await add_items(world, TITLES[0], folder=folder)
    assert world.chat.titles() == [TITLES[0]]


async def test_a_topic_that_is_off_is_shown_on_request_only(world):
    await follow(world, "/digest sanctions off")
    await add_items(world, TITLES[0])
    await advance(world, days=8)
    assert world.chat.sent == []
    assert TITLES[0] in await world.send_command("/briefing 10d")


async def test_quiet_hours_hold_alerts_for_a_briefing_at_their_end(world):
    await follow(world, "/timezone Europe/Berlin", "/quiet 22:00-07:00")
    # Now it is 23:00 in Berlin.
    await advance(world, hours=9)
    await add_items(world, *TITLES[:2])
    assert world.chat.sent == []
    await advance(world, hours=7, minutes=59)
    assert world.chat.sent == []
    await advance(world, minutes=1)
    assert "Briefing: 2 stories" in last_message(world)
    await add_items(world, TITLES[2])
    assert world.chat.titles()[-1] == TITLES[2]


async def test_quiet_hours_can_be_silent(world):
    await follow(world, "/quiet 22:00-07:00 silent")
    await add_items(world, TITLES[0])
    await advance(world, hours=11)
    await add_items(world, TITLES[1])
    assert world.chat.titles() == list(TITLES[:2])
    assert [options.silent for options in world.chat.options] == [False, True]


async def test_quiet_hours_can_let_breaking_stories_through(world):
    await follow(world, "/quiet 22:00-07:00 breaking")
    await advance(world, hours=11)
    for folder in ("/a", "/b"):
        await add_items(world, TITLES[0], folder=folder)
    await add_items(world, TITLES[1])
    assert world.chat.sent == []
    await add_items(world, TITLES[0], folder="/c")
    assert world.chat.titles() == [TITLES[0]]
    await advance(world, hours=8)
    assert "Briefing: 1 story" in last_message(world)
    assert TITLES[1] in last_message(world)


async def test_a_topic_can_ignore_the_quiet_hours_of_its_chat(world):
    await follow(world, "/quiet 22:00-07:00")
    await follow(world, "/quiet glacier off", topic="glacier")
    await advance(world, hours=11)
    await add_items(world, "Glacier melts", TITLES[1])
    assert world.chat.titles() == ["Glacier melts"]


async def test_an_alert_that_failed_before_quiet_hours_waits_for_their_end(world):
    await follow(world, "/quiet 22:00-07:00")
    world.chat.fail = lambda ref, card: _transient()
    await add_items(world, TITLES[0])
    world.chat.fail = lambda ref, card: None
    await advance(world, hours=10, minutes=1)
    await advance(world, minutes=10)
    assert world.chat.sent == []
    await advance(world, hours=9)
    assert "Briefing: 1 story" in last_message(world)
    assert await alert_states(world) == [("sent", 2)]


def _transient():
    from bot.errors import TransientDeliveryError

    return TransientDeliveryError("no network")


async def test_a_briefing_that_failed_before_quiet_hours_is_made_again_after_them(world):
    await follow(world, "/digest daily 21:59", "/quiet 22:00-07:00")
    await add_items(world, TITLES[0])
    world.chat.fail = lambda ref, card: _transient()
    await advance(world, hours=9, minutes=59)
    world.chat.fail = lambda ref, card: None
    await advance(world, minutes=5)
    await advance(world, minutes=30)
    assert world.chat.sent == []
    await advance(world, hours=9)
    assert world.chat.titles() == ["Briefing: 1 story"]
    assert await alert_states(world) == [("sent", 2)]


async def test_prefetched_alerts_are_not_sent_after_quiet_hours_begin(world):
    await follow(world, "/quiet 22:00-07:00 silent")
    await advance(world, hours=9, minutes=59, seconds=59)
    await follow(world, "/quiet 22:00-07:00 hold")
    sent = []

    # The first send ends after the quiet hours have begun.
    async def slow():
        sent.append(1)
        world.clock.advance(seconds=2)

    world.chat.gate = slow
    await add_items(world, *TITLES[:3])
    assert len(sent) == 1
    world.chat.gate = None
    await advance(world, hours=9)
    assert "Briefing: 2 stories" in last_message(world)


async def test_a_limit_counts_stories_per_day_of_the_chat(world):
    # Now it is 21:00 in Tokyo.
    await follow(world, "/timezone Asia/Tokyo", "/limit sanctions 1 a day")
    await add_items(world, TITLES[0], folder="/a")
    await add_items(world, TITLES[0], folder="/b")
    await advance(world, hours=3)
    await add_items(world, TITLES[1])
    assert world.chat.titles() == list(TITLES[:2])


async def test_alerts_above_the_limit_are_sent_in_a_digest(world):
    await follow(world, "/timezone Europe/Berlin", "/limit sanctions 2 a day")
    await add_items(world, TITLES[0])
    await add_items(world, *TITLES[1:5])
    assert len(world.chat.sent) == 2
    await advance(world, hours=18)
    assert "Briefing: 3 stories" in last_message(world)
    await add_items(world, *TITLES[5:8])
    assert len(world.chat.sent) == 5


async def test_a_story_is_sent_when_enough_sources_have_it(world):
    await follow(world, "/atleast sanctions 3 sources")
    for folder in ("/a", "/b"):
        await add_items(world, TITLES[0], folder=folder)
    assert world.chat.sent == []
    await add_items(world, TITLES[0], folder="/c")
    assert world.chat.titles() == [TITLES[0]]
    await add_items(world, TITLES[0], folder="/d")
    assert len(world.chat.sent) == 1


async def test_breaking_only_sends_breaking_stories(world):
    await follow(world, "/breaking sanctions")
    for folder in ("/a", "/b", "/c", "/d"):
        await add_items(world, TITLES[0], folder=folder)
        await advance(world, hours=1, minutes=30)
    assert world.chat.sent == []
    for folder in ("/a", "/b", "/c"):
        await add_items(world, TITLES[1], folder=folder)
    assert world.chat.titles() == [TITLES[1]]


async def test_a_pause_sends_nothing_and_offers_a_briefing_at_its_end(world):
    await follow(world)
    assert "until /resume" in await world.send_command("/pause")
    await add_items(world, *TITLES[:2])
    await advance(world, days=2)
    assert world.chat.sent == []
    cards = await world.press_button("resume")
    (button, _) = cards[0].buttons
    (briefing,) = await world.press_button(button.action.verb, button.action.argument)
    assert all(title in plain_text(briefing, labels=(), alert=False) for title in TITLES[:2])
    await add_items(world, TITLES[2])
    assert world.chat.titles() == [TITLES[2]]


async def test_alerts_queued_or_held_before_a_pause_are_sent_in_one_briefing_after_it(world):
    await follow(world)
    await follow(world, "/digest glacier daily 08:00", topic="glacier")
    world.chat.fail = lambda ref, card: _transient()
    await add_items(world, TITLES[0], "Glacier melts")
    world.chat.fail = lambda ref, card: None
    await world.send_command("/pause 2d")
    await advance(world, days=1)
    assert world.chat.sent == []
    await advance(world, days=1, minutes=1)
    assert world.chat.titles() == ["Briefing: 2 stories"]
    assert await alert_states(world) == [("sent", 3)]


async def test_a_story_can_be_muted_and_unmuted(world):
    await follow(world)
    await add_items(world, TITLES[0], folder="/a")
    assert TITLES[0] in await world.send_command("/mute story 1")
    async with world.database.reading() as connection:
        assert (await connection.execute(text("SELECT muted FROM alerts"))).scalars().all() == [
            True
        ]
    await world.press_button("unmute_story", "1")
    async with world.database.reading() as connection:
        assert (await connection.execute(text("SELECT muted FROM alerts"))).scalars().all() == [
            False
        ]


async def test_a_story_that_is_muted_before_it_was_sent_is_not_sent(world):
    await follow(world, "/digest sanctions daily 08:00")
    await add_items(world, *TITLES[:2])
    await world.send_command("/mute story 1")
    await advance(world, days=1)
    assert "Briefing: 1 story" in last_message(world)


async def test_the_digest_of_a_muted_topic_is_sent_after_the_mute(world):
    await follow(world, "/digest sanctions daily 08:00")
    await add_items(world, TITLES[0])
    await world.send_command("/mute sanctions 2d")
    await advance(world, days=1)
    assert world.chat.sent == []
    await advance(world, days=1)
    assert "Briefing: 1 story" in last_message(world)


async def test_unsubscribing_removes_the_held_alerts(world):
    await follow(world, "/digest sanctions daily 08:00")
    await add_items(world, TITLES[0])
    await world.send_command("/unsubscribe sanctions")
    await advance(world, days=1)
    assert world.chat.sent == []
    assert await alert_states(world) == [("expired", 1)]


async def test_an_empty_digest_is_sent_only_with_always(world):
    await follow(world, "/digest daily 08:00")
    await advance(world, days=3)
    assert world.chat.sent == []
    await world.send_command("/digest daily 08:00 always")
    await advance(world, days=1)
    assert world.chat.titles() == ["Nothing new on your topics."]
    await add_items(world, TITLES[0])
    await advance(world, days=1)
    assert world.chat.titles()[1:] == ["Briefing: 1 story"]
    # One digest replaces all that were missed.
    await advance(world, days=3)
    assert len(world.chat.sent) == 3
    await world.send_command("/digest daily 08:00")
    await advance(world, days=3)
    assert len(world.chat.sent) == 3


async def test_held_alerts_are_rescheduled_after_a_change_of_the_mode(world):
    await follow(world, "/digest sanctions weekly Fri 08:00")
    await add_items(world, *TITLES[:2])
    await world.send_command("/digest sanctions instant")
    await world.run_pipeline()
    assert "Briefing: 2 stories" in last_message(world)


async def test_a_long_briefing_has_several_messages_and_title_lists_at_the_end(world):
    await follow(world, "/digest sanctions daily 08:00")
    titles = [" ".join(f"w{n}x{word}" for word in range(5)) + " sanctions" for n in range(65)]
    await add_items(world, *titles)
    async with world.database.reading() as connection:
        stories = (await connection.execute(text("SELECT count(*) FROM alerts"))).scalar_one()
    assert stories > 5 * MAX_STORIES_PER_PART + MAX_TITLES_PER_PART
    await advance(world, days=1)
    headings = world.chat.titles()
    assert headings == [f"Briefing: {stories} stories, {n} of 7" for n in range(1, 8)]
    texts = [line[1].text for _, card in world.chat.sent for line in card.lines if len(line) > 1]
    assert sorted(text for text in texts if text in titles) == sorted(titles)
    assert await alert_states(world) == [("sent", stories + 7)]


async def test_stories_beyond_a_long_briefing_are_counted(world, monkeypatch):
    monkeypatch.setattr(digests, "MAX_DETAILED_PARTS", 1)
    monkeypatch.setattr(digests, "MAX_TITLE_PARTS", 1)
    await follow(world, "/digest sanctions daily 08:00")
    titles = [" ".join(f"w{n}x{word}" for word in range(5)) + " sanctions" for n in range(35)]
    await add_items(world, *titles)
    async with world.database.reading() as connection:
        stories = (await connection.execute(text("SELECT count(*) FROM alerts"))).scalar_one()
    await advance(world, days=1)
    assert len(world.chat.titles()) == 2
    assert f"and {stories - MAX_STORIES_PER_PART - MAX_TITLES_PER_PART} stor" in last_message(world)
    assert await alert_states(world) == [("sent", stories + 2)]


async def test_a_briefing_is_grouped_by_topic_with_sources_and_a_sentence(world):
    await follow(world, "/digest daily 08:00")
    await follow(world, topic="glacier")
    lead = "The council has frozen all accounts of the lender in three countries."
    await add_items(world, "Glacier melts")
    for folder in ("/north", "/south"):
        await add_items(world, "Sanctions on a bank", folder=folder, lead=lead)
    await advance(world, days=1)
    text = last_message(world)
    assert text.index("sanctions") < text.index("Sanctions on a bank") < text.index("glacier")
    assert "north" in text
    assert "also south" in text
    assert "accounts of the lender" in text


async def test_a_process_that_is_killed_while_it_makes_a_briefing_sends_it_once(world):
    await follow(world, "/digest sanctions daily 08:00")
    await add_items(world, *TITLES[:3])
    world.clock.advance(days=1)

    class Killed(Exception):
        pass

    with pytest.raises(Killed):
        async with world.database.writing() as connection:
            assert await make_briefings(connection, now=world.clock()) == 1
            raise Killed
    await world.run_pipeline()
    await world.run_pipeline()
    assert world.chat.titles() == ["Briefing: 3 stories"]
    assert await alert_states(world) == [("sent", 4)]


async def test_concurrent_processes_make_one_briefing_per_chat(world):
    for number in range(12):
        await follow(world, "/digest daily 08:00", ref=ChatRef("fake", "bot", str(number)))
    await add_items(world, *TITLES[:3])
    world.clock.advance(days=1)
    await asyncio.gather(*(world.make_briefings() for _ in range(4)))
    await world.run_pipeline()
    assert [len(world.chat.titles(ChatRef("fake", "bot", str(n)))) for n in range(12)] == [1] * 12


async def test_after_a_database_failure_all_alerts_stay_held(world, monkeypatch):
    await follow(world, "/digest sanctions daily 08:00")
    await add_items(world, TITLES[0])
    world.clock.advance(days=1)

    async def refuse(*_, **__):
        raise StoreError("no space")

    with monkeypatch.context() as patch:
        patch.setattr("bot.store.outbox.digests._queue_briefing", refuse)
        with pytest.raises(StoreError):
            await world.make_briefings()
    assert await alert_states(world) == [("held", 1)]
    await world.run_pipeline()
    assert world.chat.titles() == ["Briefing: 1 story"]


async def test_a_rejected_briefing_fails_all_its_alerts(world):
    from bot.errors import MessageRejected

    await follow(world, "/digest sanctions daily 08:00")
    await add_items(world, *TITLES[:2])
    world.chat.fail = lambda ref, card: MessageRejected("too long")
    await advance(world, days=1)
    assert await alert_states(world) == [("failed", 3)]


async def test_a_restored_chat_gets_its_briefing(world):
    await follow(world, "/digest sanctions daily 08:00")
    await add_items(world, TITLES[0])
    await world.sender.reply_channel.chat_unreachable(CHAT, "blocked")
    await advance(world, days=2)
    assert world.chat.sent == []
    await world.sender.reply_channel.chat_restored(CHAT)
    await world.run_pipeline()
    assert world.chat.titles() == ["Briefing: 1 story"]
