import pytest

from bot.conversation.request import Attachment
from bot.errors import DiskFullError
from bot.models import ChatRef
from tests.bot.conftest import CHAT, make_item

ARTICLE = make_item(
    "a",
    title="Council agrees on sanctions",
    text="The council met in the morning.\n\nIt agreed on sanctions against two banks and a port. "
    "The vote was close.\n\nThe envoy left without a word. Talks go on in May.",
)


async def test_the_help_names_every_command(world):
    answer = await world.send_command("/help")
    commands = world.conversation.commands
    for command in commands.all:
        assert answer.split().count(f"/{command.name}") == (not command.for_operators), command.name
    # Every command belongs to a group.
    assert "More:" not in answer


async def test_the_help_fits_the_screen_of_a_phone(world):
    answer = await world.send_command("/help")
    assert sum(-(-len(line) // 40) for line in answer.splitlines()) <= 30


async def test_the_help_on_one_command_shows_its_arguments_and_aliases(world):
    for text in ("/help subscribe", "/help /sub", "/help SUB and so on"):
        answer = await world.send_command(text)
        assert answer.startswith("/subscribe TOPIC  ")
        assert "/sub /add" in answer
    answer = await world.send_command("/help subscrib")
    assert "/subscrib;" in answer
    assert "/subscribe?" in answer


async def test_a_typo_gets_the_most_similar_public_command(world):
    answer = await world.send_command("/stat")
    assert "/start?" in answer
    assert "/stats" not in answer


async def test_start_is_short_and_shows_an_example(world):
    answer = await world.send_command("/start")
    assert "sanctions" in answer
    assert len(answer.splitlines()) < 8


@pytest.mark.parametrize("command", ["/subscribe", "/sub", "/SUBSCRIBE", "/subscribe@tocsin_bot"])
async def test_commands_have_aliases_and_ignore_case(world, command):
    await world.send_command(f"{command} sanctions")
    assert "1. sanctions" in await world.send_command("/topics")


async def test_subscribing_explains_the_topic_and_counts_stored_matches(world):
    await world.ingest_items(make_item("a"), make_item("b", title="Football"))
    answer = await world.send_command('/subscribe "North Korea" AND sanctions')
    assert "North Korea by any of its names (" in answer
    assert "1 of 2 stored items" in answer
    await world.run_pipeline()
    assert world.chat.sent == []


@pytest.mark.parametrize("command", ["/subscribe", "/preview", "/alias gap ="])
async def test_the_confirmation_explains_operators_of_other_services(world, command):
    answer = await world.send_command(f"{command} minister w/5 hd=resign")
    assert "“w/5” is read as NEAR/4: at most 4 other words between, in any order." in answer
    assert "“hd=” is read as title:." in answer


async def test_a_topic_that_cannot_be_parsed_is_explained_with_its_position(world):
    answer = await world.send_command("/subscribe (sanctions")
    assert "column 1" in answer
    assert "You follow no topic" in await world.send_command("/topics")


async def test_plain_text_becomes_a_topic_after_one_confirmation(world):
    (card,) = await world.conversation.handle_message(_message("sanctions"))
    assert card.is_question
    assert [button.label for button in card.buttons] == ["Yes", "No"]
    assert "You follow no topic" in await world.send_command("/topics")
    await world.press_button("subscribe", card.buttons[0].action.argument)
    assert "sanctions" in await world.send_command("/topics")


def _message(text: str):
    from bot.conversation.request import IncomingMessage

    return IncomingMessage(CHAT, text, "me")


async def test_topics_are_listed_with_their_alert_counts(world):
    await world.send_command("/subscribe sanctions")
    await world.ingest_items(make_item("a"))
    await world.run_pipeline()
    assert "1. sanctions  1 alert, last just now" in await world.send_command("/list")


@pytest.mark.parametrize("topic", ["1", "sanctions", "SANCTIONS"])
async def test_unsubscribe_takes_a_number_or_a_topic(world, topic):
    await world.send_command("/subscribe sanctions")
    assert "sanctions" in await world.send_command(f"/unsub {topic}")
    assert "You follow no topic" in await world.send_command("/topics")


async def test_unsubscribing_can_be_undone(world):
    await world.send_command('/subscribe "North Korea"')
    (card,) = await world.conversation.handle_message(_message("/unsubscribe 1"))
    (undo,) = card.buttons
    await world.press_button(undo.action.verb, undo.action.argument)
    assert '"North Korea"' in await world.send_command("/topics")


async def test_unsubscribe_from_an_alert_of_two_topics_asks_which_one(world):
    await world.send_command("/subscribe sanctions")
    await world.send_command("/subscribe korea")
    await world.ingest_items(make_item("a"))
    await world.run_pipeline()
    (card,) = await world.press_button("unsubscribe", "1")
    assert [button.label for button in card.buttons] == ["sanctions", "korea", "None"]
    await world.press_button(card.buttons[1].action.verb, card.buttons[1].action.argument)
    assert "1 topic" in await world.send_command("/topics")


async def test_a_forged_button_cannot_change_another_chat(world):
    await world.send_command("/subscribe sanctions", ChatRef("fake", "bot", "victim"))
    (card,) = await world.press_button("unsubscribe_topic", "1")
    assert card.private
    assert "1 topic" in await world.send_command("/topics", ChatRef("fake", "bot", "victim"))


async def test_muting_from_an_alert_asks_how_long_and_can_be_undone(world):
    await world.send_command("/subscribe sanctions")
    await world.ingest_items(make_item("a"))
    await world.run_pipeline()
    (question,) = await world.press_button("mute", "1")
    assert [button.label for button in question.buttons] == ["1 hour", "1 day", "1 week"]
    (done,) = await world.press_button(
        question.buttons[1].action.verb, question.buttons[1].action.argument
    )
    assert "muted for" in await world.send_command("/topics")
    (undo,) = done.buttons
    await world.press_button(undo.action.verb, undo.action.argument)
    assert "muted" not in await world.send_command("/topics")


async def test_mute_and_unmute_take_a_topic_and_a_time(world):
    await world.send_command("/subscribe north korea")
    assert "for 2 hours" in await world.send_command("/mute north korea 2h")
    assert "on again" in await world.send_command("/unmute north korea")
    assert "for 1 day" in await world.send_command("/mute 1")
    assert "on again" in await world.send_command("/unmute")


async def test_latest_lists_matching_items_newest_first(world):
    await world.send_command("/subscribe sanctions")
    await world.ingest_items(
        make_item("a"), make_item("b", title="Football"), make_item("c", title="New sanctions")
    )
    answer = (await world.send_command("/latest")).replace("*", "")
    assert answer.index("New sanctions") < answer.index("Sanctions on North Korea")
    assert "Football" not in answer


async def test_summary_of_a_number_is_three_sentences_of_the_article(world):
    await world.send_command("/subscribe sanctions")
    await world.ingest_items(ARTICLE)
    await world.run_pipeline()
    answer = await world.send_command("/summary 1")
    quoted = [line for line in answer.splitlines() if "“" in line]
    assert len(quoted) == 3
    assert all(line.strip().strip("“”") in ARTICLE.text.replace("\n\n", " ") for line in quoted)
    assert "of 5" in answer


async def test_summary_without_a_number_uses_the_latest_alert(world):
    await world.send_command("/subscribe sanctions")
    await world.ingest_items(make_item("b", title="Old sanctions", text="Old news."), ARTICLE)
    await world.run_pipeline()
    assert "Council agrees" in await world.send_command("/summary")


async def test_the_summary_of_a_file_omits_boilerplate(world):
    data = b"Headline here\n\nOne is first. Two is next.\n\nRead more: Something else"
    answer = await world.send_command("/summary", CHAT, Attachment("brief.txt", data))
    assert "Headline here" in answer
    assert "Read more" not in answer


async def test_an_unreadable_file_is_explained(world):
    answer = await world.send_command("/summary", CHAT, Attachment("a.bin", b"\x00\x01" * 99))
    assert answer.startswith("A.bin ")


async def test_why_shows_each_topic_and_its_matched_words(world):
    await world.send_command("/subscribe sanctions")
    await world.send_command('/subscribe "two banks"')
    await world.ingest_items(ARTICLE)
    await world.run_pipeline()
    answer = await world.send_command("/why 1")
    assert "*sanctions* ×2" in answer
    assert "*two banks*" in answer


@pytest.mark.parametrize(
    ("text", "keyword"),
    [
        ("/foo", "/foo"),
        ("/subscibe x", "/subscribe?"),
        ("/summary 99", "tem 99 does not exist"),
        ("/summary abc", "“abc”"),
        ("/latest many", "from 1 to 20"),
        ("/unsubscribe 7", "“7”"),
        ("/mute nothing", "“nothing”"),
        ("/subscribe", "/subscribe sanctions"),
        ("/subscribe -football", ""),
        ("/summary 99999999999999999999999", "does not exist"),
    ],
)
async def test_invalid_input_is_named_in_the_answer(world, text, keyword):
    await world.send_command("/subscribe sanctions")
    answer = await world.send_command(text)
    assert keyword in answer
    assert "internal error" not in answer


@pytest.mark.parametrize(
    "text", ["\x00", "a\x00b", "\ud800", "/" * 5000, "\u202eevil", "x" * 5000, "/"]
)
async def test_hostile_text_causes_no_internal_error(world, text):
    assert "internal error" not in await world.send_command(text)


async def test_a_database_failure_is_explained_to_the_user(world, monkeypatch):
    async def full(*_, **__):
        raise DiskFullError("no space is left for the database; free some, nothing was lost", "x")

    monkeypatch.setattr("bot.conversation.commands.subscriptions.add_subscription", full)
    answer = await world.send_command("/subscribe sanctions")
    assert "no space is left" in answer
    monkeypatch.undo()
    assert "You follow no topic" in await world.send_command("/topics")


async def test_an_internal_error_ends_one_answer_only(world, monkeypatch):
    async def broken(*_, **__):
        raise ZeroDivisionError

    monkeypatch.setattr("bot.conversation.commands.subscriptions.add_subscription", broken)
    assert "internal error" in await world.send_command("/subscribe sanctions")
    assert "You follow no topic" in await world.send_command("/topics")


async def test_status_shows_sources_items_and_pending_alerts(world):
    await world.send_command("/subscribe sanctions")
    await world.ingest_items(make_item("a"))
    await world.fan_out()
    answer = await world.send_command("/status")
    assert "folder seeds" in answer
    assert "1 stored item, 1 subscription" in answer
    assert "0 sent, 1 waiting" in answer
