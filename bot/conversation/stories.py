"""Stories in chat: all items of one, and how what is new in one is told."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from bot.clock import Clock
from bot.conversation.card import Action, Button, Card, Line, code, line, say
from bot.conversation.commands import Answer, Command
from bot.conversation.follow_up_cards import story_card
from bot.conversation.request import Request
from bot.errors import MisuseError
from bot.store import Database
from bot.store.chats import ensure_chat, find_chat
from bot.store.follow_ups import set_way, way_of
from bot.store.shown import last_number
from bot.store.stories import items_of_story, story_of_number
from bot.store.tables import AGAIN, EDIT, REPLY

_MOST: Final = 30  # items of a story that are listed
_LONGEST_NUMBER: Final = 9  # digits

_SAID: Final = MappingProxyType(
    {
        REPLY: "What is new in a story comes as a reply to its alert.",
        AGAIN: "What is new in a story comes as an alert of its own.",
        EDIT: "What is new in a story is shown in its alert, which is edited; nothing more is sent.",
    }
)


class StoriesInChat:
    """The use cases around stories."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    @property
    def commands(self) -> tuple[Command, ...]:
        """What people type."""
        return (
            Command("story", self.story, "every item of a story", "[N]", of_item=True),
            Command(
                "followups",
                self.follow_ups,
                "how news of a story comes",
                "[reply|alert|edit]",
                changes=True,
                lists=True,
            ),
        )

    @property
    def changes(self) -> Mapping[str, Answer]:
        """What buttons do."""
        return {"followups": self.follow_ups}

    async def story(self, request: Request) -> list[Card]:
        """Every item of the story that number N, or the latest alert, tells of."""
        argument = request.argument.removeprefix("#").strip() or request.item
        if argument and not (argument.isdecimal() and len(argument) <= _LONGEST_NUMBER):
            raise MisuseError(f"“{argument}” is no number; /latest lists items with theirs")
        async with self._database.reading() as connection:
            chat_id = await find_chat(connection, request.ref)
            if chat_id is None:
                raise MisuseError("there is no story yet; follow a topic first")
            number = int(argument) if argument else await last_number(connection, chat_id)
            story_id = (
                await story_of_number(connection, chat_id, number) if number is not None else None
            )
            if story_id is None:
                which = f"there is no item {argument}" if argument else "there is no story yet"
                raise MisuseError(f"{which}; /latest lists what your topics match")
            many, found = await items_of_story(connection, story_id, most=_MOST)
        told = [(item, found_at) for _, found_at, item in found]
        return [story_card(told[-1][0].title, many, told, now=self._clock())]

    async def follow_ups(self, request: Request) -> list[Card]:
        """How a chat is told what is new in a story that it was told of."""
        way = request.argument.strip().lower()
        if way and way not in _SAID:
            raise MisuseError(f"“{request.argument}” is neither reply, alert nor edit")
        if not way:
            async with self._database.reading() as connection:
                chat_id = await find_chat(connection, request.ref)
                now_so = await way_of(connection, chat_id) if chat_id else REPLY
            others = [code(f"/followups {one}") for one in _SAID if one != now_so]
            hint: Line = line("Change it: ", others[0], " or ", others[1])
            return [say(_SAID[now_so], hint)]
        async with self._database.writing() as connection:
            chat_id = await ensure_chat(connection, request.ref, now=self._clock())
            before = await way_of(connection, chat_id)
            await set_way(connection, chat_id, way)
        undo = (Button("Undo", Action("followups", before)),) if before != way else ()
        return [say(_SAID[way], buttons=undo, changed=True)]
