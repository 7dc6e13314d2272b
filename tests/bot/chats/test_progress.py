from typing import cast

from bot.chats.adapter import DEFAULT_OPTIONS, ReplyChannel, SendOptions, SentMessage
from bot.chats.telegram.updates import ProgressMessage
from bot.conversation.cards.card import Card, make_card
from bot.errors import MessageRejected
from bot.models import ChatRef

YOU = ChatRef("fake", "bot", "you")


class Log:
    """An outlet that keeps what goes through it."""

    def __init__(self, *, edits: bool = True) -> None:
        self.said: list[tuple[str, Card]] = []
        self._edits = edits

    async def reply(
        self, to: ChatRef, card: Card, options: SendOptions = DEFAULT_OPTIONS
    ) -> SentMessage:
        self.said.append(("reply", card))
        return SentMessage(to, "1")

    async def edit(self, message: SentMessage, card: Card) -> None:
        if not self._edits:
            raise MessageRejected("too old")
        self.said.append(("edit", card))


WAIT, HALF, ONE, TWO = (
    make_card("Reading …"),
    make_card("1 of 2 done."),
    make_card("One."),
    make_card("Two."),
)


async def test_one_message_tells_how_far_it_is_and_becomes_the_answer():
    log = Log()
    progress = ProgressMessage(cast("ReplyChannel", log), YOU)
    await progress(WAIT)
    await progress(HALF)
    await progress.finish([ONE, TWO])
    assert log.said == [("reply", WAIT), ("edit", HALF), ("edit", ONE), ("reply", TWO)]


async def test_a_quick_answer_shows_no_progress():
    log = Log()
    await ProgressMessage(cast("ReplyChannel", log), YOU).finish([ONE, TWO])
    assert log.said == [("reply", ONE), ("reply", TWO)]


async def test_an_answer_that_cannot_take_its_place_is_said_anew():
    log = Log(edits=False)
    progress = ProgressMessage(cast("ReplyChannel", log), YOU)
    await progress(WAIT)
    await progress.finish([ONE])
    assert log.said == [("reply", WAIT), ("reply", ONE)]
