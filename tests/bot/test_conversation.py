import pytest

from bot.conversation.request import Attachment
from bot.errors import StoreFull
from bot.model import Ref
from tests.bot.conftest import YOU, brief

ARTICLE = brief(
    "a",
    title="Council agrees on sanctions",
    text="The council met in the morning.\n\nIt agreed on sanctions against two banks and a port. "
    "The vote was close.\n\nThe envoy left without a word. Talks go on in May.",
)


async def test_the_help_names_every_command(world):
    answer = await world.say("/help")
    commands = world.conversation.commands
    for one in commands.all:
        assert answer.split().count(f"/{one.name}") == (not one.for_operators), one.name
    assert "More:" not in answer  # each has its place


async def test_the_help_fits_the_screen_of_a_phone(world):
    answer = await world.say("/help")
    assert sum(-(-len(line) // 40) for line in answer.splitlines()) <= 30


async def test_the_help_on_one_command_tells_what_it_takes_and_how_else_it_is_called(world):
    for asked in ("/help subscribe", "/help /sub", "/help SUB and so on"):
        answer = await world.say(asked)
        assert answer.startswith("/subscribe TOPIC  follow a topic")
        assert "Also: /sub /add" in answer
    assert "no command /subscrib; did you mean /subscribe?" in await world.say("/help subscrib")


async def test_a_slip_of_the_pen_is_led_to_a_command_that_is_offered(world):
    assert await world.say("/stat") == "There is no command /stat; did you mean /start?"


async def test_start_is_short_and_shows_what_to_type(world):
    answer = await world.say("/start")
    assert "sanctions" in answer
    assert len(answer.splitlines()) < 8


@pytest.mark.parametrize("command", ["/subscribe", "/sub", "/SUBSCRIBE", "/subscribe@tocsin_bot"])
async def test_commands_go_by_their_aliases_in_any_case(world, command):
    assert "Following sanctions" in await world.say(f"{command} sanctions")


async def test_subscribing_says_the_topic_back_and_how_much_is_known(world):
    await world.find(brief("a"), brief("b", title="Football"))
    answer = await world.say('/subscribe "North Korea" AND sanctions')
    assert "the phrase “north korea”" in answer
    assert "1 of 2 known items matches" in answer
    await world.spread()
    assert world.chat.sent == []


async def test_a_topic_that_cannot_be_read_is_explained_with_its_place(world):
    answer = await world.say("/subscribe (sanctions")
    assert "column" in answer
    assert "Following" not in answer


async def test_plain_text_becomes_a_topic_after_one_confirmation(world):
    (card,) = await world.conversation.hear(_message("sanctions"))
    assert card.asks
    assert [button.label for button in card.buttons] == ["Yes", "No"]
    assert "You follow no topic" in await world.say("/topics")
    await world.press("subscribe", card.buttons[0].action.argument)
    assert "sanctions" in await world.say("/topics")


def _message(text: str):
    from bot.conversation.request import Message

    return Message(YOU, text, "me")


async def test_topics_are_listed_with_their_alerts(world):
    await world.say("/subscribe sanctions")
    await world.find(brief("a"))
    await world.spread()
    assert "1. sanctions  1 alert, last just now" in await world.say("/list")


@pytest.mark.parametrize("which", ["1", "sanctions", "SANCTIONS"])
async def test_unsubscribing_takes_a_number_or_the_words(world, which):
    await world.say("/subscribe sanctions")
    assert "no longer follow" in await world.say(f"/unsub {which}")
    assert "You follow no topic" in await world.say("/topics")


async def test_unsubscribing_can_be_undone(world):
    await world.say('/subscribe "North Korea"')
    (card,) = await world.conversation.hear(_message("/unsubscribe 1"))
    (undo,) = card.buttons
    await world.press(undo.action.verb, undo.action.argument)
    assert '"North Korea"' in await world.say("/topics")


async def test_unsubscribing_from_an_alert_of_two_topics_asks_which(world):
    await world.say("/subscribe sanctions")
    await world.say("/subscribe korea")
    await world.find(brief("a"))
    await world.spread()
    (card,) = await world.press("unsubscribe", "1")
    assert [b.label for b in card.buttons] == ["sanctions", "korea", "None"]
    await world.press(card.buttons[1].action.verb, card.buttons[1].action.argument)
    assert "1 topic" in await world.say("/topics")


async def test_a_topic_of_another_chat_cannot_be_touched_by_a_forged_button(world):
    await world.say("/subscribe sanctions", Ref("fake", "bot", "victim"))
    (card,) = await world.press("unsubscribe_topic", "1")
    assert "no longer follow" in card.lines[0][0].text
    assert "1 topic" in await world.say("/topics", Ref("fake", "bot", "victim"))


async def test_muting_from_an_alert_asks_how_long_and_can_be_undone(world):
    await world.say("/subscribe sanctions")
    await world.find(brief("a"))
    await world.spread()
    (question,) = await world.press("mute", "1")
    assert [b.label for b in question.buttons] == ["1 hour", "1 day", "1 week"]
    (done,) = await world.press(
        question.buttons[1].action.verb, question.buttons[1].action.argument
    )
    assert "muted for" in await world.say("/topics")
    (undo,) = done.buttons
    await world.press(undo.action.verb, undo.action.argument)
    assert "muted" not in await world.say("/topics")


async def test_mute_and_unmute_take_a_topic_and_a_time(world):
    await world.say("/subscribe north korea")
    assert "for 2 hours" in await world.say("/mute north korea 2h")
    assert "on again" in await world.say("/unmute north korea")
    assert "for 1 day" in await world.say("/mute 1")
    assert "on again" in await world.say("/unmute")


async def test_latest_lists_what_the_topics_match_newest_first(world):
    await world.say("/subscribe sanctions")
    await world.find(brief("a"), brief("b", title="Football"), brief("c", title="New sanctions"))
    answer = (await world.say("/latest")).replace("*", "")
    assert answer.index("New sanctions") < answer.index("Sanctions on North Korea")
    assert "Football" not in answer


async def test_summary_of_a_number_is_three_sentences_of_the_article(world):
    await world.say("/subscribe sanctions")
    await world.find(ARTICLE)
    await world.spread()
    answer = await world.say("/summary 1")
    quoted = [line for line in answer.splitlines() if "“" in line]
    assert len(quoted) == 3
    assert all(line.strip().strip("“”") in ARTICLE.text.replace("\n\n", " ") for line in quoted)
    assert "3 sentences, of 5" in answer


async def test_summary_without_a_number_is_that_of_the_latest_alert(world):
    await world.say("/subscribe sanctions")
    await world.find(brief("b", title="Old sanctions", text="Old news."), ARTICLE)
    await world.spread()
    assert "Council agrees" in await world.say("/summary")


async def test_summary_of_a_file_leaves_its_trailer_out(world):
    data = b"Headline here\n\nOne is first. Two is next.\n\nRead more: Something else"
    answer = await world.say("/summary", YOU, Attachment("brief.txt", data))
    assert "Headline here" in answer
    assert "Read more" not in answer


async def test_a_file_that_cannot_be_read_is_explained(world):
    answer = await world.say("/summary", YOU, Attachment("a.bin", b"\x00\x01" * 99))
    assert "bin cannot be summarised" in answer


async def test_why_names_each_topic_and_the_words_that_matched(world):
    await world.say("/subscribe sanctions")
    await world.say('/subscribe "two banks"')
    await world.find(ARTICLE)
    await world.spread()
    answer = await world.say("/why 1")
    assert "Found *sanctions* ×2" in answer
    assert "Found *two banks*" in answer


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("/foo", "no command /foo"),
        ("/subscibe x", "did you mean /subscribe?"),
        ("/summary 99", "no item 99"),
        ("/summary abc", "“abc” is no number"),
        ("/latest many", "no number from 1 to 20"),
        ("/unsubscribe 7", "do not follow “7”"),
        ("/mute nothing", "do not follow “nothing”"),
        ("/subscribe", "What do you want to follow?"),
        ("/subscribe -football", ""),
        ("/summary 99999999999999999999999", "no item"),
    ],
)
async def test_wrong_input_gets_a_clear_line(world, text, says):
    await world.say("/subscribe sanctions")
    answer = await world.say(text)
    assert says in answer
    assert "broke" not in answer


