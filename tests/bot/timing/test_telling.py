"""Modes, quiet hours and limits, from what is typed to what arrives."""

import asyncio
import itertools

import pytest
from sqlalchemy import text

from bot.chats.console.plain import plain_text
from bot.errors import StoreError
from bot.model import Ref
from bot.store import digests
from bot.store.digests import LISTED, STORIES, brief_page
from bot.store.sources import ensure_source
from tests.bot.conftest import YOU
from watchers import Item, Polled, Source

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


async def news(world, *titles: str, source: str = "/seeds", lead: str = "") -> None:
    """A source brings items of these titles."""
    watched_as = Source("folder", source)
    async with world.database.writing() as connection:
        watched = await ensure_source(connection, watched_as, now=world.clock())
    if not watched.is_baselined:
        await world.ingest.take(watched, Polled(), complete=True)
        async with world.database.writing() as connection:
            watched = await ensure_source(connection, watched_as, now=world.clock())
    items = tuple(
        Item(key=f"k{next(_keys)}", title=title, source=source.strip("/"), lead=lead)
        for title in titles
    )
    await world.ingest.take(watched, Polled(items=items), complete=True)
    await world.spread()


async def wait(world, **length: float) -> None:
    world.clock.turn(**length)
    await world.spread()


async def states(world) -> list[tuple[str, int]]:
    async with world.database.reading() as connection:
        rows = await connection.execute(
            text("SELECT state, count(*) FROM alerts GROUP BY state ORDER BY state")
        )
        return [tuple(row) for row in rows]


def last(world, ref: Ref = YOU) -> str:
    card = [card for to, card in world.chat.sent if to == ref][-1]
    return plain_text(card, labels=(), alert=False)


async def follow(world, *settings: str, topic: str = "sanctions", ref: Ref = YOU) -> None:
    await world.say(f"/subscribe {topic}", ref)
    for one in settings:
        await world.say(one, ref)


async def test_a_daily_digest_brings_in_the_morning_what_came_in_a_day(world):
    await follow(world, "/digest sanctions daily 08:00")
    await news(world, *TITLES[:3])
    assert world.chat.sent == []
    await wait(world, hours=19)
    assert world.chat.sent == []
    await wait(world, hours=1)
    (only,) = world.chat.sent
    told = last(world)
    assert "Briefing: 3 stories" in told
    assert all(title in told for title in TITLES[:3])
    await wait(world, days=3)
    assert world.chat.sent == [only]
    assert await states(world) == [("sent", 4)]


async def test_a_digest_for_the_chat_leaves_a_topic_of_its_own_rhythm_alone(world):
    await follow(world, "/digest daily 08:00")
    await follow(world, "/digest glacier instant", topic="glacier")
    await news(world, "Glacier melts", "Sanctions on a bank")
    assert world.chat.titles() == ["Glacier melts"]
    await wait(world, hours=20)
    assert "Sanctions on a bank" in last(world)


async def test_a_story_that_a_topic_told_at_once_matches_later_is_told_at_once(world):
    await follow(world, "/digest sanctions daily 08:00")
    await follow(world, topic="freighter")
    await news(world, TITLES[1], source="/a")
    assert world.chat.sent == []
    await news(world, TITLES[1], source="/b", lead="It has a share in a freighter.")
    assert world.chat.titles() == [TITLES[1]]
    assert "freighter" in last(world)
    await wait(world, days=1)
    assert len(world.chat.sent) == 1


async def test_what_was_held_for_long_and_comes_at_once_is_news_and_no_catch_up(world):
    await follow(world, "/quiet 14:00-13:00 breaking")
    await wait(world, hours=3)
    await news(world, TITLES[0], source="/a")
    await wait(world, hours=20)
    for source in ("/b", "/c", "/d"):
        await news(world, TITLES[0], source=source)
    assert world.chat.titles() == [TITLES[0]]


async def test_what_is_off_is_followed_and_told_only_when_asked_for(world):
    await follow(world, "/digest sanctions off")
    await news(world, TITLES[0])
    await wait(world, days=8)
    assert world.chat.sent == []
    assert TITLES[0] in await world.say("/briefing 10d")


async def test_quiet_hours_hold_what_comes_and_brief_when_they_are_over(world):
    await follow(world, "/timezone Europe/Berlin", "/quiet 22:00-07:00")
    await wait(world, hours=9)  # 23:00 in Berlin
    await news(world, *TITLES[:2])
    assert world.chat.sent == []
    await wait(world, hours=7, minutes=59)
    assert world.chat.sent == []
    await wait(world, minutes=1)
    assert "Briefing: 2 stories" in last(world)
    await news(world, TITLES[2])
    assert world.chat.titles()[-1] == TITLES[2]


