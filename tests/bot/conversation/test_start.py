from dataclasses import dataclass, field
from typing import cast

import pytest

from bot.conversation.cards.card import Action
from bot.conversation.commands.start import PACKS
from bot.conversation.conversation import Conversation
from bot.conversation.registry import Access
from bot.conversation.request import ButtonPress, IncomingMessage
from bot.ingest.feed_service import FeedService
from bot.ingest.feed_types import FeedOverview
from tests.bot.conftest import CHAT, make_item
from watchers import parse_query


@dataclass
class FakeFeeds:
    counts: dict[str, int] = field(default_factory=dict)

    async def overview(self) -> FeedOverview:
        return FeedOverview(self.counts, ())


def text_of(card) -> str:
    return "\n".join("".join(span.text for span in line) for line in card.lines)


@pytest.mark.parametrize("topic", [topic for pack in PACKS.values() for topic in pack.topics])
def test_every_topic_of_a_pack_can_be_parsed(topic):
    assert parse_query(topic).describe()


async def test_start_offers_three_packs(world):
    (card,) = await world.conversation.handle_message(IncomingMessage(CHAT, "/start", "me"))
    assert [button.label for button in card.buttons] == [
        "World",
        "Sanctions and security",
        "Technology",
    ]


async def test_a_pack_button_follows_its_topics_and_undo_removes_them(world):
    await world.ingest_items(make_item("a"), make_item("b", "Missile test"))
    await world.send_command("/subscribe sanctions")
    (card,) = await world.press_button("pack", "security")
    text = text_of(card)
    assert "• sanctions  already" in text
    assert "• missile OR drone  1 stored item" in text
    assert card.announce_to_chat
    assert "You follow 5 topics" in await world.send_command("/topics")
    assert "*Missile* test" in await world.send_command("/latest")
    (undo,) = card.buttons
    await world.press_button(undo.action.verb, undo.action.argument)
    topics = await world.send_command("/topics")
    assert "You follow 1 topic" in topics
    assert "sanctions" in topics


async def test_a_new_chat_gets_an_alert_for_the_next_item(world):
    await world.press_button("pack", "world")
    await world.ingest_items(make_item("q", "Earthquake in the night"))
    await world.run_pipeline()
    assert world.chat.titles() == ["Earthquake in the night"]


async def test_a_pack_that_is_already_followed_changes_nothing(world):
    await world.press_button("pack", "technology")
    (again,) = await world.press_button("pack", "technology")
    assert "already" in text_of(again)
    assert not again.buttons


@pytest.mark.parametrize("argument", ["", "none", "world,security", "x" * 999])
async def test_a_forged_pack_is_refused(world, argument):
    (card,) = await world.press_button("pack", argument)
    assert "nknown pack" in text_of(card)
    (card,) = await world.press_button("unpack", argument)
    assert "no longer follow" in text_of(card)


async def test_only_admins_can_choose_a_pack(world):
    press = ButtonPress(CHAT, Action("pack", "world"), "guest", is_admin=False)
    (card,) = await world.conversation.handle_press(press)
    assert card.private
    assert "You follow no topic" in await world.send_command("/topics")


@pytest.mark.parametrize(
    ("counts", "operators", "hint"),
    [
        ({"active": 4}, ("me",), "tocsin feeds starter --add"),
        ({}, ("other",), "operator"),
        ({"active": 5}, ("me",), ""),
    ],
)
async def test_with_few_feeds_the_answer_has_a_hint(world, counts, operators, hint):
    conversation = Conversation(
        world.database,
        world.clock,
        access=Access(operators),
        feeds=cast("FeedService", FakeFeeds(counts)),
    )
    (card,) = await conversation.handle_press(ButtonPress(CHAT, Action("pack", "world"), "me"))
    text = text_of(card)
    assert hint in text
    assert ("few feeds" in text) is bool(hint)
