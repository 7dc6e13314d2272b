"""Texts without a slash: words that are not topics, in six languages, and texts that are."""

import pytest

from bot.chats.console.adapter import ConsoleChat
from bot.conversation.plain_words import PlainWord, read_plain_word
from bot.conversation.request import IncomingMessage
from tests.bot.conftest import CHAT, make_item

ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

MEANINGS = {
    PlainWord.HELP: "help|Help!|HELP ME|?|??|¿?|hilfe|Ayuda|aide|ajuda|помощь|commands|What can you do?",
    PlainWord.GREETING: "start|hello|Hi!|hey|Good morning|hallo|Guten Tag|hola|¡Hola!|bonjour|olá|привет",
    PlainWord.STOP: "stop|STOP!!!|stop it|halt|Stopp|basta|arrête|parar|стоп|leave me alone",
    PlainWord.THANKS: "thanks|Thank you!|thx|danke|gracias|merci|obrigada|спасибо|👍|cool",
    PlainWord.NEWS: "what is new?|What’s new?|news|any news?|Neues|novedades|quoi de neuf|новости",
    PlainWord.YES: "yes|Yes.|y|yep|ok|OK!|sure|ja|sí|si|oui|sim|да|claro",
    PlainWord.NO: "no|No!|n|nope|no thanks|cancel|nein|non|não|нет|never mind",
    PlainWord.NUMBER: "1|42|  7 |2026|3.|007",
}
TOPICS = (
    "sanctions|north korea|help wanted|stop the war|hello kitty|no deal brexit|news corp|yes bank|G7|"
    "thanksgiving|start-up|oil|ukraine war|new york|Iran or Israel|what is new in shipping|Yahoo!|Tesla?|"
    "covid-19|24/7|9/11|stopover|1 million|!|…|a|the|ja rule|si units|oui fm|okay corral"
).split("|")


@pytest.mark.parametrize(
    ("text", "word"),
    [(text, word) for word, texts in MEANINGS.items() for text in texts.split("|")],
)
def test_a_word_that_is_not_a_topic_is_recognised(text, word):
    assert read_plain_word(text) is word


@pytest.mark.parametrize("text", [*TOPICS, "help " * 20, ""])
def test_other_texts_can_be_topics(text):
    assert read_plain_word(text) is None


@ON_SQLITE
@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("help", "/subscribe TOPIC"),
        ("?", "/subscribe TOPIC"),
        ("hello", "alerts you when your topics are in the news"),
        ("stop", "Do you want no more alerts here?"),
        ("danke", "You are welcome"),
        ("yes", "No question is open here"),
        ("нет", "No question is open here"),
        ("1", "A number alone is not a topic"),
        ("what is new?", "Sanctions on North Korea"),
        ("ukraine war", "Follow ukraine war?"),
        ("Tesla?", "Follow Tesla?\n"),
        ("the", "occurs in nearly every item"),
        ("/unsubscribe all", "1 topic removed"),
        ("/search oil since", "“since” needs a time"),
    ],
)
async def test_each_text_has_a_sensible_answer(world, text, answer):
    await world.send_command("/subscribe sanctions")
    await world.ingest_items(make_item("a"))
    assert answer in (await world.send_command(text)).replace("*", "")


@ON_SQLITE
async def test_stop_offers_a_pause_and_unsubscribing_from_all(world):
    await world.send_command("/subscribe sanctions")
    (card,) = await world.conversation.handle_message(IncomingMessage(CHAT, "stop", "me"))
    pause, unsubscribe, _ = card.buttons
    (answer,) = await world.press_button(pause.action.verb, pause.action.argument)
    assert "No alerts here until /resume" in str(answer.lines)
    await world.press_button(unsubscribe.action.verb, unsubscribe.action.argument)
    assert "follow no topic" in await world.send_command("/topics")


class _Screen:
    """A screen that keeps the cards."""

    shows_welcome = False

    def __init__(self):
        self.cards = []

    def show(self, card, *, labels, alert):
        self.cards.append("".join(span.text for row in card.lines for span in row))

    def set_completions(self, topics):
        pass

    async def lines(self, closed):
        for line in ():
            yield line


@pytest.fixture
def console(world):
    async def topics(_ref):
        return ()

    screen = _Screen()
    chat = ConsoleChat(world.conversation, screen, topics)

    async def type_line(text):
        await chat._handle_input(text)
        return screen.cards[-1]

    return type_line


@ON_SQLITE
@pytest.mark.parametrize(
    ("answer", "result"),
    [
        ("yes", "Following"),
        ("да", "Following"),
        ("oui", "Following"),
        ("no", "cancelled"),
        ("nein", "cancelled"),
        ("1", "Following"),
    ],
)
async def test_a_word_answers_the_open_question_of_the_console(console, answer, result):
    assert "Follow ukraine war?" in await console("ukraine war")
    assert result in await console(answer)
    # The question is answered, so a second answer refers to nothing.
    assert "No button" in await console("1") or "Following" not in await console("yes")


@ON_SQLITE
@pytest.mark.parametrize("between", ["/topics", "/nonsense", "/help", "oil AND"])
async def test_a_number_refers_to_the_newest_answer_only(console, between):
    await console("/subscribe sanctions")
    await console("ukraine war")
    await console(between)
    assert "No button has the number 1" in await console("1")
    assert "ukraine" not in await console("/topics")


@ON_SQLITE
async def test_a_wrong_number_keeps_the_question_open(console):
    await console("ukraine war")
    assert "No button has the number 9" in await console("9")
    assert "Following" in await console("1")
