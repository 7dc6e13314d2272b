"""Reading what was found: the latest, and why it came."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from bot.clock import Clock
from bot.conversation.card import Card, Line, code, dim, line, say
from bot.conversation.commands import Answer, Command
from bot.conversation.item_cards import alert_card, list_lines, why_card, why_not_card
from bot.conversation.queries import read_for_chat
from bot.conversation.request import Request
from bot.conversation.times import plural
from bot.errors import MisuseError
from bot.model import Ref, Shown
from bot.store import Database
from bot.store.chats import ensure_chat, find_chat
from bot.store.shown import (
    last_number,
    latest_for_chat,
    number_items,
    number_of_message,
    shown_item,
)

_LIST = 5
_LONGEST_LIST = 20


class Reading:
    """The use cases around single items."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    @property
    def commands(self) -> tuple[Command, ...]:
        """What people type."""
        return (
            Command("latest", self.latest, "the newest items for you", "[N]", ("news",)),
            Command("why", self.why, "why an item came, or not", "[N [TOPIC]]", of_item=True),
        )

    @property
    def actions(self) -> Mapping[str, Answer]:
        """What buttons do."""
        return {"why": self.why}

    async def latest(self, request: Request) -> list[Card]:
        """The newest items that the chat's topics match."""
        most = _count(request.argument)
        async with self._database.writing() as connection:
            chat_id = await ensure_chat(connection, request.ref, now=self._clock())
            found = await latest_for_chat(connection, chat_id, most)
            numbers = await number_items(connection, chat_id, found)
            shown = [await shown_item(connection, chat_id, number) for number in numbers.values()]
        if not found:
            return [
                say(line("Nothing yet that your topics match. ", code("/topics"), " lists them."))
            ]
        now = self._clock()
        lines = [entry for one in shown if one for entry in list_lines(one, now=now)]
        hint: Line = line(dim("/summary N and /why N tell more of one."))
        return [say(f"The latest {plural(len(found), 'item')} for you:", *lines, hint)]

    async def why(self, request: Request) -> list[Card]:
        """Which topics an item matched, in which words; ``/why 3 missile``: why it does or does not."""
        if request.item and not request.argument[:1].isdecimal():
            request = replace(request, argument=f"{request.item} {request.argument}".strip())
        number, _, topic = request.argument.partition(" ")
        shown = await self.named(replace(request, argument=number))
        if topic.strip():
            query = await read_for_chat(self._database, request.ref, topic.strip())
            return [why_not_card(shown, topic.strip(), query.why(shown.item))]
        return [why_card(shown)]

    async def item(self, ref: Ref, number: str) -> Card | None:
        """The numbered item as its alert told it; ``None`` if the chat has none of that number."""
        if not number.isdecimal() or len(number) > 9:  # noqa: PLR2004
            return None
        async with self._database.reading() as connection:
            chat_id = await find_chat(connection, ref)
            shown = await shown_item(connection, chat_id, int(number)) if chat_id else None
        return alert_card(shown, now=self._clock()) if shown else None

    async def number_of(self, ref: Ref, message_id: str) -> str:
        """The number of the item that a message of ours told of; "" if it told of none."""
        async with self._database.reading() as connection:
            chat_id = await find_chat(connection, ref)
            found = await number_of_message(connection, chat_id, message_id) if chat_id else None
        return "" if found is None else str(found)

    async def named(self, request: Request) -> Shown:
        """The item with the number in the request; without one, the latest alert.

        Raises:
            MisuseError: there is none.
        """
        argument = request.argument.removeprefix("#").strip() or request.item
        async with self._database.reading() as connection:
            chat_id = await find_chat(connection, request.ref)
            if chat_id is None:
                raise MisuseError(
                    "there is no item yet; follow a topic first: /subscribe sanctions"
                )
            if argument and not argument.isdecimal():
                raise MisuseError(f"“{argument}” is no number; /latest lists items with theirs")
            number = int(argument[:9]) if argument else await last_number(connection, chat_id)
            shown = await shown_item(connection, chat_id, number) if number is not None else None
        if shown is None:
            which = f"there is no item {argument}" if argument else "there is no item yet"
            raise MisuseError(f"{which}; /latest lists what your topics match")
        return shown


def _count(argument: str) -> int:
    if not argument:
        return _LIST
    if not argument.isdecimal() or len(argument) > 9 or not 0 < int(argument) <= _LONGEST_LIST:  # noqa: PLR2004
        raise MisuseError(f"“{argument}” is no number from 1 to {_LONGEST_LIST}")
    return int(argument)
