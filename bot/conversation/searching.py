"""Looking before following: /preview and /search."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import regex

from bot.clock import Clock
from bot.conversation.card import Action, Button, Card, Line, code, dim, line, say, strong
from bot.conversation.commands import Answer, Command
from bot.conversation.finder import Finder
from bot.conversation.item_cards import found_card, list_lines
from bot.conversation.previews import preview_lines, show_some
from bot.conversation.queries import read_for_chat, read_query
from bot.conversation.request import Request
from bot.conversation.times import age, parse_duration, say_duration
from bot.errors import MisuseError
from bot.model import Reason, Shown
from bot.store import Database
from bot.store.chats import ensure_chat
from bot.store.shown import number_items

_PAGE: Final = 5
_SOME: Final = 3
_MOST_PREVIEWED: Final = 1_000
_PAGED: Final = regex.compile(r"\spage\s+\d{1,4}$", regex.IGNORECASE)
_OPTIONS: Final = regex.compile(
    r"(?<!\s)\s++(?:(since)\s++(\d(?:\d*+\s*+\w++|\d++))|(page)\s++(\d{1,4}))$",
    regex.IGNORECASE,
)
_OPTION_WORDS: Final = 3
"""Words of the longest option ("since 7 days")."""


@dataclass(frozen=True, slots=True)
class Glance:
    """An item to be handed on: in one line, and as the card that is said."""

    key: str
    title: str
    about: str
    card: Card


class Searching:
    """The use cases around what is stored."""

    def __init__(self, database: Database, finder: Finder, clock: Clock) -> None:
        self._database = database
        self._finder = finder
        self._clock = clock

    @property
    def commands(self) -> tuple[Command, ...]:
        """What people type."""
        return (
            Command("preview", self.preview, "what a topic would bring", "TOPIC", ("test",)),
            Command("search", self.search, "what is known", "TOPIC [since 7d]", ("find",)),
        )

    @property
    def actions(self) -> Mapping[str, Answer]:
        """What buttons do."""
        return {"search": self.search, "show": self.show}

    async def preview(self, request: Request) -> list[Card]:
        """What a topic would have brought in the last week, without following it."""
        if not request.argument:
            return [say(line("Preview what? ", code("/preview sanctions AND banks")))]
        query = await read_for_chat(self._database, request.ref, request.argument)
        preview = await self._finder.preview(query, most=_MOST_PREVIEWED)
        buttons = [Button("Follow", Action("subscribe", request.argument))]
        buttons += show_some(len(preview.hits), request.argument)
        opening = line(strong(request.argument), f": {query.explain()}.")
        lines = preview_lines(preview, request.argument)
        return [say(opening, *lines, buttons=tuple(buttons))]

    async def search(self, request: Request) -> list[Card]:
        """Stored items that match, newest first: ``/search QUERY [since 7d] [page 2]``."""
        text, since, page = _options(request.argument)
        return await self._page(
            request, text, since, page, apart=not _PAGED.search(request.argument)
        )

    async def show(self, request: Request) -> list[Card]:
        """The button that shows the newest few, without a page of its own."""
        return await self._page(request, request.argument, None, 1, most=_SOME, apart=True)

    async def glance(self, text: str, *, most: int, skip: int = 0) -> list[Glance]:
        """What is known that matches, newest first, to be handed on; nothing where it cannot be read."""
        try:
            query = read_query(text)
        except MisuseError:
            return []  # whoever types is not done yet
        hits = await self._finder.find(query, most=most, skip=skip)
        now = self._clock()
        return [
            Glance(
                key=str(hit.item_id),
                title=hit.item.title,
                about=" · ".join(filter(None, (hit.item.source, age(hit.item.published, now)))),
                card=found_card(hit.item, (Reason(0, query, text, hit.spans),), now=now),
            )
            for hit in hits
        ]

    async def _page(
        self,
        request: Request,
        text: str,
        since: timedelta | None,
        page: int,
        *,
        most: int = _PAGE,
        apart: bool,
    ) -> list[Card]:
        if not text:
            return [say(line("Search for what? ", code("/search sanctions since 7d")))]
        query = await read_for_chat(self._database, request.ref, text)
        after = self._clock() - since if since else None
        skip = (page - 1) * _PAGE
        hits = await self._finder.find(query, most=most + 1, since=after, skip=skip)
        within = f" in the last {say_duration(since)}" if since else ""
        if not hits:
            further = "nothing more" if page > 1 else "nothing"
            return [say(line(f"There is {further} known{within} that matches ", strong(text), "."))]
        shown, more = hits[:most], len(hits) > most
        async with self._database.writing() as connection:
            chat_id = await ensure_chat(connection, request.ref, now=self._clock())
            numbers = await number_items(connection, chat_id, [hit.item_id for hit in shown])
        lines: list[Line] = [line("Found for ", strong(text), f"{within}:")]
        for hit in shown:
            reason = Reason(0, query, text, hit.spans)
            known = Shown(numbers[hit.item_id], hit.item_id, hit.item, (reason,))
            lines.extend(list_lines(known, now=self._clock()))
        lines.append(line(dim("/summary N tells more of one.")))
        again = f"{text} since {_shortly(since)}" if since else text
        # A look at a few goes on with the first whole page.
        following = page + 1 if most == _PAGE else 1
        buttons = (Button("More", Action("search", f"{again} page {following}")),) if more else ()
        return [say(*lines, buttons=buttons, apart=apart)]


def _options(argument: str) -> tuple[str, timedelta | None, int]:
    """The query, how far to look back, and which page, from what was typed."""
    since: timedelta | None = None
    page = 1
    argument = f" {argument.strip()}"
    while found := _OPTIONS.search(last := _last_words(argument)):
        if found[1]:
            since = parse_duration(found[2])
        else:
            page = int(found[4])
        argument = argument[: len(argument) - len(last) + found.start()]
    if page < 1:
        raise MisuseError("pages count from 1")
    return argument.strip(), since, page


def _last_words(text: str) -> str:
    """Return the end of ``text`` that an option can fill, with the blanks before it.

    The rest is not searched, so that the time grows with the words and not with their square.
    """
    words = text.rsplit(maxsplit=_OPTION_WORDS)
    return text[len(words[0]) :] if len(words) > _OPTION_WORDS else text


def _shortly(length: timedelta) -> str:
    return f"{length // timedelta(minutes=1)}m"
