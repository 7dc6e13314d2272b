"""The limits of one chat: commands, topics, pages and files; operators have none."""

import asyncio
import json

import pytest

from bot.conversation.conversation import Conversation
from bot.conversation.limits import ChatLimits, Workload, is_slow_work
from bot.conversation.registry import Access
from bot.conversation.request import Attachment, IncomingMessage
from bot.errors import UserError
from bot.models import ChatRef
from tests.bot.conftest import CHAT
from watchers.process_pool import SandboxPool

OTHER = ChatRef("fake", "bot", "other")


def limit(world, operators=(), **limits) -> Workload:
    """Give the conversation of ``world`` limits for each chat."""
    workload = Workload(
        Access(operators), ChatLimits(**limits), timer=lambda: world.clock().timestamp()
    )
    world.conversation = Conversation(world.database, world.clock, access=workload)
    return workload


async def send_cards(world, text, ref=CHAT):
    return await world.conversation.handle_message(IncomingMessage(ref, text, "me"))


async def test_commands_above_the_limit_are_refused_once_and_then_ignored(world):
    limit(world, commands_per_minute=3)
    for _ in range(3):
        assert "follow no topic" in await world.send_command("/topics")
    (refusal,) = await send_cards(world, "/topics")
    assert "too many commands" in str(refusal).lower()
    assert await send_cards(world, "/topics") == []
    assert "follow no topic" in await world.send_command("/topics", OTHER)
    world.clock.advance(seconds=25)
    assert "follow no topic" in await world.send_command("/topics")


async def test_an_operator_has_no_limits(world):
    limit(world, operators=("me",), commands_per_minute=1, topics=1)
    for topic in ("sanctions", "football", "missile"):
        assert "Following" in await world.send_command(f"/subscribe {topic}")


async def test_a_chat_follows_at_most_its_number_of_topics(world):
    limit(world, topics=2)
    await world.send_command("/subscribe sanctions")
    await world.send_command("/subscribe football")
    assert "at most 2 topics" in await world.send_command("/subscribe missile")
    assert "2 topics" in await world.send_command("/topics")
    # Following a topic again is not a change.
    assert "already follow" in await world.send_command("/subscribe football")
    await world.send_command("/unsubscribe 1")
    assert "Following" in await world.send_command("/subscribe missile")


async def test_the_length_of_all_topics_is_limited(world):
    limit(world, topic_characters=40)
    await world.send_command('/subscribe "' + "a" * 20 + '"')
    assert "at most 40 characters" in await world.send_command('/subscribe "' + "b" * 20 + '"')
    assert "at most 40 characters" in await world.send_command('/edit 1 "' + "c" * 60 + '"')


async def test_an_import_adds_topics_up_to_the_limit(world):
    limit(world, topics=150)
    topics = [{"topic": f"word{number}"} for number in range(400)]
    data = json.dumps({"tocsin": "chat", "version": 1, "topics": topics}).encode()
    answer = await world.send_command("/import", CHAT, Attachment("chat.json", data))
    assert "150 topics added" in answer
    assert "250 topics: the chat has too many topics" in answer
    assert "150 topics" in await world.send_command("/topics")


async def test_a_pack_within_the_limit_only(world):
    limit(world, topics=3)
    (card,) = await world.press_button("pack", "world")
    assert "at most 3 topics" in str(card)
    assert "follow no topic" in await world.send_command("/topics")


async def test_files_per_hour_are_limited(world):
    limit(world, files_per_hour=2)
    document = Attachment("a.txt", b"Sanctions were imposed. The bank was closed.")
    for _ in range(2):
        assert "Sanctions" in await world.send_command("", CHAT, document)
    assert "too many files" in await world.send_command("", CHAT, document)
    world.clock.advance(minutes=31)
    assert "Sanctions" in await world.send_command("", CHAT, document)


async def test_pages_are_counted_before_they_are_fetched(world):
    workload = limit(world, pages_per_hour=5)
    workload.take_pages(CHAT, "me", 4)
    with pytest.raises(UserError, match="too many pages"):
        workload.take_pages(CHAT, "me", 2)
    workload.take_pages(OTHER, "me", 5)


async def test_a_hanging_document_does_not_delay_the_document_of_another_chat(world, monkeypatch):
    monkeypatch.setattr("watchers.sources.user_document.PARSE_TIMEOUT_SECONDS", 3.0)
    async with SandboxPool(2, workers_per_owner=1) as sandbox:
        world.conversation = Conversation(
            world.database, world.clock, access=Workload(Access(), sandbox=sandbox)
        )
        # 40 kB of "[" make pypdf search for the end of each array.
        hostile = Attachment("a.pdf", b"%PDF-1.7\n" + b"[" * 40_000)
        attacks = [
            asyncio.create_task(world.send_command("", CHAT, hostile, hostile, hostile))
            for _ in range(3)
        ]
        answer = await world.send_command("", OTHER, Attachment("b.txt", b"A bank was closed."))
        assert "A bank was closed" in answer
        await asyncio.gather(*attacks)


async def test_slow_answers_do_not_use_the_slots_of_quick_ones(world):
    workload = Workload(Access())
    async with asyncio.TaskGroup() as tasks:
        release = asyncio.Event()

        async def hang(number: int) -> None:
            async with workload.answering(ChatRef("fake", "bot", str(number)), is_slow=True):
                await release.wait()

        for number in range(100):
            tasks.create_task(hang(number))
        await asyncio.sleep(0)
        async with asyncio.timeout(5), workload.answering(OTHER, is_slow=False):
            release.set()


def test_commands_that_fetch_parse_or_search_are_slow():
    for name in ("summary", "SUB", "search", None):
        assert is_slow_work(name)
    assert not is_slow_work("topics")
    assert not is_slow_work("mute")
