from bot.chats.adapter import ORDINARY, SendOptions, Sent
from bot.chats.progress import ProgressMessage
from bot.conversation.card import Card, say
from bot.errors import Rejected
from bot.model import Ref

YOU = Ref("fake", "bot", "you")


class Log:
    """An outlet that keeps what goes through it."""

    def __init__(self, *, edits: bool = True) -> None:
        self.said: list[tuple[str, Card]] = []
        self._edits = edits

    async def reply(self, to: Ref, card: Card, options: SendOptions = ORDINARY) -> Sent:
        self.said.append(("reply", card))
        return Sent(to, "1")

    async def edit(self, message: Sent, card: Card) -> None:
        if not self._edits:
            raise Rejected("too old")
        self.said.append(("edit", card))


WAIT, HALF, ONE, TWO = say("Reading …"), say("1 of 2 done."), say("One."), say("Two.")


async def test_one_message_tells_how_far_it_is_and_becomes_the_answer():
    log = Log()
    progress = ProgressMessage(log, YOU)
    await progress(WAIT)
    await progress(HALF)
    await progress.finish([ONE, TWO])
    assert log.said == [("reply", WAIT), ("edit", HALF), ("edit", ONE), ("reply", TWO)]


async def test_a_quick_answer_shows_no_progress():
    log = Log()
    await ProgressMessage(log, YOU).finish([ONE, TWO])
    assert log.said == [("reply", ONE), ("reply", TWO)]


async def test_an_answer_that_cannot_take_its_place_is_said_anew():
    log = Log(edits=False)
    progress = ProgressMessage(log, YOU)
    await progress(WAIT)
    await progress.finish([ONE])
    assert log.said == [("reply", WAIT), ("reply", ONE)]
