import asyncio

import pytest

from bot.chats.console.pipe import plain_text
from bot.conversation.cards.card import Action, Card
from bot.conversation.commands.summary import SummaryCommands
from bot.conversation.conversation import Conversation
from bot.conversation.request import Attachment, ButtonPress, IncomingMessage
from bot.errors import UserError
from bot.models import ChatRef
from tests.bot.conftest import CHAT, make_item
from watchers import Item
from watchers.sources.page import Page
from watchers.text.access_barriers import AccessBarrier

STORY = """The council of Lumara agreed on Monday to rebuild three dams on the Orla river.
Mayor Ana Kos said the work would cost 40 million euros and take two years.
Farmers along the river had asked for higher walls since the flood of 2019.
The opposition party called the plan too slow and too dear for the town.
Engineers will begin with the oldest dam, which leaked for nine days in May.
A bridge near the mill stays closed until the first dam is ready again.
Sanctions on the steel maker of Norland may delay the gates of the dams."""


class Pages:
    """Pages by address; one of them waits until it may answer."""

    def __init__(self, **pages: Page) -> None:
        self.pages = pages
        self.asked: list[str] = []
        self.is_asked = asyncio.Event()
        self.go_on = asyncio.Event()

    async def page(self, url: str, *, owner: str = "") -> Page:
        self.asked.append(url)
        self.is_asked.set()
        name = url.rpartition("/")[2]
        if name == "slow":
            await self.go_on.wait()
        if name == "bad":
            raise UserError(f"{url}: it is not there (404)")
        return self.pages.get(name) or page(f"Dams of {name}")


def page(title: str, text: str = STORY, wall: AccessBarrier | None = None) -> Page:
    item = Item(key="p", title=title, url=f"https://a.example/{title}", text=text, language="en")
    return Page(item=item, barrier=wall)


@pytest.fixture
def pages() -> Pages:
    return Pages()


@pytest.fixture
def talk(world, pages):
    world.conversation = Conversation(world.database, world.clock, pages=pages)
    return world


async def said(world, text: str, **more) -> list[str]:
    cards = await world.conversation.handle_message(IncomingMessage(CHAT, text, "me", **more))
    return [plain_text(card, labels=(), alert=False) for card in cards]


async def test_a_summary_says_what_it_is(talk):
    (answer,) = await said(talk, "/summary https://a.example/one")
    assert answer.startswith("Dams of one\n")
    assert "3 sentences, of 7, quoted from the article" in answer
    assert "https://a.example/Dams of one" in answer


async def test_several_addresses_are_summed_up_in_their_order(talk):
    answers = await said(talk, "/summary https://a.example/one https://b.example/two")
    assert [answer.split("\n")[0] for answer in answers] == ["Dams of one", "Dams of two"]


async def test_one_that_cannot_be_read_keeps_its_place(talk):
    answers = await said(talk, "/summary https://a.example/one https://b.example/bad")
    assert "Dams of one" in answers[0]
    assert "not there" in answers[1]


async def test_more_addresses_than_five_are_left_and_it_is_said(talk, pages):
    answers = await said(talk, "/summary " + " ".join(f"https://a.example/{n}" for n in range(7)))
    assert len(pages.asked) == 5
    assert "first 5" in answers[-1]


@pytest.mark.parametrize(("word", "many"), [("short", 1), ("long", 7), ("", 3)])
async def test_a_summary_may_be_long_or_short(talk, word, many):
    (answer,) = await said(talk, f"/summary https://a.example/one {word}")
    assert answer.count("“") == many


async def test_a_summary_about_a_topic_marks_its_words(talk):
    (answer,) = await said(talk, "/summary https://a.example/one short about sanctions")
    assert "*Sanctions* on the steel maker" in answer


async def test_where_nothing_is_about_the_topic_it_is_said(talk):
    (answer,) = await said(talk, "/summary https://a.example/one short about volcanoes")
    assert "about “volcanoes”" in answer


async def test_an_address_at_the_beginning_of_a_complaint_stays_as_it_is(talk):
    answer = (await said(talk, "/summary https://a.example/bad"))[0]
    assert answer.startswith("https://a.example/bad: ")
    answer = (await said(talk, "/summary https://a.example/bad https://a.example/one"))[0]
    assert answer.startswith("https://a.example/bad: ")


async def test_a_sentence_with_a_quotation_in_it_gets_no_second_marks(talk, pages):
    text = "“We will not wait,” said mayor Ana Kos of Lumara.\nThe dams are rebuilt in May."
    pages.pages["q"] = page("Waiting", text)
    (answer,) = await said(talk, "/summary https://a.example/q")
    assert "  “We will not wait,” said mayor Ana Kos of Lumara.\n" in answer
    assert "  “The dams are rebuilt in May.”" in answer


async def test_a_topic_alone_sums_up_what_is_known_of_it_source_by_source(talk):
    ferry = "people were killed when the ferry sank off Lumara"
    one = Item(key="a", title="Ferry", source="a.example", text=f"At least 12 {ferry}.")
    other = Item(
        key="b", title="Ferry", source="b.example", text=f"At least 15 {ferry}, police said."
    )
    await talk.ingest_items(one, other)
    (answer,) = await said(talk, "/summary about ferry")
    assert "2 articles, 2 sources" in answer
    assert "The sources differ on people: 12 (a.example); 15 (b.example)." in answer
    (answer,) = await said(talk, "/summary about volcanoes")
    assert "no item of the last 3 days" in answer.lower()


