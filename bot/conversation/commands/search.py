"""Search the stored items, and preview a topic before following it: /search and /preview."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import regex

from bot.conversation.cards.card import (
    Action,
    Button,
    Card,
    Line,
    code,
    dim,
    full_stop,
    line,
    make_card,
    strong,
)
from bot.conversation.cards.item import list_lines, shared_item_card
from bot.conversation.cards.preview import (
    example_buttons,
    looked_through_line,
    note_lines,
    preview_lines,
)
from bot.conversation.durations import format_age
from bot.conversation.item_search import ItemSearch
from bot.conversation.periods import PERIOD_FORMS, Period, split_period, zone_of_request
from bot.conversation.registry import Command, Handler
from bot.conversation.request import CommandRequest
from bot.conversation.topics import read_query, read_query_for_chat
from bot.errors import UserError
from bot.models import ChatItem, ChatRef, TopicMatch
from bot.runtime.clock import Clock
from bot.store import Database
from bot.store.chats.chats import get_or_create_chat
from bot.store.chats.item_numbers import assign_numbers

_PAGE_SIZE: Final = 5
_EXAMPLE_COUNT: Final = 3
_MAX_PREVIEW_HITS: Final = 1_000
_PAGE: Final = regex.compile(r"\spage\s++(\d{1,4})$", regex.IGNORECASE)


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
            Command(
                "search",
                self.search,
                "search the news",
                "TOPIC [since 7d]",
                ("find",),
                details=(f"Periods: {PERIOD_FORMS}.",),
            ),
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
        preview = await self._search.preview(query, limit=_MAX_PREVIEW_HITS, chat=request.ref.key)
        buttons = [Button("Follow", Action("subscribe", request.argument))]
        buttons += example_buttons(len(preview.hits), request.argument)
        heading = line(strong(request.argument), f": {query.describe()}.")
        lines = [*note_lines(query), *preview_lines(preview, request.argument)]
        return [make_card(heading, *lines, buttons=tuple(buttons))]

    async def search(self, request: CommandRequest) -> list[Card]:
        """List the stored items that match, newest first: ``/search QUERY [since 7d] [page 2]``."""
        rest, page = _split_page(request.argument)
        zone = await zone_of_request(self._database, request)
        text, period = await split_period(rest, self._clock(), zone, allow_bare=True)
        if page is None:
            # The options may come in either order.
            text, page = _split_page(text)
        # The button for the next page replaces the message of the previous one.
        return await self._results_page(
            request, text, period, page or 1, limit=_PAGE_SIZE, as_new_message=page is None
        )

    async def show(self, request: CommandRequest) -> list[Card]:
        """Show the newest matching items as examples."""
        return await self._results_page(
            request, request.argument, None, 1, limit=_EXAMPLE_COUNT, as_new_message=True
        )

    async def inline_results(
        self, ref: ChatRef, text: str, *, limit: int, skip: int = 0
    ) -> list[InlineResult]:
        """Return the stored items that match, newest first; empty if ``text`` is not a valid topic."""
        try:
            query = read_query(text)
        except UserError:
            # Inline queries arrive while the user is still typing.
            return []
        # Aliases belong to a chat, and an inline query has none.
        hits = await self._search.find(query, limit=limit, skip=skip, chat=ref.key)
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
        period: Period | None,
        page: int,
        *,
        limit: int,
        as_new_message: bool,
    ) -> list[Card]:
        if not text:
            return [make_card(line("Search for what? ", code("/search sanctions since 7d")))]
        query = await read_query_for_chat(self._database, request.ref, text)
        after = period.start if period else None
        skip = (page - 1) * _PAGE_SIZE
        # One more than the limit shows whether there is a next page.
        found = await self._search.search(
            query, limit=limit + 1, since=after, skip=skip, chat=request.ref.key
        )
        hits = found.hits
        when = f" {period.phrase}" if period else ""
        if not hits:
            items = "No more items" if page > 1 else "No items"
            remark = () if found.is_complete else (looked_through_line(found.looked_through),)
            return [
                make_card(line(f"{items}{when} match ", strong(text), full_stop(text)), *remark)
            ]
        shown, has_more = hits[:limit], len(hits) > limit
        # The numbers make /summary N and /why N work for search results.
        async with self._database.writing() as connection:
            chat_id = await get_or_create_chat(connection, request.ref, now=self._clock())
            numbers = await assign_numbers(connection, chat_id, [hit.item_id for hit in shown])
        lines: list[Line] = [line("Found for ", strong(text), f"{when}:")]
        for hit in shown:
            reason = TopicMatch(0, str(query), text, hit.spans)
            item = ChatItem(numbers[hit.item_id], hit.item_id, hit.item, (reason,))
            lines.extend(list_lines(item, now=self._clock()))
        if not found.is_complete:
            lines.append(looked_through_line(found.looked_through))
        lines.append(line(dim("/summary N summarises one.")))
        buttons: tuple[Button, ...] = ()
        if has_more:
            search_text = f"{text} {period.option}" if period else text
            # After a few examples, "More" shows the first full page.
            next_page = page + 1 if limit == _PAGE_SIZE else 1
            buttons = (Button("More", Action("search", f"{search_text} page {next_page}")),)
        return [make_card(*lines, buttons=buttons, as_new_message=as_new_message)]


def _split_page(argument: str) -> tuple[str, int | None]:
    """Split "sanctions page 2" into its head and the number of the page.

    Raises:
        UserError: the number is 0.
    """
    argument = argument.rstrip()
    words = argument.rsplit(maxsplit=2)
    match = _PAGE.search(f" {' '.join(words[-2:])}")
    if match is None:
        return argument.strip(), None
    page = int(match[1])
    if page < 1:
        raise UserError("page numbers start at 1")
    return " ".join(words[:-2]), page