async def test_quiet_hours_may_be_silent_only(world):
    await follow(world, "/quiet 22:00-07:00 silent")
    await news(world, TITLES[0])
    await wait(world, hours=11)
    await news(world, TITLES[1])
    assert world.chat.titles() == list(TITLES[:2])
    assert [options.silent for options in world.chat.options] == [False, True]


async def test_quiet_hours_may_let_through_what_breaks(world):
    await follow(world, "/quiet 22:00-07:00 breaking")
    await wait(world, hours=11)
    for source in ("/a", "/b"):
        await news(world, TITLES[0], source=source)
    await news(world, TITLES[1])
    assert world.chat.sent == []
    await news(world, TITLES[0], source="/c")
    assert world.chat.titles() == [TITLES[0]]
    await wait(world, hours=8)
    assert "Briefing: 1 story" in last(world)
    assert TITLES[1] in last(world)


async def test_a_topic_may_be_told_while_its_chat_is_quiet(world):
    await follow(world, "/quiet 22:00-07:00")
    await follow(world, "/quiet glacier off", topic="glacier")
    await wait(world, hours=11)
    await news(world, "Glacier melts", TITLES[1])
    assert world.chat.titles() == ["Glacier melts"]


async def test_an_alert_that_could_not_go_before_quiet_hours_waits_for_their_end(world):
    await follow(world, "/quiet 22:00-07:00")
    world.chat.fail = lambda ref, card: _transient()
    await news(world, TITLES[0])
    world.chat.fail = lambda ref, card: None
    await wait(world, hours=10, minutes=1)
    await wait(world, minutes=10)
    assert world.chat.sent == []
    await wait(world, hours=9)
    assert "Briefing: 1 story" in last(world)
    assert await states(world) == [("sent", 2)]


def _transient():
    from bot.errors import Transient

    return Transient("no network")


async def test_a_briefing_that_could_not_go_before_quiet_hours_is_made_anew_after_them(world):
    await follow(world, "/digest daily 21:59", "/quiet 22:00-07:00")
    await news(world, TITLES[0])
    world.chat.fail = lambda ref, card: _transient()
    await wait(world, hours=9, minutes=59)
    world.chat.fail = lambda ref, card: None
    await wait(world, minutes=5)
    await wait(world, minutes=30)
    assert world.chat.sent == []
    await wait(world, hours=9)
    assert world.chat.titles() == ["Briefing: 1 story"]
    assert await states(world) == [("sent", 2)]


async def test_what_is_in_memory_when_quiet_hours_begin_is_not_sent(world):
    await follow(world, "/quiet 22:00-07:00 silent")
    await wait(world, hours=9, minutes=59, seconds=59)
    await follow(world, "/quiet 22:00-07:00 hold")
    sent = []

    async def slow():  # the first takes until quiet hours have begun
        sent.append(1)
        world.clock.turn(seconds=2)

    world.chat.gate = slow
    await news(world, *TITLES[:3])
    assert len(sent) == 1
    world.chat.gate = None
    await wait(world, hours=9)
    assert "Briefing: 2 stories" in last(world)


async def test_a_limit_counts_by_the_day_of_the_chat_and_not_what_it_had_already(world):
    await follow(world, "/timezone Asia/Tokyo", "/limit sanctions 1 a day")  # 21:00 there
    await news(world, TITLES[0], source="/a")
    await news(world, TITLES[0], source="/b")
    await wait(world, hours=3)
    await news(world, TITLES[1])
    assert world.chat.titles() == list(TITLES[:2])


async def test_a_topic_with_a_limit_tells_so_many_a_day_and_the_rest_in_a_digest(world):
    await follow(world, "/timezone Europe/Berlin", "/limit sanctions 2 a day")
    await news(world, TITLES[0])
    await news(world, *TITLES[1:5])
    assert len(world.chat.sent) == 2
    await wait(world, hours=18)
    assert "Briefing: 3 stories" in last(world)
    await news(world, *TITLES[5:8])
    assert len(world.chat.sent) == 5


async def test_a_story_is_told_once_enough_sources_have_it(world):
    await follow(world, "/atleast sanctions 3 sources")
    for source in ("/a", "/b"):
        await news(world, TITLES[0], source=source)
    assert world.chat.sent == []
    await news(world, TITLES[0], source="/c")
    assert world.chat.titles() == [TITLES[0]]
    await news(world, TITLES[0], source="/d")
    assert len(world.chat.sent) == 1


