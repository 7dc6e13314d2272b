"""Messages other than plain commands: pictures, files, edits, other scripts and abuse."""

import pytest
from sqlalchemy import text

from bot.conversation.registry import Access
from bot.runtime.clock import utc_now
from tests.bot.chats.telegram.conftest import RunningBot
from tests.bot.conftest import World, make_item
from tests.fakes.telegram_chats import ANONYMOUS

ARTICLE = make_item(
    "a", title="Council agrees on sanctions", text="It agreed on sanctions. So it is."
)
GROUP, FORUM = -1001, -1002
FILE = {"file_id": "f1", "file_unique_id": "f1", "file_name": "a.txt", "file_size": 60}
WORDS = b"Headline here\n\nOne is first. Two is next. Three is last."
POST = "The council met in the morning. It agreed on sanctions against two banks. " * 6
OTHER_USER = {"id": 55, "is_bot": False, "first_name": "Bo"}


def make_reply(user=OTHER_USER, *, chat=GROUP, **content):
    kind = "private" if chat > 0 else "supergroup"
    return {
        "reply_to_message": {
            "message_id": 90_000,
            "date": 1,
            "chat": {"id": chat, "type": kind, "title": "G"},
            "from": user,
            **content,
        }
    }


async def test_unsupported_content_is_answered_only_in_private_chats(running):
    voice = {"file_id": "v", "file_unique_id": "v", "duration": 3}
    assert "text, links and documents" in (await running.send("", voice=voice)).text
    running.server.write("", chat=GROUP, voice=voice)
    running.server.write("", voice=voice, media_group_id="album")
    pinned = {"message_id": 1, "date": 0, "chat": {"id": 7, "type": "private"}}
    running.server.write("", pinned_message=pinned)
    assert "no topic" in (await running.send("/topics")).text
    assert len(running.server.messages) == 2


async def test_caption_of_picture_is_used_as_text(running):
    photo = [{"file_id": "p", "file_unique_id": "p", "width": 1, "height": 1}]
    answer = await running.send("", photo=photo, caption="/subscribe sanctions")
    assert answer.text.startswith("Following sanctions")
    question = await running.send("", photo=photo, caption="timber")
    assert question.text.startswith("Follow timber?")


async def test_group_file_is_read_with_a_command_or_a_reply(running):
    running.server.files["f1"] = WORDS
    running.server.write("", chat=GROUP, document=FILE)
    with_command = await running.send("", chat=GROUP, document=FILE, caption="/summary@tocsin_bot")
    assert "Two is next." in with_command.text
    answer = await running.send("/summary", chat=GROUP, **make_reply(document=FILE))
    assert "Two is next." in answer.text
    assert len(running.server.calls_to("getFile")) == 2
    running.server.write("/topics", chat=GROUP, **make_reply(document=FILE))
    await running.next_message()
    assert len(running.server.calls_to("getFile")) == 2


async def test_reply_to_long_post_summarises_it(running):
    answer = await running.send("/summary", chat=GROUP, **make_reply(text=POST))
    assert "two banks" in answer.text
    short = await running.send("/summary", chat=GROUP, **make_reply(text="ok"))
    assert "No items yet" in short.text


async def test_reply_to_exported_file_imports_it(running):
    await running.send("/subscribe sanctions")
    export = await running.send("/export")
    running.server.files["mine"] = export.params["document"]
    mine = {"file_id": "mine", "file_unique_id": "m", "file_name": "tocsin.json"}
    bot = {"id": 123456, "is_bot": True, "first_name": "Tocsin"}
    imported = await running.send("/import", chat=8, **make_reply(bot, chat=8, document=mine))
    assert "1 topic added" in imported.text
    assert await running.topics(8) == ["sanctions"]


async def test_large_or_unsupported_file_is_reported(running):
    large = FILE | {"file_size": 30_000_000}
    assert "larger than 10 MB" in (await running.send("", document=large)).text
    running.server.files["f1"] = b"\x00\x01PK"
    odd = await running.send("", document=FILE | {"file_name": "a.docx"})
    assert "cannot be summarised" in odd.text


async def test_file_of_unserved_person_is_not_downloaded(database, server):
    server.files["f1"] = WORDS
    async with RunningBot(World(database, utc_now), server, access=Access(served=["7"])) as running:
        assert (
            "telegram:"
            in (await running.send("/summary", chat=66, **make_reply(document=FILE))).text
        )
        server.write("", chat=66, document=FILE)
        assert "Headline" in (await running.send("", document=FILE)).text
        assert len(server.calls_to("getFile")) == 1


async def test_edited_message_is_not_handled_again(running):
    await running.send("/subscribe sanctions")
    edited = running.server.make_incoming("/subscribe timber", 7, 7) | {"edit_date": 2}
    running.server.update(edited_message=edited)
    running.server.update(edited_channel_post=edited)
    assert "1 topic" in (await running.send("/topics")).text
    assert await running.topics(7) == ["sanctions"]


