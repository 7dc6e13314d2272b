"""Show items: the latest ones, and why an item matched: /latest and /why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from bot.conversation.cards.card import Card, code, dim, line, make_card
from bot.conversation.cards.item import alert_card, list_lines, why_card, why_not_card
from bot.conversation.durations import pluralise
from bot.conversation.registry import Command, Handler
from bot.conversation.request import CommandRequest
from bot.conversation.topics import parse_item_number, read_query_for_chat
from bot.errors import UserError
from bot.models import ChatItem, ChatRef
from bot.runtime.clock import Clock
from bot.store import Database
from bot.store.chats.chats import find_chat, get_or_create_chat
from bot.store.chats.item_numbers import (
    assign_numbers,
    get_chat_item,
    last_number,
    latest_item_ids,
    number_of_message,
)

_DEFAULT_ITEMS: Final = 5
_MAX_ITEMS: Final = 20
_MAX_DIGITS: Final = 9


class LatestCommands:
    """The commands about single items, and the lookup of items by number."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    @property
    def commands(self) -> tuple[Command, ...]:
        """Return the commands."""
        return (
            Command("latest", self.latest, "your newest items", "[N]", ("news",)),
            Command(
                "why",
                self.why,
                "why you got an item, or not",
                "[N [TOPIC]]",
                accepts_reply_to_alert=True,
            ),
        )

    @property
    def actions(self) -> Mapping[str, Handler]:
        """Return the buttons for everyone."""
        return {"why": self.why}

    async def latest(self, request: CommandRequest) -> list[Card]:
        """List the newest items that match the topics of the chat."""
        limit = _parse_item_count(request.argument)
        async with self._database.writing() as connection:
            chat_id = await get_or_create_chat(connection, request.ref, now=self._clock())
            item_ids = await latest_item_ids(connection, chat_id, limit)
            numbers = await assign_numbers(connection, chat_id, item_ids)
            items = [
                await get_chat_item(connection, chat_id, number) for number in numbers.values()
            ]
        if not item_ids:
            text = "No item matches your topics yet. "
            return [make_card(line(text, code("/topics"), " lists them."))]
        now = self._clock()
        lines = [item_line for item in items if item for item_line in list_lines(item, now=now)]
        hint = line(dim("/summary N and /why N explain one."))
        heading = f"Your latest {pluralise(len(item_ids), 'item')}:"
        return [make_card(heading, *lines, hint)]

    async def why(self, request: CommandRequest) -> list[Card]:
        """Show which topics an item matched; ``/why 3 missile``: why this topic matches or not."""
        if request.item and not request.argument[:1].isdecimal():
            request = replace(request, argument=f"{request.item} {request.argument}".strip())
        number, _, topic = request.argument.partition(" ")
        topic = topic.strip()
        shown = await self.resolve_item(replace(request, argument=number))
        if topic:
            query = await read_query_for_chat(self._database, request.ref, topic)
            return [why_not_card(shown, topic, query.explain_match(shown.item))]
        return [why_card(shown)]

    async def item(self, ref: ChatRef, number: str) -> Card | None:
        """Return the alert of an item; ``None`` if the chat has no item with this number."""
        item_number = parse_item_number(number)
        if item_number is None:
            return None
        async with self._database.reading() as connection:
            chat_id = await find_chat(connection, ref)
            shown = await get_chat_item(connection, chat_id, item_number) if chat_id else None
        return alert_card(shown, now=self._clock()) if shown else None

    async def number_of(self, ref: ChatRef, message_id: str) -> str:
        """Return the number of the item of a message; "" if the message is not about an item."""
        async with self._database.reading() as connection:
            chat_id = await find_chat(connection, ref)
            number = await number_of_message(connection, chat_id, message_id) if chat_id else None
        return "" if number is None else str(number)

    async def resolve_item(self, request: CommandRequest) -> ChatItem:
        """Return the item with the number in the request; without a number, the latest alert.

        Raises:
            UserError: the item does not exist.
        """
        argument = request.argument.removeprefix("#").strip() or request.item
        async with self._database.reading() as connection:
            chat_id = await find_chat(connection, request.ref)
            if chat_id is None:
                raise UserError("no items yet; follow a topic first: /subscribe sanctions")
            if argument and not argument.isdecimal():
                raise UserError(
                    f"“{argument}” is not a number; /latest lists items with their numbers"
                )
            number = (
                int(argument[:_MAX_DIGITS]) if argument else await last_number(connection, chat_id)
            )
            shown = await get_chat_item(connection, chat_id, number) if number is not None else None
        if shown is None:
            problem = f"item {argument} does not exist" if argument else "no items yet"
            raise UserError(f"{problem}; /latest lists the items on your topics")
        return shown


def _parse_item_count(argument: str) -> int:
    if not argument:
        return _DEFAULT_ITEMS
    is_number = argument.isdecimal() and len(argument) <= _MAX_DIGITS
    if not is_number or not 0 < int(argument) <= _MAX_ITEMS:
        raise UserError(f"“{argument}” is not a number from 1 to {_MAX_ITEMS}")
    return int(argument)
