"""What the conversation does where several people share a chat, or hand things on: on any platform."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.chats.console.plain import plain_text
from bot.conversation.access import Access
from bot.conversation.card import Action
from bot.conversation.conversation import Conversation
from bot.conversation.request import Message, Press
from bot.model import Ref
from bot.store.kept import KEPT, keep_text, kept_text
from tests.bot.conftest import YOU, brief

GROUP = Ref("fake", "bot", "group")
ARTICLE = brief("a", title="Council agrees on sanctions", text="It agreed. So it is. Two banks.")

OTHER = brief(
    "b",
    title="Timber merchants in the north fear sanctions",
    text="Sawmills along the river wait for papers. Their owners say that they know nothing.",
)


async def hear(world, text: str, ref: Ref = GROUP, **said) -> str:
    cards = await world.conversation.hear(Message(ref, text, "me", **said))
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
async def test_who_may_not_change_things_is_told_so_and_nothing_is_changed(world, text):
    await hear(world, "/subscribe sanctions")
    before = await hear(world, "/topics")
    assert world.conversation.asks_for_change(text)
    assert "nly a" in await hear(world, text, may_change=False)
    assert await hear(world, "/topics") == before


@pytest.mark.parametrize(
    "text", ["/topics", "/latest", "/alias", "/help", "/search x", "/preview x"]
)
async def test_looking_is_for_everybody_and_asks_nobody(world, text):
    assert not world.conversation.asks_for_change(text)
    assert "nly admins of" not in await hear(world, text, may_change=False)


async def test_an_open_chat_is_open_in_all_its_threads(world):
    await hear(world, "/allow everyone")
    thread = replace(GROUP, thread="5")
    assert "Following" in await hear(world, "/subscribe sanctions", thread, may_change=False)
    assert "only an admin" in (await hear(world, "/allow admins", may_change=False)).lower()
    await hear(world, "/allow admins", thread)
    assert "Only admins" in await hear(world, "/unsubscribe 1", thread, may_change=False)


async def test_a_button_that_changes_something_is_for_those_who_may(world):
    await hear(world, "/subscribe sanctions")
    await world.find(ARTICLE)
    await world.spread()
    for verb, allowed in (("unsubscribe", False), ("mute", False), ("summary", True)):
        press = Press(GROUP, Action(verb, "1", item="1"), "me", may_change=False)
        refused = await world.conversation.refusal(press)
        assert (refused is None) is allowed
        assert world.conversation.is_change(press.action) is not allowed
        (card,) = await world.conversation.press(press)
        assert card.private is not allowed


async def test_an_answer_stands_beneath_the_item_and_leads_back(world):
    await hear(world, "/subscribe sanctions")
    await world.find(ARTICLE)
    await world.spread()
    alert = world.chat.sent[0][1]
    (mute,) = [one.action for one in alert.buttons if one.label == "Mute"]
    (asked,) = await world.conversation.press_in_place(Press(GROUP, mute))
    assert asked.lines[: len(alert.lines)] == alert.lines
    assert [one.label for one in asked.buttons] == ["1 hour", "1 day", "1 week", "Back"]
    back = asked.buttons[-1].action
    (again,) = await world.conversation.press_in_place(Press(GROUP, back))
    assert again == alert


async def test_what_answers_an_alert_is_about_it(world):
    await hear(world, "/subscribe sanctions")
    await world.find(ARTICLE)
    await world.spread()
    await world.find(OTHER)
    await world.spread()
    assert "Council agrees" in await hear(world, "/summary", reply_to="1")
    assert "Timber" in await hear(world, "/summary", reply_to="2")
    assert "Timber" in await hear(world, "/summary", reply_to="99")
    assert "for 2 hours" in await hear(world, "/mute 2h", reply_to="1")


async def test_an_action_can_be_done_to_another_chat_than_it_is_pressed_in(world):
    await hear(world, "/subscribe sanctions")
    card = (await world.conversation.hear(Message(GROUP, "/unsubscribe 1", "me")))[0]
    undo = card.done_to(GROUP.chat).buttons[0].action
    (done,) = await world.conversation.press(Press(YOU, undo))
    assert "Following" in plain_text(done, labels=(), alert=False)
    assert all(button.action.chat == GROUP.chat for button in done.buttons)
    assert "1 topic" in await hear(world, "/topics")
    assert "no topic" in await hear(world, "/topics", YOU)


async def test_a_shared_topic_is_understood_without_the_chats_own_words(world):
    await hear(world, "/alias nk = pyongyang")
    await hear(world, "/subscribe nk")
    (card,) = await world.conversation.hear(Message(GROUP, "/share 1", "me"))
    assert "Follow pyongyang?" in await hear(world, f"/start {card.invitation}", YOU)


async def test_a_long_text_is_kept_by_a_short_key_and_forgotten_long_after(world):
    text = "é" * 9_000
    key = await world.conversation.keep(text)
    assert len(key) == 16
    assert await world.conversation.keep(text) == key
    assert await world.conversation.kept(key) == text[:8_192]
    assert await world.conversation.kept("nothing") is None
    async with world.database.writing() as connection:
        later = world.clock() + KEPT + timedelta(days=1)
        await keep_text(connection, "other", now=later)
        assert await kept_text(connection, key) is None


async def test_those_who_run_the_bot_see_how_much_there_is(world):
    access = Access(operators=["fake:boss"])
    world.conversation = Conversation(world.database, world.clock, access=access)
    await hear(world, "/subscribe sanctions")
    await hear(world, "/subscribe sanctions", YOU)
    await world.find(ARTICLE)
    await world.spread()
    assert "for those who run" in await hear(world, "/stats")
    (card,) = await world.conversation.hear(Message(YOU, "/stats", "boss"))
    said = plain_text(card, labels=(), alert=False)
    assert "fake: 2" in said
    assert "1 topic followed" in said
    assert "2 sent" in said
    assert "2 × sanctions" in said


@pytest.mark.parametrize(
    ("served", "ref", "by", "is_served"),
    [
        ([], YOU, "9", True),
        (["9"], YOU, "9", True),
        (["fake:9"], YOU, "9", True),
        (["slack:9"], YOU, "9", False),
        (["group"], GROUP, "8", True),
        (["group"], YOU, "8", False),
        (["x"], YOU, "boss", True),
        (["x"], YOU, "", False),
    ],
)
def test_who_is_served(served, ref, by, is_served):
    assert Access(["boss"], served).serves(ref, by) is is_served