async def test_breaking_only_tells_what_grows_fast(world):
    await follow(world, "/breaking sanctions")
    for source in ("/a", "/b", "/c", "/d"):
        await news(world, TITLES[0], source=source)
        await wait(world, hours=1, minutes=30)
    assert world.chat.sent == []
    for source in ("/a", "/b", "/c"):
        await news(world, TITLES[1], source=source)
    assert world.chat.titles() == [TITLES[1]]


async def test_a_pause_is_silent_and_offers_what_came_when_it_ends(world):
    await follow(world)
    assert "until /resume" in await world.say("/pause")
    await news(world, *TITLES[:2])
    await wait(world, days=2)
    assert world.chat.sent == []
    cards = await world.press("resume")
    (button, _) = cards[0].buttons
    (told,) = await world.press(button.action.verb, button.action.argument)
    assert all(title in plain_text(told, labels=(), alert=False) for title in TITLES[:2])
    await news(world, TITLES[2])
    assert world.chat.titles() == [TITLES[2]]


async def test_what_was_queued_or_held_when_a_pause_began_comes_in_one_briefing_after_it(world):
    await follow(world)
    await follow(world, "/digest glacier daily 08:00", topic="glacier")
    world.chat.fail = lambda ref, card: _transient()
    await news(world, TITLES[0], "Glacier melts")
    world.chat.fail = lambda ref, card: None
    await world.say("/pause 2d")
    await wait(world, days=1)
    assert world.chat.sent == []
    await wait(world, days=1, minutes=1)
    assert world.chat.titles() == ["Briefing: 2 stories"]
    assert await states(world) == [("sent", 3)]


async def test_a_muted_story_is_told_no_more_and_an_undo_takes_it_back(world):
    await follow(world)
    await news(world, TITLES[0], source="/a")
    assert TITLES[0] in await world.say("/mute story 1")
    async with world.database.reading() as connection:
        assert (await connection.execute(text("SELECT muted FROM alerts"))).scalars().all() == [
            True
        ]
    await world.press("unmute_story", "1")
    async with world.database.reading() as connection:
        assert (await connection.execute(text("SELECT muted FROM alerts"))).scalars().all() == [
            False
        ]


async def test_a_story_that_is_muted_before_it_was_sent_is_not_sent(world):
    await follow(world, "/digest sanctions daily 08:00")
    await news(world, *TITLES[:2])
    await world.say("/mute story 1")
    await wait(world, days=1)
    assert "Briefing: 1 story" in last(world)


async def test_a_topic_that_is_muted_when_its_digest_comes_is_told_after_that(world):
    await follow(world, "/digest sanctions daily 08:00")
    await news(world, TITLES[0])
    await world.say("/mute sanctions 2d")
    await wait(world, days=1)
    assert world.chat.sent == []
    await wait(world, days=1)
    assert "Briefing: 1 story" in last(world)


async def test_a_topic_that_is_dropped_takes_what_was_held_for_it_along(world):
    await follow(world, "/digest sanctions daily 08:00")
    await news(world, TITLES[0])
    await world.say("/unsubscribe sanctions")
    await wait(world, days=1)
    assert world.chat.sent == []
    assert await states(world) == [("expired", 1)]


async def test_nothing_new_is_nothing_said_unless_it_is_asked_for(world):
    await follow(world, "/digest daily 08:00")
    await wait(world, days=3)
    assert world.chat.sent == []
    assert "even if there is nothing new" in await world.say("/digest daily 08:00 always")
    await wait(world, days=1)
    assert world.chat.titles() == ["Nothing new on your topics."]
    await news(world, TITLES[0])
    await wait(world, days=1)
    assert world.chat.titles()[1:] == ["Briefing: 1 story"]
    await wait(world, days=3)  # once for all that was missed
    assert len(world.chat.sent) == 3
    await world.say("/digest daily 08:00")
    await wait(world, days=3)
    assert len(world.chat.sent) == 3


async def test_a_changed_rhythm_brings_what_is_held_at_the_new_time(world):
    await follow(world, "/digest sanctions weekly Fri 08:00")
    await news(world, *TITLES[:2])
    await world.say("/digest sanctions instant")
    await world.spread()
    assert "Briefing: 2 stories" in last(world)


