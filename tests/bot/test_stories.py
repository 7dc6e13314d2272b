"""One alert a story: what comes later edits it, or answers it, and nothing is told twice or hidden."""

import asyncio
from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from bot.chats.adapter import Capabilities
from bot.chats.console.plain import plain_text
from bot.errors import Rejected, Transient
from bot.ingest import Ingest
from bot.matcher import Matcher
from bot.model import Ref
from bot.store.sources import ensure_source
from tests.bot.conftest import YOU, World
from tests.watchers.story_stream import stream
from watchers import Item, Polled, Source, TopicIndex

STORM = Item(
    key="1",
    title="Storm Eva kills 12 people in Lima",
    lead="At least 12 people died when storm Eva hit Lima, mayor Rosa Quintana said.",
    url="https://post.example/eva-1",
    source="Harbour Post",
    language="en",
)
REPEAT = replace(
    STORM,
    key="2",
    title="12 people dead as storm Eva hits Lima",
    url="https://courier.example/eva-2",
    source="North Courier",
)
NEWS = replace(
    STORM,
    key="3",
    title="Storm Eva: toll in Lima rises to 40 people",
    lead="At least 40 people died when storm Eva hit Lima, governor Amina Diallo said.",
    url="https://lantern.example/eva-3",
    source="Daily Lantern",
)


@pytest.fixture
async def told(world: World) -> World:
    """A chat that was told of the storm."""
    world.chat.capabilities = Capabilities(edits=True)
    await world.say("/subscribe storm")
    await world.find(STORM)
    await world.spread()
    assert world.chat.titles() == [STORM.title]
    return world


def said(card) -> str:
    return plain_text(card, labels=(), alert=False)


async def stories(world: World) -> list[tuple[str, int]]:
    async with world.database.reading() as connection:
        rows = await connection.execute(text("SELECT key, story_id FROM items ORDER BY id"))
        return [tuple(row) for row in rows]


async def test_a_repeat_is_silent_and_edits_the_alert(told):
    await told.find(REPEAT)
    await told.spread()
    assert told.chat.titles() == [STORM.title]
    ((message, card),) = told.chat.edited
    assert message.message_id == "1"
    assert "Also in North Courier" in said(card)


async def test_what_is_new_answers_the_alert(told):
    await told.find(NEWS)
    await told.spread()
    assert told.chat.titles() == [STORM.title, f"New: {NEWS.title}"]
    assert told.chat.options[-1].reply_to == "1"
    assert "Also in Daily Lantern" in said(told.chat.edited[-1][1])


async def test_many_sources_are_counted(told):
    for number in range(4):
        name = f"Paper {number}"
        url = f"https://p{number}.example/eva-9"
        await told.find(replace(REPEAT, key=name, source=name, url=url))
    await told.spread()
    assert len(told.chat.sent) == 1
    assert len(told.chat.edited) == 1  # what waited was one edit
    assert "Also in Paper 0, Paper 1 and 2 more" in said(told.chat.edited[0][1])


async def test_who_was_told_later_reads_who_else_tells_it_in_the_alert_itself(told):
    other = Ref("fake", "bot", "other")
    await told.find(REPEAT)
    await told.spread()
    await told.say("/subscribe storm", other)
    await told.find(NEWS)
    await told.spread()
    alert = next(card for ref, card in told.chat.sent if ref == other)
    assert "Also in Harbour Post and North Courier" in said(alert)


async def test_a_corrected_title_is_corrected_in_the_alert(told):
    await told.find(replace(STORM, title="Storm Eva kills 11 people in Lima"))
    await told.spread()
    assert len(told.chat.sent) == 1
    assert "kills 11" in said(told.chat.edited[0][1])


async def test_a_changed_text_edits_nothing(told):
    await told.find(replace(STORM, text="More words, the same title."))
    await told.spread()
    assert (len(told.chat.sent), told.chat.edited) == (1, [])


