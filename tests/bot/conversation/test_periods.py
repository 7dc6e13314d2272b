"""Periods and moments at the end of a command, and the commands that take them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.chats.console.pipe import plain_text
from bot.conversation.periods import split_period, split_until
from bot.conversation.request import IncomingMessage
from bot.errors import UserError
from tests.bot.conftest import CHAT, make_item

ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("text", "topic", "length"),
    [
        ("sanctions since yesterday", "sanctions", timedelta(days=1, hours=14)),
        ("sanctions since 7d", "sanctions", timedelta(days=7)),
        ("oil price since 2 hours", "oil price", timedelta(hours=2)),
        ("sanctions last 3 days", "sanctions", timedelta(days=3)),
        ("sanctions in the last week", "sanctions", timedelta(weeks=1)),
        ("sanciones desde ayer", "sanciones", timedelta(days=1, hours=14)),
        ("Sanktionen seit gestern", "Sanktionen", timedelta(days=1, hours=14)),
        ("sanctions depuis hier", "sanctions", timedelta(days=1, hours=14)),
        ("санкции с вчера", "санкции", timedelta(days=1, hours=14)),
        ("sanctions 7d", "sanctions", timedelta(days=7)),
        ("since yesterday", "", timedelta(days=1, hours=14)),
    ],
)
async def test_a_period_is_split_off(text, topic, length):
    head, period = await split_period(text, NOW, BERLIN, allow_bare=True)
    assert (head, NOW - period.start) == (topic, length)
    # The option is part of the button for the next page.
    again = await split_period(f"{topic} {period.option}", NOW, BERLIN)
    assert again[1].start == period.start


@pytest.mark.parametrize(
    "text", ["article 50", "встреча с Путиным", "vida desde el mar", "the last war"]
)
async def test_other_words_stay_in_the_topic(text):
    assert await split_period(text, NOW, BERLIN, allow_bare=True) == (text, None)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("sanctions since the war", "“the war” is not a time; use since 7d"),
        ("sanctions since 2019-01-01", "more than a year ago"),
        ("sanctions since 99999d", "out of range"),
        ("sanctions since 2026-07-01", "in the future"),
    ],
)
async def test_a_period_that_cannot_be_read_is_refused(text, problem):
    with pytest.raises(UserError) as caught:
        await split_period(text, NOW, BERLIN)
    assert problem in str(caught.value)


@pytest.mark.parametrize(
    ("text", "topic", "phrase"),
    [
        ("oil 2h", "oil", "for 2 hours"),
        ("oil 2 days", "oil", "for 2 days"),
        ("oil for a week", "oil", "for 1 week"),
        ("oil until tomorrow 9:00", "oil", "until Tue 2 Jun, 09:00"),
        ("oil until Monday", "oil", "until Mon 8 Jun, 00:00"),
        ("oil bis morgen", "oil", "until Tue 2 Jun, 00:00"),
        ("oil", "oil", ""),
        ("oil for sale", "oil for sale", ""),
    ],
)
async def test_the_end_of_a_mute_is_split_off(text, topic, phrase):
    head, until, words = await split_until(text, NOW, BERLIN)
    assert (head, words) == (topic, phrase)
    assert (until is None) == (not phrase)


@pytest.mark.parametrize("text", ["oil until banana", "oil until yesterday 9:00", "oil 99999d"])
async def test_an_end_that_cannot_be_read_is_refused(text):
    with pytest.raises(UserError):
        await split_until(text, NOW, BERLIN)


@ON_SQLITE
@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("/search sanctions since yesterday", "since Sun 31 May, 00:00"),
        ("/search sanctions since the war", "“the war” is not a time"),
        ("/search sanctions last 3 days", "in the last 3 days"),
        ("/trend sanctions 1y", "sanctions: 1 item, 3 Jun 2025"),
        ("/trend sanctions since January", "Jan to 1 Jun 2026"),
        ("/trend sanctions 2y", "2 to 366 days"),
        ("/mute sanctions 99999d", "the maximum is a year"),
        ("/mute sanctions until tomorrow 9:00", "until Tue 2 Jun, 09:00"),
        ("/pause until Monday", "until Mon 8 Jun, 00:00"),
        ("/pause tomorrow 9:00", "until Tue 2 Jun, 09:00"),
        ("/pause forever", "until /resume"),
        ("/briefing since yesterday", "since Sun 31 May"),
        ("/briefing 1y", "at most 31 days"),
        ("/digest sanctions weekdays 9:00", "from Monday to Friday at 09:00"),
        ("/timezone India", "“India” is read as the time of Kolkata."),
        ("/timezone UTC+2", "This chat uses the time zone UTC+2."),
    ],
)
async def test_commands_understand_natural_times(world, command, words):
    await world.send_command("/subscribe sanctions")
    await world.ingest_items(make_item("a"))
    answer = await world.send_command(command)
    assert words in answer.replace("*", "")


@ON_SQLITE
@pytest.mark.parametrize(
    "text", ["/subscribe oil since Monday", "oil since Monday", "oil last 3 days"]
)
async def test_a_period_is_not_part_of_a_followed_topic(world, text):
    (card,) = await world.conversation.handle_message(IncomingMessage(CHAT, text, "me"))
    assert [button.action.verb for button in card.buttons] == ["search", "subscribe", "dismiss"]
    await world.press_button("subscribe", card.buttons[1].action.argument)
    assert "1. oil" in (await world.send_command("/topics")).replace("*", "")


@ON_SQLITE
async def test_the_next_page_covers_the_same_period(world):
    await world.ingest_items(*(make_item(f"i{n}", f"Sanctions {n}") for n in range(8)))
    (card,) = await world.conversation.handle_message(
        IncomingMessage(CHAT, "/search sanctions since yesterday", "me")
    )
    (more,) = card.buttons
    (second,) = await world.press_button(more.action.verb, more.action.argument)
    assert "since Sun 31 May, 00:00" in plain_text(second, labels=(), alert=False)


@ON_SQLITE
async def test_unsubscribing_from_all_can_be_undone_with_the_settings(world):
    for topic in ("sanctions", "oil", '"north korea" AND missile'):
        await world.send_command(f"/subscribe {topic}")
    await world.send_command("/digest oil daily 09:00")
    before = await world.send_command("/topics")
    (card,) = await world.conversation.handle_message(
        IncomingMessage(CHAT, "/unsubscribe all", "me")
    )
    assert "follow no topic" in await world.send_command("/topics")
    (undo,) = card.buttons
    await world.press_button(undo.action.verb, undo.action.argument)
    assert await world.send_command("/topics") == before


@ON_SQLITE
async def test_a_topic_named_all_is_removed_alone(world):
    await world.send_command("/subscribe all blacks")
    await world.send_command("/subscribe all")
    await world.send_command("/unsubscribe all")
    assert "all blacks" in await world.send_command("/topics")


@ON_SQLITE
async def test_a_muted_story_is_unmuted_by_its_number(world):
    await world.send_command("/subscribe sanctions")
    await world.ingest_items(make_item("a"))
    await world.run_pipeline()
    await world.send_command("/latest")
    assert "nothing more about" in await world.send_command("/mute story 1")
    assert "You get news about" in await world.send_command("/unmute story 1")
    assert "Unknown story no. 99" in await world.send_command("/unmute story 99")


@ON_SQLITE
async def test_help_lists_every_delivery_mode(world):
    answer = await world.send_command("/help digest")
    for mode in ("instant", "hourly", "daily 08:00", "weekdays", "weekly Mon", "off", "always"):
        assert mode in answer


@ON_SQLITE
async def test_help_omits_commands_without_a_use_on_the_platform(world):
    console = world.conversation.commands.help(platform="console")
    telegram = world.conversation.commands.help(platform="telegram")
    assert "/share" not in str(console.lines)
    assert "/share" in str(telegram.lines)


@ON_SQLITE
@pytest.mark.parametrize(
    ("platform", "words"),
    [
        ("console", "on this computer"),
        ("telegram", "with the caption"),
        ("slack", "direct message"),
    ],
)
async def test_import_states_where_its_file_comes_from(world, platform, words):
    assert words in await world.send_command("/import", replace(CHAT, platform=platform))
