"""The schedule commands: confirmations, errors, undo and permissions."""

import pytest

from bot.chats.console.pipe import plain_text
from bot.conversation.request import ButtonPress, IncomingMessage
from bot.models import ChatRef
from bot.store.chats.chats import find_chat
from bot.store.chats.schedule import read_schedule
from bot.store.chats.subscriptions import list_subscriptions
from tests.bot.conftest import CHAT, make_item

# The commands do not depend on the kind of database.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


async def _answers(world, text: str, ref: ChatRef = CHAT, **fields):
    return await world.conversation.handle_message(IncomingMessage(ref, text, "me", **fields))


def _text(card) -> str:
    return plain_text(card, labels=(), alert=False)


async def _undo(world, text: str) -> str:
    """Send a command, press its Undo button and return the answer."""
    (card,) = await _answers(world, text)
    (undo,) = [button for button in card.buttons if button.label == "Undo"]
    cards = await world.conversation.handle_press(ButtonPress(CHAT, undo.action, "me"))
    return "\n".join(map(_text, cards))


async def _settings(world) -> dict[str, str]:
    """Return the stored settings of the chat and of its first topic."""
    async with world.database.reading() as connection:
        chat_id = await find_chat(connection, CHAT)
        schedule = await read_schedule(connection, chat_id)
        (subscription, *_) = await list_subscriptions(connection, chat_id)
    chat, topic = schedule.timing, subscription.schedule
    return {
        "chat mode": f"{chat.mode}{' always' if schedule.always else ''}",
        "chat quiet": str(chat.quiet),
        "zone": chat.zone,
        "mode": str(topic.mode),
        "quiet": str(topic.quiet),
        "at least": str(topic.min_sources),
        "limit": str(topic.daily_limit),
        "breaking": str(topic.breaking),
    }


@pytest.mark.parametrize(
    ("typed", "setting", "value", "keywords"),
    [
        ("/digest daily 8", "chat mode", "daily 08:00", "digest 08:00 Jun,"),
        ("/digest sanctions weekly fri 18:30", "mode", "weekly Fri 18:30", "Friday 18:30"),
        ("/digest sanctions daily 8", "mode", "daily 08:00", "sanctions Tue 2 Jun, 08:00"),
        ("/digest 1 hourly", "mode", "hourly", "sanctions hour 13:00"),
        ("/digest sanctions off", "mode", "off", "sanctions /latest /briefing"),
        ("/digest sanctions default", "mode", "None", "at once, as the chat"),
        ("/digest daily 08:00 always", "chat mode", "daily 08:00 always", "nothing new"),
        ("/digest off", "chat mode", "off", "/latest /briefing"),
        ("/quiet 22:00-07:00", "chat quiet", "22:00-07:00 hold", "22:00 07:00 briefing"),
        ("/quiet sanctions 22-7 silent", "quiet", "22:00-07:00 silent", "22:00 07:00 sound"),
        ("/quiet 9:00-9:00", "chat quiet", "off", "no quiet hours"),
        ("/quiet off", "chat quiet", "off", "no quiet hours"),
        ("/timezone kyiv", "zone", "Europe/Kyiv", "Europe/Kyiv 15:00"),
        ("/tz Europe/Kyiv", "zone", "Europe/Kyiv", "Europe/Kyiv 15:00"),
        ("/limit sanctions 5 a day", "limit", "5", "at most 5 alerts digest 08:00"),
        ("/limit 1 5", "limit", "5", "sanctions 5"),
        ("/limit sanctions off", "limit", "None", "no limit"),
        ("/atleast sanctions 3 sources", "at least", "3", "3 sources"),
        ("/atleast sanctions 3", "at least", "3", "3 sources"),
        ("/atleast sanctions off", "at least", "None", "one source"),
        ("/atleast sanctions 1", "at least", "None", "one source"),
        ("/breaking sanctions", "breaking", "True", "3 sources 2 hours"),
        ("/breaking sanctions off", "breaking", "False", "all stories"),
    ],
)
async def test_a_setting_is_stored_and_confirmed(world, typed, setting, value, keywords):
    await world.send_command("/subscribe sanctions")
    answer = await world.send_command(typed)
    assert (await _settings(world))[setting] == value
    for keyword in keywords.split():
        assert keyword in answer


