"""Groups, permissions, shared topics and stored button texts, on any platform."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.chats.console.pipe import plain_text
from bot.conversation.cards.card import Action
from bot.conversation.conversation import Conversation
from bot.conversation.registry import Access
from bot.conversation.request import ButtonPress, IncomingMessage
from bot.models import ChatRef
from bot.store.updates import TEXT_TTL, load_text, save_text
from tests.bot.conftest import CHAT, make_item

GROUP = ChatRef("fake", "bot", "group")
ARTICLE = make_item(
    "a", title="Council agrees on sanctions", text="It agreed. It is done. Two banks."
)

OTHER = make_item(
    "b",
    title="Timber merchants in the north fear sanctions",
    text="Sawmills along the river wait for papers. Their owners say that they know nothing.",
)


async def say(world, text: str, ref: ChatRef = GROUP, **fields) -> str:
    cards = await world.conversation.handle_message(IncomingMessage(ref, text, "me", **fields))
    return "\n".join(plain_text(card, labels=(), alert=False) for card in cards)


@pytest.mark.parametrize(
    "text",
    [
        "/subscribe x",
        "/unsubscribe 1",
        "/edit 1 y",
        "/mute 1",
        "/unmute",
        "/alias a = b",
        "/allow all",
    ],
)
async def test_a_member_without_permission_cannot_change_settings(world, text):
    await say(world, "/subscribe sanctions")
    before = await say(world, "/topics")
    assert world.conversation.requires_admin(text)
    assert "admin" in await say(world, text, is_admin=False)
    assert await say(world, "/topics") == before


@pytest.mark.parametrize(
    "text", ["/topics", "/latest", "/alias", "/help", "/search x", "/preview x"]
)
async def test_everyone_can_read_and_no_permission_is_checked(world, text):
    assert not world.conversation.requires_admin(text)
    assert "nly admins of" not in await say(world, text, is_admin=False)


async def test_an_open_chat_is_open_in_all_threads(world):
    await say(world, "/allow everyone")
    thread = replace(GROUP, thread="5")
    assert "Following" in await say(world, "/subscribe sanctions", thread, is_admin=False)
    assert "only an admin" in (await say(world, "/allow admins", is_admin=False)).lower()
    await say(world, "/allow admins", thread)
    assert "Only admins" in await say(world, "/unsubscribe 1", thread, is_admin=False)


async def test_a_button_that_changes_settings_requires_permission(world):
    await say(world, "/subscribe sanctions")
    await world.ingest_items(ARTICLE)
    await world.run_pipeline()
    for verb, allowed in (("unsubscribe", False), ("mute", False), ("summary", True)):
        press = ButtonPress(GROUP, Action(verb, "1", item="1"), "me", is_admin=False)
        assert world.conversation.action_requires_admin(press.action) is not allowed
        (card,) = await world.conversation.handle_press(press)
        assert card.private is not allowed
    assert "1 topic" in await say(world, "/topics")


async def test_an_answer_is_shown_below_its_item_and_can_be_closed(world):
    await say(world, "/subscribe sanctions")
    await world.ingest_items(ARTICLE)
    await world.run_pipeline()
    alert = world.chat.sent[0][1]
    (mute,) = [button.action for button in alert.buttons if button.label == "Mute"]
    (question,) = await world.conversation.handle_press_in_place(ButtonPress(GROUP, mute))
    assert question.lines[: len(alert.lines)] == alert.lines
    assert [button.label for button in question.buttons] == ["1 hour", "1 day", "1 week", "Back"]
    back = question.buttons[-1].action
    (again,) = await world.conversation.handle_press_in_place(ButtonPress(GROUP, back))
    assert again == alert


async def test_a_reply_to_an_alert_is_about_its_item(world):
    await say(world, "/subscribe sanctions")
    await world.ingest_items(ARTICLE)
    await world.run_pipeline()
    await world.ingest_items(OTHER)
    await world.run_pipeline()
    assert "Council agrees" in await say(world, "/summary", reply_to="1")
    assert "Timber" in await say(world, "/summary", reply_to="2")
    assert "Timber" in await say(world, "/summary", reply_to="99")
    assert "for 2 hours" in await say(world, "/mute 2h", reply_to="1")


async def test_an_action_can_change_another_chat(world):
    await say(world, "/subscribe sanctions")
    card = (
        await world.conversation.handle_message(IncomingMessage(GROUP, "/unsubscribe 1", "me"))
    )[0]
    undo = card.with_target_chat(GROUP.chat).buttons[0].action
    (done,) = await world.conversation.handle_press(ButtonPress(CHAT, undo))
    assert "Following" in plain_text(done, labels=(), alert=False)
    assert all(button.action.chat == GROUP.chat for button in done.buttons)
    assert "1 topic" in await say(world, "/topics")
    assert "no topic" in await say(world, "/topics", CHAT)


async def test_a_shared_topic_does_not_need_the_aliases_of_the_chat(world):
    await say(world, "/alias nk = pyongyang")
    await say(world, "/subscribe nk")
    (card,) = await world.conversation.handle_message(IncomingMessage(GROUP, "/share 1", "me"))
    assert "Follow pyongyang?" in await say(world, f"/start {card.deep_link_payload}", CHAT)


async def test_a_long_text_is_stored_under_a_short_key_until_it_expires(world):
    text = "é" * 9_000
    key = await world.conversation.store_text(text)
    assert len(key) == 16
    assert await world.conversation.store_text(text) == key
    assert await world.conversation.load_text(key) == text[:8_192]
    assert await world.conversation.load_text("nothing") is None
    async with world.database.writing() as connection:
        later = world.clock() + TEXT_TTL + timedelta(days=1)
        await save_text(connection, "other", now=later)
        assert await load_text(connection, key) is None


async def test_operators_see_the_statistics(world):
    access = Access(operators=["fake:boss"])
    world.conversation = Conversation(world.database, world.clock, access=access)
    await say(world, "/subscribe sanctions")
    await say(world, "/subscribe sanctions", CHAT)
    await world.ingest_items(ARTICLE)
    await world.run_pipeline()
    assert "TOCSIN_ADMINS" in await say(world, "/stats")
    (card,) = await world.conversation.handle_message(IncomingMessage(CHAT, "/stats", "boss"))
    text = plain_text(card, labels=(), alert=False)
    assert "fake: 2" in text
    assert "1 topic" in text
    assert "2 sent" in text
    assert "2 × sanctions" in text


@pytest.mark.parametrize(
    ("served", "ref", "by", "is_served"),
    [
        ([], CHAT, "9", True),
        (["9"], CHAT, "9", True),
        (["fake:9"], CHAT, "9", True),
        (["slack:9"], CHAT, "9", False),
        (["group"], GROUP, "8", True),
        (["group"], CHAT, "8", False),
        (["x"], CHAT, "boss", True),
        (["x"], CHAT, "", False),
    ],
)
def test_access_to_the_bot(served, ref, by, is_served):
    assert Access(["boss"], served).serves(ref, by) is is_served
