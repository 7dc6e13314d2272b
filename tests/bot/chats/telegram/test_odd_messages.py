"""What people send beside plain commands: pictures, files, edits, other scripts, and what they try."""

import pytest
from sqlalchemy import text

from tests.bot.conftest import brief
from tests.fakes.telegram_chats import ANONYMOUS

ARTICLE = brief("a", title="Council agrees on sanctions", text="It agreed on sanctions. So it is.")
GROUP, FORUM = -1001, -1002
FILE = {"file_id": "f1", "file_unique_id": "f1", "file_name": "a.txt", "file_size": 60}
WORDS = b"Headline here\n\nOne is first. Two is next. Three is last."
POST = "The council met in the morning. It agreed on sanctions against two banks. " * 6
SOMEBODY = {"id": 55, "is_bot": False, "first_name": "Bo"}


def replied(by=SOMEBODY, *, chat=GROUP, **what):
    kind = "private" if chat > 0 else "supergroup"
    return {
        "reply_to_message": {
            "message_id": 90_000,
            "date": 1,
            "chat": {"id": chat, "type": kind, "title": "G"},
            "from": by,
            **what,
        }
    }


async def test_a_picture_a_voice_and_a_sticker_are_answered_in_private_and_nowhere_else(life):
    voice = {"file_id": "v", "file_unique_id": "v", "duration": 3}
    assert "I read words, links and documents" in (await life.said("", voice=voice)).text
    life.server.write("", chat=GROUP, voice=voice)
    life.server.write("", voice=voice, media_group_id="album")
    pinned = {"message_id": 1, "date": 0, "chat": {"id": 7, "type": "private"}}
    life.server.write("", pinned_message=pinned)
    assert "no topic" in (await life.said("/topics")).text
    assert len(life.server.messages) == 2


async def test_a_picture_with_words_is_its_words(life):
    photo = [{"file_id": "p", "file_unique_id": "p", "width": 1, "height": 1}]
    said = await life.said("", photo=photo, caption="/subscribe sanctions")
    assert said.text.startswith("Following sanctions")
    asked = await life.said("", photo=photo, caption="timber")
    assert asked.text.startswith("Follow timber?")


async def test_a_file_in_a_group_is_read_when_a_command_comes_with_it_or_answers_it(life):
    life.server.files["f1"] = WORDS
    life.server.write("", chat=GROUP, document=FILE)
    beside = await life.said("", chat=GROUP, document=FILE, caption="/summary@tocsin_bot")
    assert "Two is next." in beside.text
    answer = await life.said("/summary", chat=GROUP, **replied(document=FILE))
    assert "Two is next." in answer.text
    assert len(life.server.called("getFile")) == 2
    life.server.write("/topics", chat=GROUP, **replied(document=FILE))
    await life.alerted()
    assert len(life.server.called("getFile")) == 2


async def test_a_long_post_of_somebody_is_summed_up_by_an_answer_to_it(life):
    said = await life.said("/summary", chat=GROUP, **replied(text=POST))
    assert "two banks" in said.text
    short = await life.said("/summary", chat=GROUP, **replied(text="ok"))
    assert "There is no item yet" in short.text


async def test_a_file_from_export_is_taken_back_by_an_answer_to_it(life):
    await life.said("/subscribe sanctions")
    export = await life.said("/export")
    life.server.files["mine"] = export.params["document"]
    mine = {"file_id": "mine", "file_unique_id": "m", "file_name": "tocsin.json"}
    bot = {"id": 123456, "is_bot": True, "first_name": "Tocsin"}
    taken = await life.said("/import", chat=8, **replied(bot, chat=8, document=mine))
    assert "1 topic added" in taken.text
    assert await life.topics(8) == ["sanctions"]


async def test_a_file_that_is_too_large_or_of_another_kind_is_told_of(life):
    large = FILE | {"file_size": 30_000_000}
    assert "larger than 10 MB" in (await life.said("", document=large)).text
    life.server.files["f1"] = b"\x00\x01PK"
    odd = await life.said("", document=FILE | {"file_name": "a.docx"})
    assert "cannot be summarised" in odd.text


async def test_nobody_fetches_the_file_of_whoever_is_not_served(database, server):
    from bot.clock import utc_now
    from bot.conversation.access import Access
    from tests.bot.chats.telegram.conftest import Life
    from tests.bot.conftest import World

    server.files["f1"] = WORDS
    async with Life(World(database, utc_now), server, access=Access(served=["7"])) as life:
        assert (
            "serves only" in (await life.said("/summary", chat=66, **replied(document=FILE))).text
        )
        server.write("", chat=66, document=FILE)
        assert "Headline" in (await life.said("", document=FILE)).text
        assert len(server.called("getFile")) == 1


async def test_a_message_that_is_edited_afterwards_is_no_second_order(life):
    await life.said("/subscribe sanctions")
    edited = life.server._incoming("/subscribe timber", 7, 7) | {"edit_date": 2}
    life.server.update(edited_message=edited)
    life.server.update(edited_channel_post=edited)
    assert "1 topic" in (await life.said("/topics")).text
    assert await life.topics(7) == ["sanctions"]