@pytest.mark.parametrize(
    ("typed", "keyword"),
    [
        ("/digest", "all at once, no quiet hours"),
        ("/quiet sanctions", "as the chat"),
        ("/timezone", "/timezone Europe/Kyiv"),
        ("/mute sanctions 2d", "“sanctions” for 2 days"),
        ("/pause 2d", "for 2 days"),
        ("/resume", "already"),
        ("/briefing", "in the last day"),
    ],
)
async def test_the_current_state_is_shown(world, typed, keyword):
    await world.send_command("/subscribe sanctions")
    assert keyword in await world.send_command(typed)


@pytest.mark.parametrize(
    ("typed", "keywords"),
    [
        ("/digest daily 25:00", ["“25:00”", "00:00", "23:59"]),
        ("/digest weekly someday 8", ["“someday”", "Mon, Tue"]),
        ("/digest sanctions weekly blue", ["“blue”", "Mon, Tue"]),
        ("/digest oil daily", ["“oil”", "/topics"]),
        ("/digest sanctions fortnightly", ["fortnightly", "instant, hourly, daily 08:00"]),
        ("/digest sanctions daily always", ["“always”", "/digest daily 08:00 always"]),
        ("/digest instant always", ["“always”", "/digest daily 08:00 always"]),
        ("/digest always", ["“always”", "/digest daily 08:00 always"]),
        ("/mute sanctions banana", ["“banana”", "30m, 2h, 1d or 1w"]),
        ("/mute sanctions 400d", ["“400d”", "366d"]),
        ("/mute oil 2d", ["“oil”", "/topics"]),
        ("/timezone Europe/Kiyv", ["Europe/Kyiv, Europe/Kiev, Europe/Kirov?"]),
        ("/quiet 22:00-7:00 loudly", ["“loudly”", "silent", "hold", "breaking"]),
        ("/quiet 22:00", ["“22:00”", "/quiet 22:00-07:00"]),
        ("/quiet sanctions tonight", ["tonight", "/quiet 22:00-07:00"]),
        ("/timezone Europe/Kiew", ["Europe/Kiev"]),
        ("/timezone -03:30", ["“-03:30”", "Europe/Kyiv or New York"]),
        ("/timezone USA", ["several time zones", "New York, Chicago"]),
        ("/timezone ../../etc/passwd", ["“../../etc/passwd”"]),
        ("/limit sanctions", ["/limit sanctions 5 a day"]),
        ("/limit sanctions 0", ["“0”", "1,000"]),
        ("/limit sanctions 99999999", ["“99999999”", "1,000"]),
        ("/limit 5 a day", ["/limit sanctions 5 a day"]),
        ("/atleast oil 3", ["“oil”", "/topics"]),
        ("/breaking", ["/breaking sanctions"]),
        ("/pause banana", ["“banana”", "until tomorrow 9:00"]),
        ("/pause 99999d", ["“99999d”", "366d"]),
        ("/mute sanctions 99999d", ["“99999d”", "366d"]),
        ("/mute sanctions 999999999999999999d", ["“999999999999999999d”", "366d"]),
        ("/mute sanctions 0d", ["“0d”", "366d"]),
        ("/mute story", ["nknown story", "/latest"]),
        ("/mute story 7", ["no. 7", "/latest"]),
        ("/briefing 400d", ["31 days", "12h, 3d or 2w"]),
        ("/briefing 60d", ["31 days", "12h, 3d or 2w"]),
    ],
)
async def test_an_invalid_value_is_named_with_a_valid_example(world, typed, keywords):
    await world.send_command("/subscribe sanctions")
    before = await _settings(world)
    answer = await world.send_command(typed)
    for keyword in keywords:
        assert keyword in answer
    assert "?." not in answer
    assert await _settings(world) == before


@pytest.mark.parametrize(
    ("before", "typed", "keyword"),
    [
        ("/digest hourly", "/digest daily 8", "every hour"),
        ("/digest daily 9 always", "/digest off", "09:00, even if there is nothing new"),
        ("/digest 1 hourly", "/digest 1 off", "every hour"),
        ("", "/digest 1 off", "at once, as the chat"),
        ("/quiet 20:00-06:00 silent", "/quiet off", "from 20:00 to 06:00"),
        ("", "/quiet 1 1-2", "as the chat: no quiet hours"),
        ("/timezone Kyiv", "/timezone Berlin", "Europe/Kyiv"),
        ("", "/timezone Berlin", "UTC"),
        ("/limit 1 4", "/limit 1 5", "at most 4 alerts"),
        ("", "/limit 1 5", "no limit"),
        ("/atleast 1 4", "/atleast 1 off", "4 sources"),
        ("", "/breaking 1", "all stories"),
        ("/breaking 1", "/breaking 1 off", "breaking"),
    ],
)
async def test_undo_restores_the_previous_setting_and_confirms_it(world, before, typed, keyword):
    await world.send_command("/subscribe sanctions")
    if before:
        await world.send_command(before)
    settings = await _settings(world)
    assert keyword in await _undo(world, typed)
    assert await _settings(world) == settings


