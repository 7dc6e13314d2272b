"""One alert per story: later items edit the alert or reply to it, and no new information is hidden."""

import asyncio
from collections import Counter
from contextvars import ContextVar
from dataclasses import replace
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from sqlalchemy import select, text

from bot.chats.adapter import Capabilities
from bot.chats.console.pipe import plain_text
from bot.errors import MessageRejected, TransientDeliveryError
from bot.ingest.pipeline import IngestPipeline, Matcher
from bot.models import ChatRef
from bot.store.feeds.sources import get_or_create_source
from bot.store.items.matches import queue_fan_out
from bot.store.outbox.alert_decisions import load_story_facts
from bot.store.outbox.fanout import fan_out_batch
from bot.store.tables import items as items_table
from tests.bot.conftest import CHAT, World
from tests.watchers.stories.story_stream import stream
from watchers import Item, PollResult, Source, TopicIndex
from watchers.stories import StoryIndex, load_encoder

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
async def alerted(world: World) -> World:
    """A world whose chat has the alert about the storm."""
    world.chat.capabilities = Capabilities(can_edit=True)
    await world.send_command("/subscribe storm")
    await world.ingest_items(STORM)
    await world.run_pipeline()
    assert world.chat.titles() == [STORM.title]
    return world


def card_text(card) -> str:
    return plain_text(card, labels=(), alert=False)


async def stories(world: World) -> list[tuple[str, int]]:
    async with world.database.reading() as connection:
        rows = await connection.execute(text("SELECT key, story_id FROM items ORDER BY id"))
        return [tuple(row) for row in rows]


async def test_a_repetition_edits_the_alert_without_a_message(alerted):
    await alerted.ingest_items(REPEAT)
    await alerted.run_pipeline()
    assert alerted.chat.titles() == [STORM.title]
    ((message, card),) = alerted.chat.edited
    assert message.message_id == "1"
    assert "Also in North Courier" in card_text(card)


async def test_new_information_is_a_reply_to_the_alert(alerted):
    await alerted.ingest_items(NEWS)
    await alerted.run_pipeline()
    assert alerted.chat.titles() == [STORM.title, f"New: {NEWS.title}"]
    assert alerted.chat.options[-1].reply_to == "1"
    assert " · news of no. 1" in card_text(alerted.chat.sent[-1][1])
    assert "Also in Daily Lantern" in card_text(alerted.chat.edited[-1][1])


async def test_a_higher_number_is_shown_beside_the_earlier_one(alerted):
    later = replace(
        NEWS,
        title="Storm Eva: toll in Lima rises",
        lead="Storm Eva has killed 40 people in Lima.",
        text="",
    )
    await alerted.ingest_items(later)
    await alerted.run_pipeline()
    assert "40 people (12 before)" in card_text(alerted.chat.sent[-1][1])


async def test_follow_ups_per_story_and_day_are_limited(alerted, clock):
    for number in range(4):
        item = replace(
            NEWS,
            key=f"n{number}",
            url=f"https://p{number}.example/eva-9",
            title=f"Storm Eva kills {40 + number} people in Lima",
            lead=f"Storm Eva has killed {40 + number} people in Lima.",
        )
        await alerted.ingest_items(item)
        async with alerted.database.writing() as connection:
            await fan_out_batch(connection, now=clock(), max_follow_ups=2)
    await alerted.run_pipeline()
    assert len(alerted.chat.sent) == 2
    clock.advance(minutes=11)
    await alerted.run_pipeline()
    # The alert and two follow-ups; the edit of the alert shows the rest.
    assert len(alerted.chat.sent) == 3
    # Only the first follow-up has a sound.
    assert [options.silent for options in alerted.chat.options] == [False, False, True]
    clock.advance(hours=1)
    await alerted.run_pipeline()
    assert len(alerted.chat.sent) == 3


async def test_copies_of_a_text_count_as_one_source(alerted, clock):
    story_id = (await stories(alerted))[0][1]
    own_report = replace(
        NEWS, lead="Residents of Lima said that the storm tore roofs from many houses near the sea."
    )
    await alerted.ingest_items(REPEAT, own_report)
    async with alerted.database.reading() as connection:
        facts = await load_story_facts(connection, [story_id], now=clock())
    # All items of this test are polled from one folder.
    assert facts[story_id].sources == 1
    shown = await alerted.send_command("/story 1")
    assert "3 items from 2 independent sources, first in Harbour Post" in shown
    assert shown.count("same text as Harbour Post") == 1