async def test_a_long_briefing_is_several_messages_at_last_of_titles_alone(world):
    await follow(world, "/digest sanctions daily 08:00")
    many = [" ".join(f"w{n}x{word}" for word in range(5)) + " sanctions" for n in range(65)]
    await news(world, *many)
    async with world.database.reading() as connection:
        stories = (await connection.execute(text("SELECT count(*) FROM alerts"))).scalar_one()
    assert stories > 5 * STORIES + LISTED
    await wait(world, days=1)
    headings = world.chat.titles()
    assert headings == [f"Briefing: {stories} stories, {n} of 7" for n in range(1, 8)]
    told = [line[1].text for _, card in world.chat.sent for line in card.lines if len(line) > 1]
    assert sorted(one for one in told if one in many) == sorted(many)  # each once
    assert await states(world) == [("sent", stories + 7)]


async def test_what_is_beyond_a_long_briefing_is_counted(world, monkeypatch):
    monkeypatch.setattr(digests, "PARTS", 1)
    monkeypatch.setattr(digests, "LISTS", 1)
    await follow(world, "/digest sanctions daily 08:00")
    many = [" ".join(f"w{n}x{word}" for word in range(5)) + " sanctions" for n in range(35)]
    await news(world, *many)
    async with world.database.reading() as connection:
        stories = (await connection.execute(text("SELECT count(*) FROM alerts"))).scalar_one()
    await wait(world, days=1)
    assert len(world.chat.titles()) == 2
    assert f"and {stories - STORIES - LISTED} stor" in last(world)
    assert await states(world) == [("sent", stories + 2)]


async def test_a_briefing_lists_topics_one_after_the_other_with_sources_and_a_sentence(world):
    await follow(world, "/digest daily 08:00")
    await follow(world, topic="glacier")
    lead = "The council has frozen all accounts of the lender in three countries."
    await news(world, "Glacier melts")
    for source in ("/north", "/south"):
        await news(world, "Sanctions on a bank", source=source, lead=lead)
    await wait(world, days=1)
    told = last(world)
    assert told.index("sanctions") < told.index("Sanctions on a bank") < told.index("glacier")
    assert "north" in told
    assert "also south" in told
    assert "accounts of the lender" in told


async def test_a_process_that_ends_while_it_makes_a_briefing_makes_it_once(world):
    await follow(world, "/digest sanctions daily 08:00")
    await news(world, *TITLES[:3])
    world.clock.turn(days=1)

    class Killed(Exception):
        pass

    with pytest.raises(Killed):
        async with world.database.writing() as connection:
            assert await brief_page(connection, now=world.clock()) == 1
            raise Killed
    await world.spread()
    await world.spread()
    assert world.chat.titles() == ["Briefing: 3 stories"]
    assert await states(world) == [("sent", 4)]


async def test_two_processes_that_make_briefings_at_once_make_one(world):
    for number in range(12):
        await follow(world, "/digest daily 08:00", ref=Ref("fake", "bot", str(number)))
    await news(world, *TITLES[:3])
    world.clock.turn(days=1)
    await asyncio.gather(*(world.brief() for _ in range(4)))
    await world.spread()
    assert [len(world.chat.titles(Ref("fake", "bot", str(n)))) for n in range(12)] == [1] * 12


async def test_a_store_that_refuses_leaves_everything_held(world, monkeypatch):
    await follow(world, "/digest sanctions daily 08:00")
    await news(world, TITLES[0])
    world.clock.turn(days=1)

    async def refuse(*_, **__):
        raise StoreError("no space")

    with monkeypatch.context() as patch:
        patch.setattr("bot.store.digests._queue", refuse)
        with pytest.raises(StoreError):
            await world.brief()
    assert await states(world) == [("held", 1)]
    await world.spread()
    assert world.chat.titles() == ["Briefing: 1 story"]


async def test_a_briefing_that_the_platform_refuses_ends_all_that_was_in_it(world):
    from bot.errors import Rejected

    await follow(world, "/digest sanctions daily 08:00")
    await news(world, *TITLES[:2])
    world.chat.fail = lambda ref, card: Rejected("too long")
    await wait(world, days=1)
    assert await states(world) == [("failed", 3)]


async def test_a_suspended_chat_gets_its_briefing_when_it_is_back(world):
    await follow(world, "/digest sanctions daily 08:00")
    await news(world, TITLES[0])
    await world.sender.outlet.gone(YOU, "blocked")
    await wait(world, days=2)
    assert world.chat.sent == []
    await world.sender.outlet.back(YOU)
    await world.spread()
    assert world.chat.titles() == ["Briefing: 1 story"]