@pytest.mark.parametrize(("way", "titles"), [("edit", 1), ("reply", 2), ("alert", 2)])
async def test_a_chat_decides_how_news_of_a_story_comes(told, way, titles):
    await told.say(f"/followups {way}")
    assert way in await told.say("/followups") or way == "reply"
    await told.find(NEWS)
    await told.spread()
    assert len(told.chat.sent) == titles
    answered = [one.reply_to for one in told.chat.options[1:]]
    assert answered == {"edit": [], "reply": ["1"], "alert": [""]}[way]
    newest = said(told.chat.edited[-1][1])
    assert ("Newest: Storm Eva: toll in Lima rises to 40" in newest) is (way == "edit")


async def test_no_other_way_is_taken(told):
    assert "neither" in await told.say("/followups loudly")


async def test_the_same_feed_ten_times_with_every_kind_of_edit_gives_no_second_alert(told, clock):
    edits = (
        {"key": "another"},
        {"title": "Storm Eva kills 12 in Lima"},
        {"published": clock() + timedelta(days=2)},
        {"url": "http://post.example/eva-1"},
        {"url": "https://www.post.example/eva-1?utm_source=feed&fbclid=1"},
        {"url": "https://m.post.example/eva-1/amp"},
        {"key": "b", "title": "Dozen dead in storm Eva, Lima mourns 99", "lead": "99 are missing."},
        {"key": "c", "published": clock() - timedelta(days=9)},
        {"key": "d", "url": "https://post.example/eva-1#top", "text": "Longer by a paragraph."},
        {},
    )
    for edit in edits:
        clock.turn(hours=2)
        await told.find(replace(STORM, **edit))
        await told.spread()
    assert len(told.chat.sent) == 1


async def test_a_wrong_merge_hides_nothing(told):
    """Whatever is put into a story: what says something else is told."""
    other = replace(
        STORM,
        key="9",
        title="Storm Eva forces Quito airport to close",
        lead="Quito airport closed for 2 days after storm Eva hit Lima, minister Peter Novak said.",
        url="https://wire.example/quito-9",
        source="Wire",
    )
    await told.find(other)
    await told.spread()
    assert len(told.chat.sent) == 2


async def test_news_in_an_item_that_a_chat_was_not_told_of_is_news_when_it_comes_again(told):
    """The first to say 40 does not match the chat's topic; the second does."""
    await told.say("/unsubscribe storm")
    await told.say("/subscribe storm AND governor")
    silent = replace(NEWS, key="4", lead="At least 40 people died when storm Eva hit Lima.")
    await told.find(replace(silent, url="https://x.example/eva-4", source="X"))
    await told.spread()
    assert len(told.chat.sent) == 1
    await told.find(NEWS)
    await told.spread()
    assert told.chat.titles()[1:] == [f"New: {NEWS.title}"]


async def test_news_of_one_poll_is_an_alert_and_a_reply(world):
    await world.say("/subscribe storm")
    await world.find(STORM, REPEAT, NEWS)
    await world.spread()
    assert world.chat.titles() == [STORM.title, f"New: {NEWS.title}"]
    assert world.chat.options[1].reply_to == "1"


async def test_a_platform_without_edits_gets_none(told):
    told.chat.capabilities = Capabilities()
    await told.find(REPEAT)
    await told.spread()
    assert told.chat.edited == []
    async with told.database.reading() as connection:
        left = await connection.execute(
            text("SELECT count(*) FROM follow_ups WHERE ended_at IS NULL")
        )
        assert left.scalar_one() == 0


async def test_an_edit_that_is_refused_for_good_is_given_up_and_one_in_vain_is_tried_again(
    told, clock
):
    refused = [Transient("no network")]
    told.chat.fail = lambda *_: refused.pop() if refused else None
    await told.find(REPEAT)
    await told.spread()
    assert told.chat.edited == []
    clock.turn(minutes=1)
    await told.deliver()
    assert len(told.chat.edited) == 1
    told.chat.fail = lambda *_: Rejected("message can't be edited")
    await told.find(replace(STORM, title="Storm Eva kills 11 people in Lima"))
    await told.spread()
    told.chat.fail = lambda *_: None
    clock.turn(hours=1)
    await told.deliver()
    assert len(told.chat.edited) == 1