async def test_many_sources_are_counted_in_one_edit(alerted):
    for number in range(4):
        name = f"Paper {number}"
        url = f"https://p{number}.example/eva-9"
        await alerted.ingest_items(replace(REPEAT, key=name, source=name, url=url))
    await alerted.run_pipeline()
    assert len(alerted.chat.sent) == 1
    # The four waiting edits became one.
    assert len(alerted.chat.edited) == 1
    assert "Also in Paper 0, Paper 1 and 2 more" in card_text(alerted.chat.edited[0][1])


async def test_a_later_alert_names_the_other_sources(alerted):
    other = ChatRef("fake", "bot", "other")
    await alerted.ingest_items(REPEAT)
    await alerted.run_pipeline()
    await alerted.send_command("/subscribe storm", other)
    await alerted.ingest_items(NEWS)
    await alerted.run_pipeline()
    alert = next(card for ref, card in alerted.chat.sent if ref == other)
    assert "Also in Harbour Post and North Courier" in card_text(alert)


async def test_a_corrected_title_is_corrected_in_the_alert(alerted):
    await alerted.ingest_items(replace(STORM, title="Storm Eva kills 11 people in Lima"))
    await alerted.run_pipeline()
    assert len(alerted.chat.sent) == 1
    assert "kills 11" in card_text(alerted.chat.edited[0][1])


async def test_a_changed_text_edits_nothing(alerted):
    await alerted.ingest_items(replace(STORM, text="More words, the same title."))
    await alerted.run_pipeline()
    assert (len(alerted.chat.sent), alerted.chat.edited) == (1, [])


@pytest.mark.parametrize(("way", "titles"), [("edit", 1), ("reply", 2), ("alert", 2)])
async def test_a_chat_chooses_the_kind_of_follow_ups(alerted, way, titles):
    await alerted.send_command(f"/followups {way}")
    assert way in await alerted.send_command("/followups") or way == "reply"
    await alerted.ingest_items(NEWS)
    await alerted.run_pipeline()
    assert len(alerted.chat.sent) == titles
    reply_targets = [options.reply_to for options in alerted.chat.options[1:]]
    assert reply_targets == {"edit": [], "reply": ["1"], "alert": [""]}[way]
    newest = card_text(alerted.chat.edited[-1][1])
    assert ("Newest: Storm Eva: toll in Lima rises to 40" in newest) is (way == "edit")


async def test_an_unknown_kind_of_follow_up_is_rejected(alerted):
    assert "neither" in await alerted.send_command("/followups loudly")


