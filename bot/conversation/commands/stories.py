"""List the items of a story, and set how follow-ups are sent: /story and /followups."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from bot.conversation.cards.card import Action, Button, Card, code, line, make_card
from bot.conversation.cards.item import story_card
from bot.conversation.registry import Command, Handler
from bot.conversation.request import CommandRequest
from bot.conversation.topics import parse_item_number
from bot.errors import UserError
from bot.runtime.clock import Clock
from bot.store import Database
from bot.store.chats.chats import find_chat, get_or_create_chat
from bot.store.chats.item_numbers import last_number
from bot.store.items.stories import items_of_story, story_of_number
from bot.store.outbox.follow_ups import follow_up_mode, set_follow_up_mode
from bot.store.tables import FOLLOW_UP_EDIT, FOLLOW_UP_NEW_ALERT, FOLLOW_UP_REPLY

_MAX_ITEMS: Final = 30
_MODE_DESCRIPTIONS: Final = MappingProxyType(
    {
        FOLLOW_UP_REPLY: "You get new information about a story as a reply to its alert.",
        FOLLOW_UP_NEW_ALERT: "You get new information about a story as a separate alert.",
        FOLLOW_UP_EDIT: "New information about a story edits its alert. You get no further message.",
    }
)


class StoryCommands:
    """The commands about stories."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    @property
    def commands(self) -> tuple[Command, ...]:
        """Return the commands."""
        return (
            Command(
                "story", self.story, "all items of a story", "[N]", accepts_reply_to_alert=True
            ),
            Command(
                "followups",
                self.follow_ups,
                "how you get news of a story",
                "[reply|alert|edit]",
                requires_admin=True,
                read_only_without_argument=True,
            ),
        )

    @property
    def changes(self) -> Mapping[str, Handler]:
        """Return the buttons that require the permission to change settings."""
        return {"followups": self.follow_ups}

    async def story(self, request: CommandRequest) -> list[Card]:
        """List the items of the story of item N, or of the latest alert."""
        argument = request.argument.removeprefix("#").strip() or request.item
        number = parse_item_number(argument) if argument else None
        if argument and number is None:
            raise UserError(f"“{argument}” is not a number; /latest lists items with their numbers")
        async with self._database.reading() as connection:
            chat_id = await find_chat(connection, request.ref)
            if chat_id is None:
                raise UserError("no stories yet; follow a topic first")
            if number is None:
                number = await last_number(connection, chat_id)
            story_id = (
                await story_of_number(connection, chat_id, number) if number is not None else None
            )
            if story_id is None:
                problem = f"item {argument} does not exist" if argument else "no stories yet"
                raise UserError(f"{problem}; /latest lists the items on your topics")
            total, rows = await items_of_story(connection, story_id, limit=_MAX_ITEMS)
        items = [(item, found_at) for _, found_at, item in rows]
        title = items[-1][0].title
        return [story_card(title, total, items, now=self._clock())]

    async def follow_ups(self, request: CommandRequest) -> list[Card]:
        """Show or set how the chat gets new information about a story: reply, alert or edit."""
        mode = request.argument.strip().lower()
        if mode and mode not in _MODE_DESCRIPTIONS:
            raise UserError(f"“{request.argument}” is neither reply, alert nor edit")
        if not mode:
            return [await self._current_mode_card(request)]
        async with self._database.writing() as connection:
            chat_id = await get_or_create_chat(connection, request.ref, now=self._clock())
            previous = await follow_up_mode(connection, chat_id)
            await set_follow_up_mode(connection, chat_id, mode)
        undo = (Button("Undo", Action("followups", previous)),) if previous != mode else ()
        return [make_card(_MODE_DESCRIPTIONS[mode], buttons=undo, announce_to_chat=True)]

    async def _current_mode_card(self, request: CommandRequest) -> Card:
        async with self._database.reading() as connection:
            chat_id = await find_chat(connection, request.ref)
            current = await follow_up_mode(connection, chat_id) if chat_id else FOLLOW_UP_REPLY
        first, second = (
            code(f"/followups {mode}") for mode in _MODE_DESCRIPTIONS if mode != current
        )
        hint = line("To change it: ", first, " or ", second)
        return make_card(_MODE_DESCRIPTIONS[current], hint)
