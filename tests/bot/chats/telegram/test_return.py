"""Chats that cannot be reached for a while: their stories are offered when they return."""

import pytest

from bot.conversation.registry import Access
from bot.models import ChatRef
from bot.runtime.clock import utc_now
from tests.bot.chats.telegram.conftest import RunningBot
from tests.bot.conftest import World, make_item
from tests.fakes.telegram import Refused

GROUP, SUPERGROUP = -55, -1001


def news(*numbers: int, topic: str = "Sanctions"):
    return [make_item(f"{topic} {number}", title=f"{topic} {number}") for number in numbers]


async def publish_alerted(running, title: str = "Sanctions 0") -> None:
    await running.publish(make_item(title, title=title))
    await running.next_message()


async def test_a_blocked_bot_offers_the_stories_of_the_meantime(running):
    server = running.server
    await running.send("/subscribe sanctions")
    server.change_membership("kicked", before="member", chat=7, kind="private")
    await running.wait_suspended(7)
    await running.publish(*news(1, 2, 3))
    server.change_membership("member", before="kicked", chat=7, kind="private")
    notice = await running.next_message()
    assert notice.text.startswith("3 stories came while Tocsin could not send to this chat.")
    server.press_button(notice, "Show them")
    await server.wait_until(lambda: any("Sanctions 3" in text for text in server.in_chat(7)))
    assert all(any(f"Sanctions {n}" in text for text in server.in_chat(7)) for n in (1, 2, 3))
    await running.publish(*news(4))
    assert (await running.next_message()).text.startswith("Sanctions 4")


async def test_an_alert_that_was_queued_before_the_block_is_sent_and_not_counted(running):
    server = running.server
    await running.send("/subscribe sanctions")
    server.errors[7] = Refused(403, "Forbidden: bot was blocked by the user")
    await running.publish(*news(1))
    await running.wait_suspended(7)
    await running.publish(*news(2))
    del server.errors[7]
    server.change_membership("member", before="kicked", chat=7, kind="private")
    await server.wait_until(lambda: len(server.messages) == 3)
    texts = sorted(text.partition("\n")[0] for text in server.in_chat(7)[1:])
    assert texts == ["1 story came while Tocsin could not send to this chat.", "Sanctions 1"]


async def test_a_short_block_without_news_causes_no_notice(running):
    server = running.server
    await running.send("/subscribe sanctions")
    server.change_membership("kicked", before="member", chat=7, kind="private")
    await running.wait_suspended(7)
    await running.publish(*news(1, topic="Weather"))
    server.change_membership("member", before="kicked", chat=7, kind="private")
    answer = await running.send("/topics")
    assert "sanctions" in answer.text
    assert len(server.messages) == 2


async def test_a_restricted_group_offers_the_stories_when_it_may_be_written_to_again(running):
    server = running.server
    server.admins[SUPERGROUP] = [
        {
            "status": "creator",
            "user": {"id": 7, "is_bot": False, "first_name": "Ada"},
            "is_anonymous": False,
        }
    ]
    await running.send("/subscribe sanctions", chat=SUPERGROUP, user=7)
    server.errors[SUPERGROUP] = Refused(
        400, "Bad Request: not enough rights to send text messages to the chat"
    )
    await running.publish(*news(1))
    await running.wait_suspended(SUPERGROUP)
    await running.publish(*news(2, 3))
    del server.errors[SUPERGROUP]
    await running.send("/topics", chat=SUPERGROUP, user=7)
    await server.wait_until(
        lambda: any("2 stories came" in text for text in server.in_chat(SUPERGROUP))
    )


@pytest.fixture
async def forum(running):
    running.server.topics[SUPERGROUP] = {"5", "6"}
    for thread in ("5", "6", ""):
        await running.world.send_command("/subscribe sanctions", running.ref(SUPERGROUP, thread))
    return running


def threads_with(running, title: str) -> set[str | None]:
    return {
        message.params.get("message_thread_id")
        for message in running.server.messages
        if message.chat == SUPERGROUP and title in message.text
    }


