import asyncio

import pytest

from bot.chats.console import CONSOLE, ConsoleChat
from bot.conversation.cards.card import Action, Button, make_card
from bot.errors import TransientDeliveryError


class FakeScreen:
    """A screen that is fed lines and keeps what it is shown."""

    shows_welcome = False

    def __init__(self, *typed: str) -> None:
        self.typed = typed
        self.shown: list[tuple[str, list[str], bool]] = []
        self.broken = False

    def show(self, card, *, labels, alert) -> None:
        if self.broken:
            raise BrokenPipeError(32, "Broken pipe")
        text = "\n".join("".join(piece.text for piece in line) for line in card.lines)
        self.shown.append((text, list(labels), alert))

    async def lines(self, stop):
        for text in self.typed:
            yield text

    def set_completions(self, topics) -> None:
        self.topics = list(topics)


async def _chat(world, *typed: str) -> tuple[ConsoleChat, FakeScreen]:
    screen = FakeScreen(*typed)

    async def topics(_ref):
        return ["sanctions"]

    return ConsoleChat(world.conversation, screen, topics), screen


ALERT = make_card(
    "An alert",
    buttons=(Button("Summary", Action("summary", "1")), Button("Why", Action("why", "1"))),
)


async def test_a_number_presses_the_button_of_the_card_shown_last(world):
    chat, screen = await _chat(world, "sanctions", "1", "/topics")
    await chat.listen(world.sender, asyncio.Event())
    question, done, topics = screen.shown
    assert question[1] == ["1 Yes", "2 No"]
    assert done[0].startswith("Following sanctions")
    assert "1. sanctions" in topics[0]


async def test_an_alert_does_not_take_the_numbers_of_an_open_question(world):
    chat, screen = await _chat(world, "sanctions")
    await chat.listen(world.sender, asyncio.Event())
    await chat.send(CONSOLE, chat.render(ALERT))
    assert screen.shown[-1] == ("An alert", ["/summary 1", "/why 1"], True)
    screen.typed = ("1",)
    await chat.listen(world.sender, asyncio.Event())
    assert screen.shown[-1][0].startswith("Following sanctions")


async def test_an_alert_offers_its_actions_by_number_when_nothing_is_asked(world):
    chat, screen = await _chat(world)
    await chat.send(CONSOLE, chat.render(ALERT))
    assert screen.shown == [("An alert", ["1 Summary", "2 Why"], True)]


async def test_a_number_with_nothing_to_choose_is_explained(world):
    chat, screen = await _chat(world, "7")
    await chat.listen(world.sender, asyncio.Event())
    assert "number 7" in screen.shown[0][0]


async def test_summary_takes_the_name_of_a_file(world, tmp_path):
    path = tmp_path / "my brief.txt"
    path.write_text("A headline\n\nThe first sentence. The second one.")
    chat, screen = await _chat(world, f"/summary {path}", f'/summary "{path}"')
    await chat.listen(world.sender, asyncio.Event())
    assert all("The first sentence." in text for text, _, _ in screen.shown)
    assert len(screen.shown) == 2


async def test_a_reader_that_has_gone_ends_the_chat_and_keeps_the_alert(world):
    chat, screen = await _chat(world, "/topics", "/topics")
    screen.broken = True
    await chat.listen(world.sender, asyncio.Event())
    with pytest.raises(TransientDeliveryError):
        await chat.send(CONSOLE, chat.render(ALERT))


async def test_a_person_is_welcomed(world):
    chat, screen = await _chat(world)
    screen.shows_welcome = True
    await chat.listen(world.sender, asyncio.Event())
    assert screen.shown[0][0].startswith("Tocsin ")


async def test_what_is_followed_is_offered_for_completion(world):
    chat, screen = await _chat(world, "/topics")
    await chat.listen(world.sender, asyncio.Event())
    assert screen.topics == ["sanctions"]