@pytest.mark.parametrize(
    "text", ["\x00", "a\x00b", "\ud800", "/" * 5000, "\u202eevil", "x" * 5000, "/"]
)
async def test_hostile_text_is_answered_like_any_other(world, text):
    assert "broke" not in await world.say(text)


async def test_a_store_that_refuses_is_told_to_the_person(world, monkeypatch):
    async def full(*_, **__):
        raise StoreFull("no space is left for the database; free some, nothing was lost", "x")

    monkeypatch.setattr("bot.conversation.following.add_subscription", full)
    answer = await world.say("/subscribe sanctions")
    assert "no space is left" in answer
    assert "Nothing was changed" in answer


async def test_a_fault_of_ours_ends_one_answer_and_not_the_conversation(world, monkeypatch):
    async def broken(*_, **__):
        raise ZeroDivisionError

    monkeypatch.setattr("bot.conversation.following.add_subscription", broken)
    assert "it is in the log" in await world.say("/subscribe sanctions")
    assert "You follow no topic" in await world.say("/topics")


async def test_status_tells_what_is_watched_and_what_waits(world):
    await world.say("/subscribe sanctions")
    await world.find(brief("a"))
    await world.fan_out()
    answer = await world.say("/status")
    assert "folder seeds" in answer
    assert "1 item known, 1 subscription" in answer
    assert "0 sent, 1 waiting" in answer
