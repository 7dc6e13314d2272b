"""Channels: who made the bot an admin is told how to go on, and what it may not do there."""

from tests.bot.conftest import brief
from tests.fakes.telegram import Refused

ARTICLE = brief("a", title="Council agrees on sanctions", text="It agreed on sanctions. So it is.")
CHANNEL = -100777
RIGHTS = {"can_post_messages": True, "can_edit_messages": True}


async def test_who_makes_the_bot_an_admin_of_a_channel_is_told_how_to_go_on(life):
    made = life.server.stand("administrator", before="left", chat=CHANNEL, kind="channel", **RIGHTS)
    assert made
    told = await life.alerted()
    assert told.chat == abs(CHANNEL)  # whoever did it, in private
    assert f"/subscribe {CHANNEL} sanctions" in told.text
    assert await life.suspended(CHANNEL) is None


async def test_who_has_never_pressed_start_is_not_told_and_the_channel_goes_on(life):
    life.server.errors[abs(CHANNEL)] = Refused(
        403, "Forbidden: bot can't initiate conversation with a user"
    )
    life.server.stand("administrator", before="left", chat=CHANNEL, kind="channel", **RIGHTS)
    life.server.channels["@thenews"] = CHANNEL
    life.server.make_admins(CHANNEL, 7)
    said = await life.said("/subscribe @thenews sanctions")
    assert "Following" in said.text
    await life.news(ARTICLE)
    assert (await life.alerted()).chat == CHANNEL


async def test_a_channel_where_the_bot_may_not_post_yet_is_told_of_and_hears_all_once_it_may(life):
    server = life.server
    server.channels["@thenews"] = CHANNEL
    server.make_admins(CHANNEL, 7)
    server.silenced.add(CHANNEL)
    said = await life.said("/subscribe @thenews sanctions")
    assert "I may not post there yet" in said.text
    assert "Following sanctions" in said.text
    assert "may not post" not in (await life.said("/topics @thenews")).text
    server.errors[CHANNEL] = Refused(
        400, "Bad Request: need administrator rights in the channel chat"
    )
    await life.news(ARTICLE)
    await life.is_given_up(CHANNEL)
    server.errors.clear()
    server.stand("administrator", before="administrator", chat=CHANNEL, kind="channel", **RIGHTS)
    assert (await life.alerted()).text.startswith("Council")
    assert await life.suspended(CHANNEL) is None


async def test_a_channel_of_somebody_who_is_not_served_is_not_spoken_to(database, server):
    from bot.clock import utc_now
    from bot.conversation.access import Access
    from tests.bot.chats.telegram.conftest import Life
    from tests.bot.conftest import World

    async with Life(World(database, utc_now), server, access=Access(served=["7"])) as life:
        server.stand("administrator", before="left", chat=CHANNEL, kind="channel", **RIGHTS)
        server.stand("member", before="left", chat=-1001, kind="supergroup")
        assert "no topic" in (await life.said("/topics")).text
        assert len(server.messages) == 1
