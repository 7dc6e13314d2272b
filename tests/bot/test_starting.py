from dataclasses import dataclass, field

import pytest

from bot.conversation.access import Access
from bot.conversation.card import Action
from bot.conversation.conversation import Conversation
from bot.conversation.feeding import Overview
from bot.conversation.request import Message, Press
from bot.conversation.starting import PACKS
from tests.bot.conftest import YOU, brief
from watchers import parse_query


@dataclass
class SomeFeeds:
    counts: dict[str, int] = field(default_factory=dict)

    async def overview(self) -> Overview:
        return Overview(self.counts, ())


def text_of(card) -> str:
    return "\n".join("".join(piece.text for piece in one) for one in card.lines)


@pytest.mark.parametrize("topic", [topic for pack in PACKS.values() for topic in pack.topics])
def test_every_topic_of_a_pack_can_be_read(topic):
    assert parse_query(topic).explain()


async def test_start_offers_three_packs(world):
    (card,) = await world.conversation.hear(Message(YOU, "/start", "me"))
    assert [one.label for one in card.buttons] == [
        "World",
        "Sanctions and security",
        "Technology",
    ]


async def test_a_tap_follows_the_topics_of_a_pack_and_undo_drops_them(world):
    await world.find(brief("a"), brief("b", "Missile test"))
    await world.say("/subscribe sanctions")
    (card,) = await world.press("pack", "security")
    said = text_of(card)
    assert "• sanctions  followed already" in said
    assert "• missile OR drone  1 known item" in said
    assert card.changed
    assert "You follow 5 topics" in await world.say("/topics")
    assert "*Missile* test" in await world.say("/latest")
    (undo,) = card.buttons
    await world.press(undo.action.verb, undo.action.argument)
    listed = await world.say("/topics")
    assert "You follow 1 topic" in listed
    assert "sanctions" in listed


async def test_a_new_chat_is_told_of_the_next_item(world):
    await world.press("pack", "world")
    await world.find(brief("q", "Earthquake in the night"))
    await world.spread()
    assert world.chat.titles() == ["Earthquake in the night"]


async def test_a_pack_that_is_followed_already_changes_nothing(world):
    await world.press("pack", "technology")
    (again,) = await world.press("pack", "technology")
    assert "already" in text_of(again)
    assert not again.buttons


@pytest.mark.parametrize("argument", ["", "none", "world,security", "x" * 999])
async def test_a_forged_pack_is_refused(world, argument):
    (card,) = await world.press("pack", argument)
    assert "no such pack" in text_of(card)
    (card,) = await world.press("unpack", argument)
    assert "no longer follow" in text_of(card)


async def test_only_those_who_may_change_things_take_a_pack(world):
    press = Press(YOU, Action("pack", "world"), "guest", may_change=False)
    (card,) = await world.conversation.press(press)
    assert "Only admins" in text_of(card)


@pytest.mark.parametrize(
    ("counts", "operators", "says"),
    [
        ({"active": 4}, ("me",), "tocsin feeds starter --add"),
        ({}, ("somebody",), "whoever runs Tocsin can add more"),
        ({"active": 5}, ("me",), ""),
    ],
)
async def test_where_little_is_read_the_operator_is_told_what_to_do(world, counts, operators, says):
    conversation = Conversation(
        world.database, world.clock, access=Access(operators), feeds=SomeFeeds(counts)
    )
    (card,) = await conversation.press(Press(YOU, Action("pack", "world"), "me"))
    assert says in text_of(card)
    assert bool(says) == ("Few feeds" in text_of(card))
