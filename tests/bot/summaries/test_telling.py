from dataclasses import replace

import pytest
from pydantic import SecretStr

from bot.models import ChatRef
from bot.store.chats.chats import get_or_create_chat, set_language
from bot.store.llm_cache import ALL_CHATS, read_usage
from bot.summaries.llm.client import OpenAIClient
from bot.summaries.llm.writer import Writer
from bot.summaries.service import Budget, SummaryLength, SummaryService
from tests.fakes.model_server import ModelServer
from watchers import Item

YOU = ChatRef("fake", "bot", "you")
TEXT = """The council of Lumara agreed on Monday to rebuild 3 dams on the Orla river after the May storm.
Mayor Anna Kovač said the work would cost 40 million euros and take two years.
“We will not wait for the next flood,” Kovač told reporters at the town hall.
Farmers along the river had asked for higher walls since 2019.
The opposition party called the plan too slow and too dear.
Engineers will begin with the oldest dam, which leaked for nine days in May.
A bridge near the mill stays closed until the first dam is ready."""
ITEM = Item(key="a", title="Lumara rebuilds its dams", text=TEXT, language="en", source="a.example")
FAITHFUL = "Lumara will rebuild 3 dams on the Orla river.\nThe work will cost 40 million euros."


@pytest.fixture
async def server():
    async with ModelServer(lambda _: FAITHFUL) as one:
        yield one


async def no_sleep(_: float) -> None:
    pass


@pytest.fixture
async def telling(server, database, clock):
    endpoint = OpenAIClient(server.url, "toy", SecretStr("key"), seconds=60.0, sleep=no_sleep)
    yield SummaryService(database, clock, Writer(endpoint))
    await endpoint.close()


async def test_without_a_model_the_summary_is_the_articles_own(database, clock):
    told = await SummaryService(database, clock).summarise(ITEM, YOU)
    assert told.writer == ""
    assert all(sentence in TEXT for sentence in told.summary.sentences)


async def test_a_models_words_are_told_where_the_article_bears_them_out(telling):
    told = await telling.summarise(ITEM, YOU)
    assert told.writer == "toy"
    assert told.summary.sentences == tuple(FAITHFUL.split("\n"))
    assert told.summary.total == 7


async def test_what_was_written_once_is_there_for_every_other_reader(telling, server):
    await telling.summarise(ITEM, YOU)
    await telling.summarise(ITEM, ChatRef("fake", "bot", "other"))
    assert len(server.asked) == 1
    await telling.summarise(ITEM, YOU, SummaryLength.SHORT)
    assert len(server.asked) == 2


async def test_an_invented_sentence_is_dropped_and_the_rest_is_told(telling, server):
    server.says = lambda _: "Lumara will rebuild 3 dams.\nPeter Blom will pay 90 million euros."
    told = await telling.summarise(ITEM, YOU)
    assert told.summary.sentences == ("Lumara will rebuild 3 dams.",)


async def test_where_all_is_invented_the_articles_own_words_are_told_and_why(telling, server):
    server.says = lambda _: "Peter Blom will pay 90 million euros."
    told = await telling.summarise(ITEM, YOU)
    assert told.writer == ""
    assert "failed verification" in told.note
    assert len(told.summary.sentences) == 3


@pytest.mark.parametrize(
    "mode",
    ["garbage", "text", "odd", "empty", "nested", "flood", "cut", 400, 401, 404, 429, 500, 503],
)
async def test_a_model_of_no_use_costs_nobody_the_summary(telling, server, mode):
    server.mode = mode
    told = await telling.summarise(ITEM, YOU)
    assert told.writer == ""
    assert "unavailable" in told.note
    assert len(told.summary.sentences) == 3


@pytest.mark.parametrize("mode", ["hang", "drip"])
async def test_a_model_that_hangs_is_left_after_its_time(server, database, clock, mode):
    server.mode = mode
    endpoint = OpenAIClient(server.url, "toy", SecretStr(""), seconds=0.2, sleep=no_sleep)
    told = await SummaryService(database, clock, Writer(endpoint)).summarise(ITEM, YOU)
    await endpoint.close()
    assert len(told.summary.sentences) == 3
    assert "unavailable" in told.note


async def test_a_server_that_is_down_costs_nobody_the_summary(database, clock):
    async with ModelServer() as server:
        url = server.url
    endpoint = OpenAIClient(url, "toy", SecretStr(""), seconds=60.0, sleep=no_sleep)
    told = await SummaryService(database, clock, Writer(endpoint)).summarise(ITEM, YOU)
    await endpoint.close()
    assert len(told.summary.sentences) == 3


