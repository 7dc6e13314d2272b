"""What people type about when they are told: said back in words, explained where it is wrong, undone."""

import pytest

from bot.chats.console.plain import plain_text
from bot.conversation.request import Message, Press
from bot.model import Ref
from tests.bot.conftest import YOU, brief

# Nothing here is the database's doing: one kind is enough.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


async def _cards(world, text: str, ref: Ref = YOU):
    return await world.conversation.hear(Message(ref, text, "me"))


async def _undo(world, text: str) -> str:
    """Say something, press its Undo, and give what that answers."""
    (card,) = await _cards(world, text)
    (undo,) = [button for button in card.buttons if button.label == "Undo"]
    cards = await world.conversation.press(Press(YOU, undo.action, "me"))
    return "\n".join(plain_text(one, labels=(), alert=False) for one in cards)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("/digest daily 8", "Everything here comes in a digest every day at 08:00."),
        ("/digest sanctions weekly fri 18:30", "comes in a digest every Friday at 18:30."),
        ("/digest sanctions daily 8", "The next one may come on Tue 2 Jun, 08:00."),
        ("/digest 1 hourly", "sanctions comes in a digest every hour."),
        ("/digest sanctions off", "does not come by itself; /latest and /briefing tell it"),
        ("/digest sanctions default", "comes at once, as the chat."),
        ("/digest daily 08:00 always", "even if there is nothing new"),
        ("/quiet 22:00-07:00", "quiet from 22:00 to 07:00: alerts wait, and come in one briefing"),
        (
            "/quiet sanctions 22-7 silent",
            "sanctions: quiet from 22:00 to 07:00: alerts come without",
        ),
        ("/quiet 9:00-9:00", "no quiet hours"),
        ("/quiet off", "no quiet hours"),
        ("/timezone kyiv", "This chat goes by the clock of Europe/Kyiv."),
        ("/tz Europe/Kyiv", "where it is 15:00"),
        (
            "/limit sanctions 5 a day",
            "at most 5 alerts a day; the rest comes in a digest every day",
        ),
        ("/limit 1 5", "sanctions: at most 5 alerts a day"),
        ("/limit sanctions off", "no limit of alerts a day"),
        ("/atleast sanctions 3 sources", "a story is told once 3 sources have it"),
        ("/atleast sanctions 3", "a story is told once 3 sources have it"),
        ("/atleast sanctions off", "as soon as one source has it"),
        ("/atleast sanctions 1", "as soon as one source has it"),
        ("/digest off", "Nothing here comes by itself; /latest and /briefing tell it."),
        ("/mute sanctions 2d", "No alerts for “sanctions” for 2 days."),
        ("/breaking sanctions", "only what breaks is told: a story that 3 sources begin to tell"),
        ("/breaking sanctions off", "every story is told"),
        ("/pause 2d", "No alerts here for 2 days."),
        ("/resume", "Alerts are on already."),
        ("/digest", "This chat: all at once, never quiet."),
        ("/quiet sanctions", "sanctions: as the chat."),
        ("/timezone", "By UTC, where it is 12:00; /timezone Europe/Kyiv sets yours."),
    ],
)
async def test_what_is_set_is_said_in_words(world, typed, said):
    await world.say("/subscribe sanctions")
    assert said in await world.say(typed)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("/digest daily 25:00", "“25:00” is no time of day; say it from 00:00 to 23:59"),
        ("/digest weekly someday 8", "“someday” is no day of the week; say Mon, Tue"),
        ("/digest sanctions weekly blue", "“blue” is no day of the week"),
        ("/digest oil daily", "you do not follow “oil”; /topics lists"),
        ("/digest sanctions fortnightly", "say how often: instant, hourly, daily 08:00"),
        ("/digest sanctions daily always", "“always” is for the whole chat"),
        ("/digest instant always", "“always” is for digests"),
        ("/digest always", "always when?"),
        ("/mute sanctions banana", "“banana” is no length of time; say 30m, 2h, 1d or 1w"),
        ("/mute sanctions 400d", "“400d” is out of range"),
        ("/mute oil 2d", "you do not follow “oil”"),
        ("/timezone Europe/Kiyv", "did you mean Europe/Kyiv, Europe/Kiev, Europe/Kirov?"),
        ("/quiet 22:00-7:00 loudly", "“loudly” is no way to be quiet; say silent"),
        ("/quiet 22:00", "you do not follow “22:00”"),
        ("/quiet sanctions tonight", "say the hours as /quiet 22:00-07:00"),
        ("/timezone Europe/Kiew", "did you mean Europe/Kiev"),
        ("/timezone +03:00", "says no place, and places change their clocks"),
        ("/timezone ../../etc/passwd", "is no time zone"),
        ("/limit sanctions", "Of which topic, and how many? /limit sanctions 5 a day"),
        ("/limit sanctions 0", "“0” is out of range; from 1 to 1,000 is fine"),
        ("/limit sanctions 99999999", "is out of range"),
        ("/limit 5 a day", "Of which topic, and how many?"),
        ("/atleast oil 3", "you do not follow “oil”"),
        ("/breaking", "Of which topic?"),
        ("/pause forever", "“forever” is no length of time; say 30m, 2h, 1d or 1w"),
        ("/pause 99999d", "“99999d” is out of range; up to a year is fine"),
        ("/mute sanctions 99999d", "“99999d” is out of range; up to a year is fine"),
        ("/mute sanctions 999999999999999999d", "is out of range"),
        ("/mute sanctions 0d", "is out of range"),
        ("/mute story", "there is no story to mute"),
        ("/mute story 7", "there is no story no. 7"),
        ("/briefing 400d", "a briefing looks back 31 days at most: 12h, 3d or 2w"),
        ("/briefing 60d", "a briefing looks back 31 days at most"),
        ("/briefing", "Nothing new on your topics in the last day."),
    ],
)
async def test_what_cannot_be_set_is_explained(world, typed, said):
    await world.say("/subscribe sanctions")
    answer = await world.say(typed)
    assert said.casefold() in answer.casefold()
    assert "?." not in answer


