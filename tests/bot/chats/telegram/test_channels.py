"""Channels: the instructions for the person who adds the bot, and missing rights of the bot."""

from bot.conversation.registry import Access
from bot.runtime.clock import utc_now
from tests.bot.chats.telegram.conftest import RunningBot
from tests.bot.conftest import World, make_item
from tests.fakes.telegram import Refused

ARTICLE = make_item(
    "a", title="Council agrees on sanctions", text="It agreed on sanctions. So it is."
)
CHANNEL = -100777
RIGHTS = {"can_post_messages": True, "can_edit_messages": True}


async def test_person_who_adds_bot_to_channel_gets_instructions(running):
    assert running.server.change_membership(
        "administrator", before="left", chat=CHANNEL, kind="channel", **RIGHTS
    )
    message = await running.next_message()
    assert message.chat == abs(CHANNEL)  # the person, in private
    assert f"/subscribe {CHANNEL} sanctions" in message.text
    assert await running.suspension_reason(CHANNEL) is None


async def test_channel_works_when_instructions_cannot_be_sent(running):
    running.server.errors[abs(CHANNEL)] = Refused(
        403, "Forbidden: bot can't initiate conversation with a user"
    )
    running.server.change_membership(
        "administrator", before="left", chat=CHANNEL, kind="channel", **RIGHTS
    )
    running.server.channels["@thenews"] = CHANNEL
    running.server.set_admins(CHANNEL, 7)
    answer = await running.send("/subscribe @thenews sanctions")
    assert "Following" in answer.text
    await running.publish(ARTICLE)
    assert (await running.next_message()).chat == CHANNEL


async def test_channel_without_post_right_is_reported_and_restored_with_the_right(
    running,
):
    server = running.server
    server.channels["@thenews"] = CHANNEL
    server.set_admins(CHANNEL, 7)
    server.silenced.add(CHANNEL)
    answer = await running.send("/subscribe @thenews sanctions")
    assert "cannot post" in answer.text
    assert "Following sanctions" in answer.text
    assert "cannot post" not in (await running.send("/topics @thenews")).text
    server.errors[CHANNEL] = Refused(
        400, "Bad Request: need administrator rights in the channel chat"
    )
    await running.publish(ARTICLE)
    await running.wait_suspended(CHANNEL)
    server.errors.clear()
    server.change_membership(
        "administrator", before="administrator", chat=CHANNEL, kind="channel", **RIGHTS
    )
    assert (await running.next_message()).text.startswith("Council")
    assert await running.suspension_reason(CHANNEL) is None


async def test_channel_of_unserved_person_gets_no_message(database, server):
    async with RunningBot(World(database, utc_now), server, access=Access(served=["7"])) as running:
        server.change_membership(
            "administrator", before="left", chat=CHANNEL, kind="channel", **RIGHTS
        )
        server.change_membership("member", before="left", chat=-1001, kind="supergroup")
        assert "no topic" in (await running.send("/topics")).text
        assert len(server.messages) == 1
