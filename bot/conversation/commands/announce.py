"""Send an announcement to every chat: /announce TEXT, a confirmation, then through the outbox."""

from __future__ import annotations

from collections.abc import Mapping
from secrets import token_hex
from typing import Final

from bot.conversation.cards.card import (
    Action,
    Button,
    Card,
    Line,
    code,
    dim,
    line,
    make_card,
    strong,
)
from bot.conversation.durations import format_age, pluralise
from bot.conversation.registry import Access, Command, Handler
from bot.conversation.request import CommandRequest
from bot.errors import UserError
from bot.runtime.clock import Clock
from bot.store import Database
from bot.store.outbox.announcements import announce, count_audience, last_announcement
from bot.store.tables import QUEUED

MAX_ANNOUNCEMENT_LENGTH: Final = 2_000
"""Characters of an announcement; within the limits of every platform."""

# The idempotency key makes a second press of the same button have no effect.
_IDEMPOTENCY_KEY_BYTES: Final = 4
_STATE_LABELS: Final = {QUEUED: "waiting"}


class AnnounceCommands:
    """The command /announce, for operators."""

    def __init__(self, database: Database, access: Access, clock: Clock) -> None:
        self._database = database
        self._access = access
        self._clock = clock

    @property
    def commands(self) -> tuple[Command, ...]:
        """Return the commands."""
        return (
            Command(
                "announce", self.ask, "send a message to all chats", "TEXT", for_operators=True
            ),
        )

    @property
    def actions(self) -> Mapping[str, Handler]:
        """Return the buttons for everyone; `announce` checks that the user is an operator."""
        return {"announce": self.announce}

    async def ask(self, request: CommandRequest) -> list[Card]:
        """Ask whether to send a text to all chats; without a text, show the last announcement."""
        self._access.require_operator(request.ref, request.user_id, "/announce")
        text = request.argument
        if not text:
            return [await self._last_announcement_card()]
        if len(text) > MAX_ANNOUNCEMENT_LENGTH:
            raise UserError(
                f"an announcement has at most {MAX_ANNOUNCEMENT_LENGTH:,} characters; shorten it"
            )
        async with self._database.reading() as connection:
            chat_count = await count_audience(connection)
        if not chat_count:
            return [make_card("No chat follows a topic yet, so no chat would receive it.")]
        argument = f"{token_hex(_IDEMPOTENCY_KEY_BYTES)} {text}"
        yes = Button("Announce it", Action("announce", argument))
        no = Button("Not now", Action("dismiss"))
        question = line(strong(f"Announce this to {pluralise(chat_count, 'chat')}?"))
        return [make_card(question, text, buttons=(yes, no), is_question=True)]

    async def announce(self, request: CommandRequest) -> list[Card]:
        """Store the announcement of a button, which queues it for all chats."""
        # A button can be pressed by another user than the one who typed the command.
        self._access.require_operator(request.ref, request.user_id, "/announce")
        idempotency_key, _, text = request.argument.partition(" ")
        if not text or len(text) > MAX_ANNOUNCEMENT_LENGTH:
            raise UserError("this announcement cannot be read; type it again")
        now = self._clock()
        # The transaction stores the announcement; the dispatcher queues it in pages of chats.
        async with self._database.writing() as connection:
            chat_count = await count_audience(connection)
            is_new = await announce(
                connection, text, user_id=request.user_id, idempotency_key=idempotency_key, now=now
            )
        status = (code("/announce"), " shows its progress.")
        if not is_new:
            return [make_card(line("This is already announced. ", *status))]
        text = f"It goes to {pluralise(chat_count, 'chat')} now, after pending alerts. "
        return [make_card(line(text, *status))]

    async def _last_announcement_card(self) -> Card:
        async with self._database.reading() as connection:
            last = await last_announcement(connection)
        usage = line(code("/announce TEXT"), " sends a message to all chats, after a confirmation.")
        if last is None:
            return make_card(usage)
        states = [
            f"{count:,} {_STATE_LABELS.get(state, state)}" for state, count in last.states.items()
        ]
        states += [] if last.is_queued else ["more chats to come"]
        lines: list[Line] = [
            line(strong("Announced"), dim(f" {format_age(last.created_at, self._clock())}")),
            line(last.text),
            line(dim(", ".join(states) or "no chat received it")),
        ]
        return make_card(*lines, usage)