async def test_an_answer_to_a_message_with_a_link_sums_the_link_up(talk, pages):
    await said(talk, "/summary", quoted_links=("https://a.example/quoted",))
    assert pages.asked == ["https://a.example/quoted"]


async def test_an_answer_to_an_alert_is_about_the_alert(talk, pages):
    await talk.send_command("/subscribe sanctions")
    await talk.ingest_items(make_item("a", "Sanctions agreed", STORY))
    await talk.run_pipeline()
    answers = await said(talk, "/summary", reply_to="1", quoted_links=("https://a.example/quoted",))
    assert "Sanctions agreed" in answers[0]
    assert pages.asked == []


async def test_an_item_that_a_feed_brought_only_the_beginning_of_is_read_on_its_page(talk, pages):
    await talk.send_command("/subscribe sanctions")
    await talk.ingest_items(
        Item(key="a", title="Sanctions agreed", url="https://a.example/one", lead="Sanctions came.")
    )
    await talk.run_pipeline()
    (answer,) = await said(talk, "/summary 1")
    assert "of 7" in answer
    assert pages.asked == ["https://a.example/one"]


async def test_what_a_wall_hides_is_said(talk, pages):
    pages.pages["walled"] = page("Dams", STORY[:200], AccessBarrier("paywall"))
    (answer,) = await said(talk, "/summary https://a.example/walled")
    assert "without a subscription" in answer


async def test_a_page_without_text_says_so(talk, pages):
    pages.pages["empty"] = page("Dams", "")
    (answer,) = await said(talk, "/summary https://a.example/empty")
    assert "no text besides the title" in answer


async def test_progress_is_shown_while_a_page_is_read(world, pages):
    shown: list[str] = []
    more = asyncio.Event()

    async def progress(card: Card) -> None:
        shown.append(plain_text(card, labels=(), alert=False))
        more.set()

    conversation = Conversation(world.database, world.clock, pages=pages)
    conversation._command_set.summary._progress_delay_seconds = 0.0
    text = "/summary https://a.example/slow https://a.example/one"
    answering = asyncio.ensure_future(
        conversation.handle_message(IncomingMessage(CHAT, text, "me", progress=progress))
    )
    while "1 of 2 done" not in "".join(shown):
        more.clear()
        await more.wait()
    assert not answering.done()
    pages.go_on.set()
    cards = await answering
    assert len(cards) == 2


async def test_a_slow_site_holds_up_nobody_else(world, pages):
    conversation = Conversation(world.database, world.clock, pages=pages)
    slow = asyncio.ensure_future(
        conversation.handle_message(IncomingMessage(CHAT, "/summary https://a.example/slow", "me"))
    )
    await pages.is_asked.wait()
    other = IncomingMessage(
        ChatRef("fake", "bot", "other"), "/summary https://a.example/one", "you"
    )
    assert len(await conversation.handle_message(other)) == 1
    assert not slow.done()
    pages.go_on.set()
    await slow


async def test_a_cancelled_answer_leaves_nothing_running(world, pages):
    conversation = Conversation(world.database, world.clock, pages=pages)
    before = asyncio.all_tasks()
    slow = asyncio.ensure_future(
        conversation.handle_message(IncomingMessage(CHAT, "/summary https://a.example/slow", "me"))
    )
    await pages.is_asked.wait()
    slow.cancel()
    with pytest.raises(asyncio.CancelledError):
        await slow
    assert asyncio.all_tasks() <= before


async def test_several_files_are_summed_up_at_once(talk):
    files = tuple(Attachment(f"{n}.txt", STORY.encode()) for n in "ab")
    assert len(await said(talk, "/summary", attachments=files)) == 2


async def test_the_button_of_a_pasted_address_sums_it_up(talk):
    cards = await talk.conversation.handle_press(
        ButtonPress(CHAT, Action("read", "https://a.example/one"), "me")
    )
    assert "Dams of one" in plain_text(cards[0], labels=(), alert=False)


async def test_without_a_model_another_language_is_refused_in_words(talk):
    (answer,) = await said(talk, "/language uk")
    assert "TOCSIN_LLM_BASE_URL" in answer
    (answer,) = await said(talk, "/language")
    assert "language of each article" in answer


async def test_a_language_is_kept_and_given_up(world, pages):
    class Translates:
        translates = True

    world.conversation._command_set.summary._summaries = Translates()
    assert "“uk”" in await world.send_command("/language uk")
    assert "“uk”" in await world.send_command("/language")
    assert "language of each article" in await world.send_command("/language own")
    assert "not a language code" in await world.send_command("/language gibberish words")


def test_there_is_a_button_for_every_way_to_ask(world):
    assert {"summary", "read", "sum_up"} <= set(world.conversation._actions)
    assert isinstance(world.conversation._command_set.summary, SummaryCommands)