async def test_every_kind_of_edit_of_an_item_causes_no_second_alert(alerted, clock):
    edits: tuple[dict[str, Any], ...] = (
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
        clock.advance(hours=2)
        await alerted.ingest_items(replace(STORM, **edit))
        await alerted.run_pipeline()
    assert len(alerted.chat.sent) == 1


async def test_a_wrong_merge_hides_no_information(alerted):
    """An item with other information is alerted, also if it is put into the wrong story."""
    other = replace(
        STORM,
        key="9",
        title="Storm Eva forces Quito airport to close",
        lead="Quito airport closed for 2 days after storm Eva hit Lima, minister Peter Novak said.",
        url="https://wire.example/quito-9",
        source="Wire",
    )
    await alerted.ingest_items(other)
    await alerted.run_pipeline()
    assert len(alerted.chat.sent) == 2


async def test_information_of_an_unmatched_item_counts_as_new_in_a_matching_item(alerted):
    """The first item with the number 40 does not match the topic of the chat; the second does."""
    await alerted.send_command("/unsubscribe storm")
    await alerted.send_command("/subscribe storm AND governor")
    unmatched = replace(NEWS, key="4", lead="At least 40 people died when storm Eva hit Lima.")
    await alerted.ingest_items(replace(unmatched, url="https://x.example/eva-4", source="X"))
    await alerted.run_pipeline()
    assert len(alerted.chat.sent) == 1
    await alerted.ingest_items(NEWS)
    await alerted.run_pipeline()
    assert alerted.chat.titles()[1:] == [f"New: {NEWS.title}"]


async def test_new_information_in_the_same_poll_is_a_reply(world):
    await world.send_command("/subscribe storm")
    await world.ingest_items(STORM, REPEAT, NEWS)
    await world.run_pipeline()
    assert world.chat.titles() == [STORM.title, f"New: {NEWS.title}"]
    assert world.chat.options[1].reply_to == "1"


async def test_a_platform_without_edits_gets_none(alerted):
    alerted.chat.capabilities = Capabilities()
    await alerted.ingest_items(REPEAT)
    await alerted.run_pipeline()
    assert alerted.chat.edited == []
    async with alerted.database.reading() as connection:
        waiting = await connection.execute(
            text("SELECT count(*) FROM follow_ups WHERE ended_at IS NULL")
        )
        assert waiting.scalar_one() == 0


async def test_a_failed_edit_is_retried_and_a_rejected_edit_is_given_up(alerted, clock):
    errors = [TransientDeliveryError("no network")]
    alerted.chat.fail = lambda *_: errors.pop() if errors else None
    await alerted.ingest_items(REPEAT)
    await alerted.run_pipeline()
    assert alerted.chat.edited == []
    clock.advance(minutes=1)
    await alerted.deliver()
    assert len(alerted.chat.edited) == 1
    alerted.chat.fail = lambda *_: MessageRejected("message can't be edited")
    await alerted.ingest_items(replace(STORM, title="Storm Eva kills 11 people in Lima"))
    await alerted.run_pipeline()
    alerted.chat.fail = lambda *_: None
    clock.advance(hours=1)
    await alerted.deliver()
    assert len(alerted.chat.edited) == 1


async def test_due_follow_ups_survive_the_death_of_a_sender(alerted):
    await alerted.ingest_items(NEWS)
    await alerted.fan_out()

    class Killed(BaseException):
        pass

    def die(*_):
        raise Killed

    alerted.chat.fail = die
    with pytest.raises(Killed):
        await alerted.deliver()
    alerted.chat.fail = lambda *_: None
    alerted.sender = alerted.make_sender()
    async with alerted.database.writing() as connection:
        await connection.execute(text("DELETE FROM leases"))
    await alerted.deliver()
    assert alerted.chat.titles() == [STORM.title, f"New: {NEWS.title}"]
    assert len(alerted.chat.edited) == 1


async def test_quiet_hours_delay_follow_ups(alerted, clock):
    await alerted.send_command("/quiet 11:00-14:00 hold")
    await alerted.ingest_items(NEWS)
    await alerted.run_pipeline()
    assert len(alerted.chat.sent) == 1
    clock.advance(hours=3)
    await alerted.deliver()
    assert alerted.chat.titles()[1:] == [f"New: {NEWS.title}"]


async def test_every_item_of_a_story_is_listed(alerted):
    await alerted.ingest_items(REPEAT, NEWS)
    answer = await alerted.send_command("/story 1")
    for item in (STORM, REPEAT, NEWS):
        assert item.title in answer
        assert item.source in answer
        assert item.url in answer
    assert answer == await alerted.send_command("/story")
    assert "tem 77 does not exist" in await alerted.send_command("/story 77")
    assert "“x”" in await alerted.send_command("/story x")


async def test_the_number_of_a_follow_up_is_found_by_its_message(alerted):
    await alerted.ingest_items(NEWS)
    await alerted.run_pipeline()
    number = await alerted.conversation._command_set.latest.number_of(CHAT, "2")
    assert number == "2"


async def test_a_restart_does_not_change_the_stories(world, clock):
    all_items = [report.item for report in stream(1, kinds=4)]
    await world.ingest_items(*all_items[:60])
    world.ingest = IngestPipeline(world.database, world.matcher, clock)
    await world.ingest_items(*all_items[60:])
    assigned = await stories(world)
    expected = await _assign_without_store(all_items, clock)
    assert _groups(assigned) == _groups(expected)


@pytest.mark.parametrize("is_enabled", [True, False])
async def test_reports_in_two_languages_are_one_story_with_the_encoder(world, clock, is_enabled):
    loader = load_encoder if is_enabled else None
    english = Item(
        key="1",
        title="Earthquake of magnitude 6.8 kills 14 in Oaxaca",
        lead="A strong earthquake shook the Mexican state of Oaxaca and killed 14 people.",
        language="en",
    )
    russian = Item(
        key="2",
        title="Землетрясение магнитудой 6,8 в Оахаке унесло жизни 14 человек",
        lead="Сильное землетрясение произошло в мексиканском штате Оахака.",
        language="ru",
    )
    for item in (english, russian):
        # A new process each time: it loads the items of the store.
        world.ingest = IngestPipeline(world.database, world.matcher, clock, load_encoder=loader)
        await world.ingest_items(item)
    assert [story for _, story in await stories(world)] == [1, 1 if is_enabled else 2]


async def test_a_failed_transaction_does_not_change_the_stories(alerted, monkeypatch):
    async def fail(*_, **__):
        raise RuntimeError("simulated failure")

    with monkeypatch.context() as patch:
        patch.setattr("bot.ingest.pipeline.queue_fan_out", fail)
        with pytest.raises(RuntimeError):
            await alerted.ingest_items(replace(NEWS, title="A lost item about storm Eva in Lima"))
    await alerted.ingest_items(REPEAT)
    assert [story for _, story in await stories(alerted)] == [1, 1]


@pytest.mark.parametrize("seed", range(4))
async def test_any_number_of_processes_gives_the_stories_of_one(world, clock, monkeypatch, seed):
    """Processes with their own indexes and clocks write, fail and restart at the same time."""

    async def queue_or_fail(*args):
        if _FAILS.get():
            raise RuntimeError("simulated failure after the stories are assigned")
        await queue_fan_out(*args)

    monkeypatch.setattr("bot.ingest.pipeline.queue_fan_out", queue_or_fail)
    chance = Random(seed)
    process_count = chance.randint(2, 4)
    items = [report.item for report in stream(seed, kinds=4)]
    processes = [_Process(world.database, clock, chance) for _ in range(process_count)]
    position = 0
    while position < len(items):
        polls = []
        for process in processes:
            size = chance.randint(0, 12)
            polls.append(process.ingest(items[position : position + size]))
            position += size
        await asyncio.gather(*polls)
        clock.advance(hours=chance.choice((0, 1, 4)))
    async with world.database.reading() as connection:
        rows = await connection.execute(
            select(items_table).order_by(items_table.c.found_at, items_table.c.id)
        )
        stored = rows.all()
    assert {row.key for row in stored} == {item.key for item in items}
    item_by_key = {item.key: item for item in items}
    index = StoryIndex()
    expected = [index.assign(item_by_key[row.key], received_at=row.found_at) for row in stored]
    assert [row.story_id for row in stored] == expected


_FAILS = ContextVar("fails", default=False)


class _Process:
    """A process with its own source, index and clock. Now and then it fails or restarts."""

    def __init__(self, database, clock, chance: Random) -> None:
        self._database = database
        self._chance = chance
        skew = timedelta(milliseconds=chance.randint(-500, 500))
        self._clock = lambda: clock() + skew
        self._pipeline: IngestPipeline | None = None
        self._name = f"/{chance.random()}"

    async def ingest(self, items: list[Item]) -> None:
        async with self._database.writing() as connection:
            source = await get_or_create_source(
                connection, Source("folder", self._name), now=self._clock()
            )
        polled = PollResult(items=tuple(items))
        if self._pipeline is None or self._chance.random() < 0.1:
            self._pipeline = IngestPipeline(self._database, Matcher(TopicIndex()), self._clock)
        if self._chance.random() < 0.1:
            # Each process runs in a task, so the others do not see the value.
            reset = _FAILS.set(True)
            with pytest.raises(RuntimeError):
                await self._pipeline.ingest(source, polled, is_complete=False)
            _FAILS.reset(reset)
        await self._pipeline.ingest(source, polled, is_complete=False)


async def _assign_without_store(items: list[Item], clock) -> list[tuple[str, int]]:
    index = StoryIndex()
    return [(item.key, index.assign(item, received_at=clock())) for item in items]


def _groups(assigned: list[tuple[str, int]]) -> Counter:
    groups: dict[int, list[str]] = {}
    for key, story in assigned:
        groups.setdefault(story, []).append(key)
    return Counter(tuple(keys) for keys in groups.values())