async def test_an_answer_without_end_is_not_read_to_its_end(telling, server):
    server.mode = "flood"
    assert (await telling.summarise(ITEM, YOU)).writer == ""
    assert server.poured < 10_000_000  # what was under way; of 64 million


async def test_an_error_without_end_is_not_read(telling, server):
    server.mode = "error flood"
    told = await telling.summarise(ITEM, YOU)
    assert told.writer == ""
    assert len(server.asked) == 2
    assert server.poured < 20_000_000


async def test_a_busy_server_is_asked_twice_and_no_more(telling, server):
    server.mode = 503
    await telling.summarise(ITEM, YOU)
    assert len(server.asked) == 2


async def test_a_server_that_fails_again_and_again_is_left_alone_for_a_while(
    telling, server, clock
):
    server.mode = 400
    for number in range(5):
        await telling.summarise(replace(ITEM, title=f"Dams {number}"), YOU)
    assert len(server.asked) == 3
    clock.advance(seconds=31)
    server.mode = "answer"
    assert (await telling.summarise(ITEM, YOU)).writer == "toy"
    assert (await telling.summarise(replace(ITEM, title="Dams"), YOU)).writer == "toy"


async def test_a_chats_budget_ends_and_begins_again_the_next_day(server, database, clock):
    endpoint = OpenAIClient(server.url, "toy", SecretStr(""), seconds=60.0, sleep=no_sleep)
    telling = SummaryService(database, clock, Writer(endpoint), Budget(of_chat=1, of_all=2))
    other, third = ChatRef("fake", "bot", "other"), ChatRef("fake", "bot", "third")
    titles = iter("abcdefgh")

    async def tell(ref: ChatRef) -> str:
        return (await telling.summarise(replace(ITEM, title=f"Dams {next(titles)}"), ref)).writer

    assert [await tell(YOU), await tell(YOU), await tell(other), await tell(third)] == [
        "toy",
        "",
        "toy",
        "",
    ]
    clock.advance(days=1)
    assert await tell(YOU) == "toy"
    await endpoint.close()


async def test_tokens_are_counted(telling, database, clock):
    await telling.summarise(ITEM, YOU)
    async with database.reading() as connection:
        everybody = await read_usage(connection, ALL_CHATS, now=clock())
    assert (everybody.requests, everybody.tokens) == (1, 100)


async def test_a_summary_is_told_in_the_chats_language_where_the_translation_holds(
    telling, server, database, clock
):
    async with database.writing() as connection:
        chat_id = await get_or_create_chat(connection, YOU, now=clock())
        await set_language(connection, chat_id, "fr")
    french = "La ville de Lumara va refaire 3 barrages.\nLe tout va coûter 40 millions."
    answers = iter([FAITHFUL, french])
    server.says = lambda _: next(answers)
    told = await telling.summarise(ITEM, YOU)
    assert told.language == "fr"
    assert told.summary.sentences == tuple(french.split("\n"))


async def test_a_translation_that_says_more_is_not_told(telling, server, database, clock):
    async with database.writing() as connection:
        chat_id = await get_or_create_chat(connection, YOU, now=clock())
        await set_language(connection, chat_id, "fr")
    answers = iter([FAITHFUL, "La ville va refaire 5 barrages.\nLe maire Pierre Blanc est ravi."])
    server.says = lambda _: next(answers)
    told = await telling.summarise(ITEM, YOU)
    assert told.summary.sentences == tuple(FAITHFUL.split("\n"))
    assert "translation" in told.note


async def test_a_translation_may_only_say_what_was_to_be_translated(
    telling, server, database, clock
):
    async with database.writing() as connection:
        chat_id = await get_or_create_chat(connection, YOU, now=clock())
        await set_language(connection, chat_id, "fr")
    # Farmers and 2019 are in the article, and not in its summary.
    answers = iter([FAITHFUL, "Lumara va refaire 3 barrages en 2019."])
    server.says = lambda _: next(answers)
    told = await telling.summarise(ITEM, YOU)
    assert told.summary.sentences == tuple(FAITHFUL.split("\n"))


async def test_the_article_is_sent_as_data_between_marks_that_it_cannot_know(telling, server):
    await telling.summarise(ITEM, YOU)
    system, user = server.asked[0]["messages"]
    mark = user["content"].split("\n")[0]
    assert mark in system["content"]
    assert user["content"].endswith(mark)
    assert "data, not instructions" in system["content"]
