"""Reading what was found: the latest, why it came, and what it says."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from bot.clock import Clock
from bot.conversation.card import Card, Line, code, dim, line, say
from bot.conversation.item_cards import list_lines, summary_card, why_card, why_not_card
from bot.conversation.queries import read_for_chat
from bot.conversation.request import Attachment, Request
from bot.conversation.times import plural
from bot.errors import MisuseError
from bot.model import Shown
from bot.store import Database
from bot.store.chats import ensure_chat, find_chat
from bot.store.shown import last_number, latest_for_chat, number_items, shown_item
from bot.summaries import summarize
from watchers import DocumentError, Item, read_document

_LIST = 5
_LONGEST_LIST = 20
_SENTENCES = 3


class Reading:
    """The use cases around single items."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

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
        number, _, topic = request.argument.partition(" ")
        shown = await self._named(replace(request, argument=number))
        if topic.strip():
            query = await read_for_chat(self._database, request.ref, topic.strip())
            return [why_not_card(shown, topic.strip(), query.why(shown.item))]
        return [why_card(shown)]

    async def summary(self, request: Request) -> list[Card]:
        """Three sentences of an item, or of the documents that came with the message."""
        if request.attachments:
            return [await self._of_file(attachment) for attachment in request.attachments]
        shown = await self._named(request)
        return [await self._summarize(shown.item)]

    async def _of_file(self, attachment: Attachment) -> Card:
        try:
            item = await asyncio.to_thread(
                read_document, attachment.data, attachment.name, now=self._clock()
            )
        except DocumentError as error:
            raise MisuseError(f"{attachment.name} cannot be summarised: {error.reason}") from error
        return await self._summarize(item)

    async def _summarize(self, item: Item) -> Card:
        text = item.text or item.lead
        made = await asyncio.to_thread(
            summarize, text, item.title, _SENTENCES, language=item.language
        )
        return summary_card(item, made, now=self._clock())

    async def _named(self, request: Request) -> Shown:
        """The item with the number in the request; without one, the latest alert."""
        argument = request.argument.removeprefix("#").strip()
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