def reopen(server, thread: str) -> None:
    where = {"thread": int(thread)} if thread else {}
    server.write("", chat=SUPERGROUP, forum_topic_reopened={}, **where)


async def test_a_closed_topic_waits_until_it_opens_and_keeps_its_subscription(forum):
    server = forum.server
    server.closed[SUPERGROUP] = {"5", ""}
    await forum.publish(*news(1))
    await server.wait_until(lambda: threads_with(forum, "Sanctions 1") == {"6"})
    await server.wait_until(lambda: len(server.calls_to("sendMessage")) == 3)
    await forum.publish(*news(2))
    await server.wait_until(lambda: threads_with(forum, "Sanctions 2") == {"6"})
    server.closed.clear()
    for thread in ("5", ""):
        reopen(server, thread)
    await server.wait_until(
        lambda: (
            threads_with(forum, "Sanctions 1") == {"5", "6", None}
            and threads_with(forum, "1 story came") == {"5", None}
        )
    )
    await forum.publish(*news(3))
    await server.wait_until(lambda: threads_with(forum, "Sanctions 3") == {"5", "6", None})
    assert await forum.topics(SUPERGROUP, "5") == ["sanctions"]


async def test_a_reply_in_another_topic_does_not_open_a_closed_one(forum):
    server = forum.server
    server.closed[SUPERGROUP] = {"5"}
    await forum.publish(*news(1))
    await forum.wait_suspended(SUPERGROUP)
    await forum.send("/topics", chat=SUPERGROUP, user=7, thread=6)
    await forum.publish(*news(2))
    await server.wait_until(lambda: threads_with(forum, "Sanctions 2") == {"6", None})
    attempts = [
        params
        for params in server.calls_to("sendMessage")
        if params.get("message_thread_id") == "5"
    ]
    assert len(attempts) <= 2


# ── migration to a supergroup ─────────────────────────────────────────────────────────────────────


async def test_an_update_of_an_old_story_edits_no_message_of_the_supergroup(running):
    server = running.server
    await running.world.send_command("/subscribe sanctions", running.ref(GROUP))
    await running.world.send_command("/followups edit", running.ref(GROUP))
    await running.publish(make_item("a", title="Sanctions agreed", text="The council agreed."))
    alert = await running.next_message()
    server.moved[GROUP] = SUPERGROUP
    server.write("", chat=GROUP, migrate_to_chat_id=SUPERGROUP)
    assert await running.chat_events.get() == "chat_migrated"
    # The next message of the supergroup has the ID of the old alert.
    server.messages.clear()
    await running.publish(make_item("w", title="Sanctions on wine", text="Wine is concerned."))
    other = await running.next_message()
    assert (other.chat, other.id) == (SUPERGROUP, alert.id)
    await running.publish(
        make_item("b", title="Sanctions agreed", text="The council agreed. Banks object.")
    )
    await running.send("/topics", chat=8)
    assert other.text.startswith("Sanctions on wine")
    assert not other.edits
    assert not server.calls_to("editMessageText")


async def test_a_reply_to_an_old_message_does_not_quote_another_one(running):
    server = running.server
    server.moved[GROUP] = SUPERGROUP
    server.write("/help", chat=GROUP, user=7)
    answer = await running.next_message()
    assert answer.chat == SUPERGROUP
    assert "reply_parameters" not in answer.params


async def test_an_allowed_group_stays_allowed_as_a_supergroup(database, server):
    world = World(database, utc_now)
    for is_restarted in (False, True):
        access = Access(served=[f"telegram:{GROUP}"])
        async with RunningBot(world, server, access=access) as running:
            if not is_restarted:
                await running.send("/help", chat=GROUP, user=9)
                server.write("", chat=GROUP, migrate_to_chat_id=SUPERGROUP)
                assert await running.chat_events.get() == "chat_migrated"
            answer = await running.send("/topics", chat=SUPERGROUP, user=9)
            assert answer.text.startswith("You follow no topic")
    assert not access.serves(ChatRef("telegram", "123456", "-1009"), "9")