@pytest.mark.parametrize(
    ("before", "typed", "undone"),
    [
        ("/digest hourly", "/digest daily 8", "every hour"),
        (
            "/digest daily 9 always",
            "/digest off",
            "every day at 09:00, even if there is nothing new",
        ),
        ("/digest 1 hourly", "/digest 1 off", "every hour"),
        ("", "/digest 1 off", "comes at once, as the chat"),
        ("/quiet 20:00-06:00 silent", "/quiet off", "quiet from 20:00 to 06:00"),
        ("", "/quiet 1 1-2", "as the chat: no quiet hours"),
        ("/timezone Kyiv", "/timezone Berlin", "Europe/Kyiv"),
        ("", "/timezone Berlin", "the clock of UTC"),
        ("/limit 1 4", "/limit 1 5", "at most 4 alerts a day"),
        ("", "/limit 1 5", "no limit"),
        ("/atleast 1 4", "/atleast 1 off", "once 4 sources have it"),
        ("", "/breaking 1", "every story is told"),
        ("/breaking 1", "/breaking 1 off", "only what breaks"),
        ("", "/pause", "Alerts are on again."),
    ],
)
async def test_every_change_has_an_undo_that_says_what_holds_again(world, before, typed, undone):
    await world.say("/subscribe sanctions")
    if before:
        await world.say(before)
    assert undone in await _undo(world, typed)


async def test_topics_lists_what_is_set_in_a_few_words(world):
    for one in (
        *("/subscribe sanctions", "/subscribe oil", "/timezone Kyiv", "/digest daily 08:00"),
        *("/quiet 22:00-07:00", "/digest oil weekly Mon 9:00", "/atleast oil 3", "/limit oil 5"),
    ):
        await world.say(one)
    said = await world.say("/topics")
    assert "weekly Mon 09:00, from 3 sources on, 5 a day at most" in said
    assert "This chat: daily 08:00, quiet 22:00-07:00 hold, Europe/Kyiv" in said


async def test_settings_are_for_those_who_may_change_things_and_readable_for_all(world):
    group = Ref("fake", "bot", "group")
    await world.say("/subscribe sanctions", group)
    for typed in (
        "/digest daily",
        "/quiet off",
        "/tz Kyiv",
        "/limit 1 5",
        "/pause",
        "/mute story 1",
    ):
        (card,) = await world.conversation.hear(Message(group, typed, "x", may_change=False))
        assert "only admins" in plain_text(card, labels=(), alert=False).lower()
    for typed in ("/digest", "/quiet", "/timezone", "/briefing"):
        (card,) = await world.conversation.hear(Message(group, typed, "x", may_change=False))
        assert "only admins" not in plain_text(card, labels=(), alert=False).lower()


@pytest.mark.parametrize(
    "argument", ["", "x", "mode x daily", "mode 1", "zone 0 ../x", "limit 0 5"]
)
async def test_a_forged_button_changes_nothing(world, argument):
    await world.say("/subscribe sanctions")
    await world.press("wish", argument)
    assert "This chat: all at once, never quiet." in await world.say("/digest")


async def test_an_edited_topic_keeps_its_rhythm(world):
    await world.say("/subscribe sanctions")
    await world.say("/digest 1 hourly")
    await world.say("/edit 1 sanctions AND banks")
    assert "hourly" in await world.say("/topics")


async def test_a_briefing_on_request_is_by_topic_or_about_anything(world):
    await world.say("/subscribe sanctions")
    await world.find(brief("a", title="Sanctions on a bank"), brief("b", title="Glacier melts"))
    mine, about = await world.say("/briefing"), await world.say("/briefing glacier 3h")
    assert "1 story of the last day" in mine
    assert "Sanctions on a bank" in mine
    assert "Glacier" not in mine
    assert "Glacier melts" in about
    world.clock.turn(hours=4)
    assert "Nothing new about glacier in the last 3 hours" in await world.say(
        "/briefing glacier 3h"
    )


async def test_a_briefing_on_request_leaves_what_is_held_to_its_own(world):
    await world.say("/subscribe sanctions")
    await world.say("/digest daily 08:00")
    await world.find(brief("a", title="Sanctions on a bank"))
    await world.spread()
    assert "Sanctions on a bank" in await world.say("/briefing")
    world.clock.turn(days=1)
    await world.spread()
    assert world.chat.titles() == ["Briefing: 1 story"]


async def test_a_chat_without_a_clock_takes_that_of_the_person_if_the_platform_tells_it(world):
    await world.say("/subscribe sanctions")
    typed = Message(YOU, "/digest daily 08:00", "me", zone="Asia/Tokyo")
    (card,) = await world.conversation.hear(typed)
    assert "By the clock of Asia/Tokyo" in plain_text(card, labels=(), alert=False)
    await world.conversation.hear(Message(YOU, "/quiet 22-7", "you", zone="Europe/Kyiv"))
    assert "By the clock of Asia/Tokyo" in await world.say("/timezone")