@pytest.mark.parametrize(
    "topic",
    ["عقوبات", "制裁", "санкции", "❤️ OR ракета", "𝕤𝕒𝕟𝕔𝕥𝕚𝕠𝕟𝕤", "👨‍👩‍👧 family", "שלום AND סנקציות"],
)
async def test_topic_in_any_script_is_followed_unchanged(running, topic):
    question = await running.send(topic)
    if "Yes" in running.server.button_labels(question):
        assert "Following" in await running.press(question, "Yes")
        assert len(await running.topics(7)) == 1
        listed = await running.send("/topics")
        assert topic.split()[0] in listed.text
    else:
        assert "internal error" not in question.text
        assert await running.topics(7) == []


@pytest.mark.parametrize(
    "words", ["🚀🔥", "?", "...", "\u202e\u200b", "/ ", "x" * 4096, "((((" * 900]
)
async def test_invalid_topic_is_answered_and_changes_nothing(running, words):
    running.server.write(words)
    answer = await running.send("/topics")
    assert "internal error" not in answer.text
    assert await running.topics(7) == []


async def test_button_of_removed_topic_is_answered_with_reason(running):
    await running.send("/subscribe sanctions")
    await running.publish(ARTICLE)
    alert = await running.next_message()
    await running.press(alert, "Mute")
    day = running.server.callback_data(alert, "1 day")
    await running.send("/unsubscribe 1")
    running.server.press(alert, day)
    assert "no longer follow" in (await running.next_message()).text
    assert await running.topics(7) == []


async def test_private_answer_in_group_is_popup(running):
    server = running.server
    server.set_admins(GROUP, 8)
    await running.send("/subscribe sanctions", chat=GROUP, user=8)
    await running.publish(ARTICLE)
    alert = await running.next_message()
    unsubscribe = server.callback_data(alert, "Unsubscribe")
    await running.send("/unsubscribe 1", chat=GROUP, user=8)
    count = len(server.messages)
    server.press(alert, unsubscribe, user=8)
    await server.wait_until(lambda: server.popups)
    assert "no longer follow" in server.popups[0]["text"]
    assert len(server.messages) == count
    assert not alert.edits


async def test_messages_between_other_people_are_not_stored(running):
    for number in range(5):
        running.server.write(f"chatter {number}", chat=GROUP, user=9)
    await running.send("/topics", chat=GROUP, user=9)
    async with running.world.database.reading() as connection:
        update_count = (await connection.execute(text("SELECT count(*) FROM updates"))).scalar_one()
    assert update_count == 1


async def test_button_of_inaccessible_message_in_forum_does_nothing(running):
    server = running.server
    server.set_admins(FORUM, 8)
    server.topics[FORUM] = {"5"}
    await running.send("/subscribe sanctions", chat=FORUM, user=8, thread=5)
    await running.publish(ARTICLE)
    alert = await running.next_message()
    server.open_queries.add("old")
    server.update(
        callback_query={
            "id": "old",
            "from": {"id": 8, "is_bot": False, "first_name": "A"},
            "chat_instance": "1",
            "data": server.callback_data(alert, "Unsubscribe"),
            "message": {
                "chat": {"id": FORUM, "type": "supergroup", "title": "F", "is_forum": True},
                "message_id": alert.id,
                "date": 0,
            },
        }
    )
    await server.wait_until(lambda: server.popups)
    assert "/topics" in server.popups[0]["text"]
    assert await running.topics(FORUM, "5") == ["sanctions"]


async def test_start_pack_button_in_group_needs_administrator(running):
    server = running.server
    server.set_admins(GROUP, 8)
    hello = await running.send("/start", chat=GROUP, user=9)
    server.press_button(hello, "World", user=9)
    await server.wait_until(lambda: server.popups)
    assert "admin" in server.popups[0]["text"]
    assert await running.topics(GROUP) == []
    unnamed = {"from": ANONYMOUS, "sender_chat": {"id": GROUP, "type": "supergroup", "title": "G"}}
    assert "Following" in (await running.send("/subscribe timber", chat=GROUP, **unnamed)).text
    assert "Following World" in await running.press(hello, "World", user=8)


async def test_replies_to_alert_in_group_follow_permissions(running):
    server = running.server
    server.set_admins(GROUP, 8)
    await running.send("/subscribe sanctions", chat=GROUP, user=8)
    await running.publish(ARTICLE)
    alert = await running.next_message()
    server.write("who would have thought", chat=GROUP, user=9, to=alert)
    assert "admin" in (await running.send("/unsubscribe", chat=GROUP, user=9, to=alert)).text
    assert "It agreed" in (await running.send("/summary", chat=GROUP, user=9, to=alert)).text
    assert (
        "no longer follow"
        in (await running.send("/unsubscribe", chat=GROUP, user=8, to=alert)).text
    )


async def test_unserved_person_causes_no_request_about_members(database, server):
    async with RunningBot(World(database, utc_now), server, access=Access(served=["7"])) as running:
        for text in ("/subscribe @channel sanctions", "/subscribe -100123 sanctions"):
            answer = await running.send(text, chat=66)
            assert "restricted" in answer.text
        await running.send("/subscribe sanctions", chat=GROUP, person=66)
        for method in ("getChat", "getChatMember", "getChatAdministrators"):
            assert not running.server.calls_to(method)