@pytest.mark.parametrize(
    "topic",
    ["عقوبات", "制裁", "санкции", "❤️ OR ракета", "𝕤𝕒𝕟𝕔𝕥𝕚𝕠𝕟𝕤", "👨‍👩‍👧 family", "שלום AND סנקציות"],
)
async def test_topics_of_any_script_are_followed_and_come_back_as_they_were(life, topic):
    asked = await life.said(topic)
    if "Yes" in life.server.labels(asked):
        assert "Following" in await life.edited(asked, "Yes")
        assert len(await life.topics(7)) == 1
        listed = await life.said("/topics")
        assert topic.split()[0] in listed.text
    else:
        assert "broke" not in asked.text
        assert await life.topics(7) == []


@pytest.mark.parametrize(
    "words", ["🚀🔥", "?", "...", "\u202e\u200b", "/ ", "x" * 4096, "((((" * 900]
)
async def test_what_is_no_topic_is_answered_in_words_and_changes_nothing(life, words):
    life.server.write(words)
    said = await life.said("/topics")
    assert "broke" not in said.text
    assert await life.topics(7) == []


async def test_a_button_of_a_topic_that_is_gone_says_so_to_its_presser(life):
    await life.said("/subscribe sanctions")
    await life.news(ARTICLE)
    alert = await life.alerted()
    await life.edited(alert, "Mute")
    day = life.server.data(alert, "1 day")
    await life.said("/unsubscribe 1")
    life.server.press(alert, day)
    assert "no longer follow" in (await life.alerted()).text
    assert await life.topics(7) == []


async def test_in_a_group_what_concerns_the_presser_alone_pops_up_for_them_alone(life):
    server = life.server
    server.make_admins(GROUP, 8)
    await life.said("/subscribe sanctions", chat=GROUP, by=8)
    await life.news(ARTICLE)
    alert = await life.alerted()
    unsubscribe = server.data(alert, "Unsubscribe")
    await life.said("/unsubscribe 1", chat=GROUP, by=8)
    many = len(server.messages)
    server.press(alert, unsubscribe, by=8)
    await server.until(lambda: server.popups)
    assert "no longer follow" in server.popups[0]["text"]
    assert len(server.messages) == many
    assert not alert.edits


async def test_what_people_say_among_themselves_is_not_written_down(life):
    for number in range(5):
        life.server.write(f"chatter {number}", chat=GROUP, by=9)
    await life.said("/topics", chat=GROUP, by=9)
    async with life.world.database.reading() as connection:
        seen = (await connection.execute(text("SELECT count(*) FROM updates"))).scalar_one()
    assert seen == 1


async def test_a_message_too_old_to_be_read_does_nothing_in_a_forum(life):
    server = life.server
    server.make_admins(FORUM, 8)
    server.topics[FORUM] = {"5"}
    await life.said("/subscribe sanctions", chat=FORUM, by=8, thread=5)
    await life.news(ARTICLE)
    alert = await life.alerted()
    server._asked.add("old")
    server.update(
        callback_query={
            "id": "old",
            "from": {"id": 8, "is_bot": False, "first_name": "A"},
            "chat_instance": "1",
            "data": server.data(alert, "Unsubscribe"),
            "message": {
                "chat": {"id": FORUM, "type": "supergroup", "title": "F", "is_forum": True},
                "message_id": alert.id,
                "date": 0,
            },
        }
    )
    await server.until(lambda: server.popups)
    assert "too old" in server.popups[0]["text"]
    assert await life.topics(FORUM, "5") == ["sanctions"]


async def test_an_unnamed_admin_may_press_and_a_stranger_may_not_begin_a_pack(life):
    server = life.server
    server.make_admins(GROUP, 8)
    hello = await life.said("/start", chat=GROUP, by=9)
    server.tap(hello, "World", by=9)
    await server.until(lambda: server.popups)
    assert "Only admins" in server.popups[0]["text"]
    assert await life.topics(GROUP) == []
    unnamed = {"from": ANONYMOUS, "sender_chat": {"id": GROUP, "type": "supergroup", "title": "G"}}
    assert "Following" in (await life.said("/subscribe timber", chat=GROUP, **unnamed)).text
    assert "Following World" in await life.edited(hello, "World", by=8)


async def test_what_somebody_says_in_answer_to_an_alert_in_a_group_is_their_own_affair(life):
    server = life.server
    server.make_admins(GROUP, 8)
    await life.said("/subscribe sanctions", chat=GROUP, by=8)
    await life.news(ARTICLE)
    alert = await life.alerted()
    server.write("who would have thought", chat=GROUP, by=9, to=alert)
    assert "Only admins" in (await life.said("/unsubscribe", chat=GROUP, by=9, to=alert)).text
    assert "It agreed" in (await life.said("/summary", chat=GROUP, by=9, to=alert)).text
    assert "no longer follow" in (await life.said("/unsubscribe", chat=GROUP, by=8, to=alert)).text