async def test_undo_of_a_pause_resumes_the_alerts(world):
    await world.send_command("/subscribe sanctions")
    await _undo(world, "/pause")
    assert "paused" not in await world.send_command("/topics")


async def test_topics_lists_the_settings_in_a_few_words(world):
    for command in (
        *("/subscribe sanctions", "/subscribe oil", "/timezone Kyiv", "/digest daily 08:00"),
        *("/quiet 22:00-07:00", "/digest oil weekly Mon 9:00", "/atleast oil 3", "/limit oil 5"),
    ):
        await world.send_command(command)
    answer = await world.send_command("/topics")
    assert "weekly Mon 09:00, at least 3 sources, at most 5 per day" in answer
    assert "This chat: daily 08:00, quiet 22:00-07:00 hold, Europe/Kyiv" in answer


async def test_only_admins_change_settings_and_everyone_reads_them(world):
    group = ChatRef("fake", "bot", "group")
    await world.send_command("/subscribe sanctions", group)
    for typed, is_change in (
        *((text, True) for text in ("/digest daily", "/quiet off", "/tz Kyiv", "/limit 1 5")),
        *((text, True) for text in ("/pause", "/mute story 1")),
        *((text, False) for text in ("/digest", "/quiet", "/timezone", "/briefing")),
    ):
        (card,) = await _answers(world, typed, group, is_admin=False)
        assert card.private is is_change, typed
        assert ("only admins" in _text(card).lower()) is is_change, typed


@pytest.mark.parametrize(
    "argument", ["", "x", "mode x daily", "mode 1", "zone 0 ../x", "limit 0 5"]
)
async def test_a_forged_button_changes_nothing(world, argument):
    await world.send_command("/subscribe sanctions")
    before = await _settings(world)
    await world.press_button("wish", argument)
    assert await _settings(world) == before


async def test_an_edited_topic_keeps_its_delivery_mode(world):
    await world.send_command("/subscribe sanctions")
    await world.send_command("/digest 1 hourly")
    await world.send_command("/edit 1 sanctions AND banks")
    assert "hourly" in await world.send_command("/topics")


async def test_a_briefing_on_request_covers_the_topics_or_any_query(world):
    await world.send_command("/subscribe sanctions")
    await world.ingest_items(
        make_item("a", title="Sanctions on a bank"), make_item("b", title="Glacier melts")
    )
    own_topics, query = (
        await world.send_command("/briefing"),
        await world.send_command("/briefing glacier 3h"),
    )
    assert "1 story of the last day" in own_topics
    assert "Sanctions on a bank" in own_topics
    assert "Glacier" not in own_topics
    assert "Glacier melts" in query
    world.clock.advance(hours=4)
    empty = await world.send_command("/briefing glacier 3h")
    assert "Glacier melts" not in empty
    assert "glacier in the last 3 hours" in empty


async def test_a_briefing_on_request_does_not_affect_held_alerts(world):
    await world.send_command("/subscribe sanctions")
    await world.send_command("/digest daily 08:00")
    await world.ingest_items(make_item("a", title="Sanctions on a bank"))
    await world.run_pipeline()
    assert "Sanctions on a bank" in await world.send_command("/briefing")
    world.clock.advance(days=1)
    await world.run_pipeline()
    assert world.chat.titles() == ["Briefing: 1 story"]


async def test_a_chat_without_a_zone_gets_the_zone_of_the_first_user_who_sets_a_time(world):
    await world.send_command("/subscribe sanctions")
    (card,) = await _answers(world, "/digest daily 08:00", zone="Asia/Tokyo")
    assert "Asia/Tokyo" in _text(card)
    await _answers(world, "/quiet 22-7", zone="Europe/Kyiv")
    assert (await _settings(world))["zone"] == "Asia/Tokyo"
