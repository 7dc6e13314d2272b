"""Search the stored items, and preview a topic before following it: /search and /preview."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import regex

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
from bot.conversation.cards.item import list_lines, shared_item_card
from bot.conversation.cards.preview import example_buttons, note_lines, preview_lines
from bot.conversation.durations import format_age, format_duration, parse_duration
from bot.conversation.item_search import ItemSearch
from bot.conversation.registry import Command, Handler
from bot.conversation.request import CommandRequest
from bot.conversation.topics import read_query, read_query_for_chat
from bot.errors import UserError
from bot.models import ChatItem, TopicMatch
from bot.runtime.clock import Clock
from bot.store import Database
from bot.store.chats.chats import get_or_create_chat
from bot.store.chats.item_numbers import assign_numbers

_PAGE_SIZE: Final = 5
_EXAMPLE_COUNT: Final = 3
_MAX_PREVIEW_HITS: Final = 1_000
_ENDS_WITH_PAGE: Final = regex.compile(r"\spage\s+\d{1,4}$", regex.IGNORECASE)
_OPTIONS: Final = regex.compile(
    r"(?<!\s)\s++(?:(since)\s++(\d(?:\d*+\s*+\w++|\d++))|(page)\s++(\d{1,4}))$",
    regex.IGNORECASE,
)
_MAX_OPTION_WORDS: Final = 3
"""Words of the longest option ("since 7 days")."""


@dataclass(frozen=True, slots=True)
class InlineResult:
    """An item to share into another chat: as a line of a list, and as the card to send."""

    key: str
    title: str
    about: str
    card: Card


class SearchCommands:
    """The commands that search the stored items."""

    def __init__(self, database: Database, search: ItemSearch, clock: Clock) -> None:
        self._database = database
        self._search = search
        self._clock = clock

    @property
    def commands(self) -> tuple[Command, ...]:
        """Return the commands."""
        return (
            Command("preview", self.preview, "test a topic", "TOPIC", ("test",)),
            Command("search", self.search, "search the news", "TOPIC [since 7d]", ("find",)),
        )

    @property
    def actions(self) -> Mapping[str, Handler]:
        """Return the buttons for everyone."""
        return {"search": self.search, "show": self.show}

    async def preview(self, request: CommandRequest) -> list[Card]:
        """Show the items of the last week that a topic matches, without following it."""
        if not request.argument:
            return [make_card(line("Preview what? ", code("/preview sanctions AND banks")))]
        query = await read_query_for_chat(self._database, request.ref, request.argument)
        preview = await self._search.preview(query, limit=_MAX_PREVIEW_HITS)
        buttons = [Button("Follow", Action("subscribe", request.argument))]
        buttons += example_buttons(len(preview.hits), request.argument)
        heading = line(strong(request.argument), f": {query.describe()}.")
        lines = [*note_lines(query), *preview_lines(preview, request.argument)]
        return [make_card(heading, *lines, buttons=tuple(buttons))]

    async def search(self, request: CommandRequest) -> list[Card]:
        """List the stored items that match, newest first: ``/search QUERY [since 7d] [page 2]``."""
        text, since, page = _options(request.argument)
        # The button for the next page replaces the message of the previous one.
        is_new_message = not _ENDS_WITH_PAGE.search(request.argument)
        return await self._results_page(
            request, text, since, page, limit=_PAGE_SIZE, as_new_message=is_new_message
        )

    async def show(self, request: CommandRequest) -> list[Card]:
        """Show the newest matching items as examples."""
        return await self._results_page(
            request, request.argument, None, 1, limit=_EXAMPLE_COUNT, as_new_message=True
        )

    async def inline_results(self, text: str, *, limit: int, skip: int = 0) -> list[InlineResult]:
        """Return the stored items that match, newest first; empty if ``text`` is not a valid topic."""
        try:
            query = read_query(text)
        except UserError:
            # Inline queries arrive while the user is still typing.
            return []
        hits = await self._search.find(query, limit=limit, skip=skip)
        now = self._clock()
        return [
            InlineResult(
                key=str(hit.item_id),
                title=hit.item.title,
                about=" · ".join(
                    filter(None, (hit.item.source, format_age(hit.item.published, now)))
                ),
                card=shared_item_card(
                    hit.item, (TopicMatch(0, str(query), text, hit.spans),), now=now
                ),
            )
            for hit in hits
        ]

    async def _results_page(
        self,
        request: CommandRequest,
        text: str,
        since: timedelta | None,
        page: int,
        *,
        limit: int,
        as_new_message: bool,
    ) -> list[Card]:
        if not text:
            return [make_card(line("Search for what? ", code("/search sanctions since 7d")))]
        query = await read_query_for_chat(self._database, request.ref, text)
        after = self._clock() - since if since else None
        skip = (page - 1) * _PAGE_SIZE
        # One more than the limit shows whether there is a next page.
        hits = await self._search.find(query, limit=limit + 1, since=after, skip=skip)
        period = f" in the last {format_duration(since)}" if since else ""
        if not hits:
            items = "No more items" if page > 1 else "No items"
            return [make_card(line(f"{items}{period} match ", strong(text), "."))]
        shown, has_more = hits[:limit], len(hits) > limit
        # The numbers make /summary N and /why N work for search results.
        async with self._database.writing() as connection:
            chat_id = await get_or_create_chat(connection, request.ref, now=self._clock())
            numbers = await assign_numbers(connection, chat_id, [hit.item_id for hit in shown])
        lines: list[Line] = [line("Found for ", strong(text), f"{period}:")]
        for hit in shown:
            reason = TopicMatch(0, str(query), text, hit.spans)
            item = ChatItem(numbers[hit.item_id], hit.item_id, hit.item, (reason,))
            lines.extend(list_lines(item, now=self._clock()))
        lines.append(line(dim("/summary N summarises one.")))
        buttons: tuple[Button, ...] = ()
        if has_more:
            search_text = f"{text} since {_format_minutes(since)}" if since else text
            # After a few examples, "More" shows the first full page.
            next_page = page + 1 if limit == _PAGE_SIZE else 1
            buttons = (Button("More", Action("search", f"{search_text} page {next_page}")),)
        return [make_card(*lines, buttons=buttons, as_new_message=as_new_message)]


def _options(argument: str) -> tuple[str, timedelta | None, int]:
    """Split an argument into query, period and page number."""
    since: timedelta | None = None
    page = 1
    argument = f" {argument.strip()}"
    while match := _OPTIONS.search(last_words := _last_words(argument)):
        if match[1]:
            since = parse_duration(match[2])
        else:
            page = int(match[4])
        argument = argument[: len(argument) - len(last_words) + match.start()]
    if page < 1:
        raise UserError("page numbers start at 1")
    return argument.strip(), since, page


def _last_words(text: str) -> str:
    """Return the end of ``text`` that an option can fill, with the blanks before it.

    The beginning is not searched, so that the time is linear in the number of words, not quadratic.
    """
    words = text.rsplit(maxsplit=_MAX_OPTION_WORDS)
    return text[len(words[0]) :] if len(words) > _MAX_OPTION_WORDS else text


def _format_minutes(length: timedelta) -> str:
    return f"{length // timedelta(minutes=1)}m"