async def test_what_is_due_survives_a_sender_that_dies(told):
    await told.find(NEWS)
    await told.fan_out()

    class Killed(BaseException):
        pass

    def die(*_):
        raise Killed

    told.chat.fail = die
    with pytest.raises(Killed):
        await told.deliver()
    told.chat.fail = lambda *_: None
    told.sender = told.make_sender()
    async with told.database.writing() as connection:
        await connection.execute(text("DELETE FROM leases"))
    await told.deliver()
    assert told.chat.titles() == [STORM.title, f"New: {NEWS.title}"]
    assert len(told.chat.edited) == 1


async def test_quiet_chats_hear_of_news_when_they_wake(told, clock):
    await told.say("/quiet 11:00-14:00 hold")
    await told.find(NEWS)
    await told.spread()
    assert len(told.chat.sent) == 1
    clock.turn(hours=3)
    await told.deliver()
    assert told.chat.titles()[1:] == [f"New: {NEWS.title}"]


async def test_every_item_of_a_story_is_listed(told):
    await told.find(REPEAT, NEWS)
    answer = await told.say("/story 1")
    for item in (STORM, REPEAT, NEWS):
        assert item.title in answer
        assert item.source in answer
        assert item.url in answer
    assert answer == await told.say("/story")
    assert "no item 77" in await told.say("/story 77")
    assert "no number" in await told.say("/story x")


async def test_an_answer_to_a_reply_is_about_its_item(told):
    await told.find(NEWS)
    await told.spread()
    number = await told.conversation._can.reading.number_of(YOU, "2")
    assert number == "2"


async def test_a_restart_puts_items_where_they_would_have_been(world, clock):
    whole = [one.item for one in stream(1, kinds=4)]
    await world.find(*whole[:60])
    world.ingest = Ingest(world.database, world.matcher, clock)
    await world.find(*whole[60:])
    broken = await stories(world)
    expected = await _alone(whole, clock)
    assert _groups(broken) == _groups(expected)


async def test_a_transaction_that_fails_leaves_no_trace_in_the_stories(told, monkeypatch):
    async def power_cut(*_, **__):
        raise RuntimeError("the lights went out")

    with monkeypatch.context() as patch:
        patch.setattr("bot.ingest.write_cursor", power_cut)
        with pytest.raises(RuntimeError):
            await told.find(replace(NEWS, title="A lost item about storm Eva in Lima"))
    await told.find(REPEAT)
    assert [story for _, story in await stories(told)] == [1, 1]


async def test_processes_agree(world, clock):
    """Two write at once, each with an index of its own: one story an event, as with one process."""
    whole = [one.item for one in stream(2, kinds=4)]
    both = [Ingest(world.database, Matcher(TopicIndex()), clock) for _ in range(2)]
    sources = []
    for name in ("/a", "/b"):
        async with world.database.writing() as connection:
            sources.append(await ensure_source(connection, Source("folder", name), now=clock()))
    for start in range(0, len(whole), 10):
        polls = whole[start : start + 5], whole[start + 5 : start + 10]
        await asyncio.gather(
            *(
                ingest.take(source, Polled(items=tuple(items)), complete=False)
                for ingest, source, items in zip(both, sources, polls, strict=True)
            )
        )
    found = await stories(world)
    by_key = {item.key: item for item in whole}
    order = [by_key[key] for key, _ in found]
    assert _groups(found) == _groups(await _alone(order, clock))


async def _alone(whole: list[Item], clock) -> list[tuple[str, int]]:
    from watchers.stories import StoryIndex

    index = StoryIndex()
    return [(item.key, index.assign(item, at=clock())) for item in whole]


def _groups(found: list[tuple[str, int]]) -> Counter:
    groups: dict[int, list[str]] = {}
    for key, story in found:
        groups.setdefault(story, []).append(key)
    return Counter(tuple(keys) for keys in groups.values())
