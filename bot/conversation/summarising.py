"""What articles say: `/summary`, the buttons for it, and the language they are told in.

/summary [N] [URL …] [long|short] [about TOPIC], a file, an answer to an alert or to a link
      │
      ├─ numbers ─► the store ─┐
      ├─ addresses ─► pages ───┼─► Telling ─► a card each        all at once: a slow site holds up
      └─ files ─► documents ───┘                                 nobody, and after a second it is said
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Final

import structlog

from bot.clock import Clock
from bot.conversation.at_once import all_at_once
from bot.conversation.card import Card, code, dim, line, say, sentence_of
from bot.conversation.commands import Answer, Command
from bot.conversation.pages import Pages
from bot.conversation.queries import read_for_chat
from bot.conversation.request import Attachment, Request
from bot.conversation.summary_asked import Asked, asked_for
from bot.conversation.summary_card import summary_card
from bot.conversation.together import Together
from bot.errors import MisuseError
from bot.model import Ref, Shown
from bot.store import Database
from bot.store.chats import ensure_chat, find_chat, language_of_chat, set_language
from bot.summaries.telling import Length, Telling
from watchers import DocumentError, Item, Query, read_document
from watchers.text.clean import shorten
from watchers.text.language import primary_tag

MOST_AT_ONCE: Final = 5
"""Articles that one message may ask for."""

_PATIENCE: Final = 1.0  # seconds after which it is said that something is under way
_SHORT_TEXT: Final = 600  # characters: a feed's item with less may have more on its page
_TITLE: Final = 80  # characters of a post
_POINTS: Final = {Length.SHORT: 3, Length.USUAL: 5, Length.LONG: 9}
_OWN: Final = frozenset({"off", "own", "original", "none"})

Named = Callable[[Request], Awaitable[Shown]]
"""Finds the item that a request means."""

log = structlog.get_logger(__name__)


class Summarising:
    """The use cases around summaries.

    Args:
        named: finds items by number.
        pages: reads pages; ``None``: addresses are not read here.
        together: sums up several articles about a topic.
        patience: seconds after which it is said that something is under way.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        named: Named,
        *,
        telling: Telling | None = None,
        pages: Pages | None = None,
        together: Together | None = None,
        patience: float = _PATIENCE,
    ) -> None:
        self._database = database
        self._clock = clock
        self._named = named
        self._telling = telling or Telling(database, clock)
        self._pages = pages
        self._together = together
        self._patience = patience

    @property
    def commands(self) -> tuple[Command, ...]:
        """What people type."""
        return (
            Command(
                "summary",
                self.summary,
                "what an article says",
                "[N|URL|about TOPIC] [long|short]",
                ("sum",),
                of_item=True,
            ),
            Command(
                "language",
                self.language,
                "which language summaries are in",
                "[uk|own]",
                changes=True,
                lists=True,
            ),
        )

    @property
    def actions(self) -> Mapping[str, Answer]:
        """What buttons do."""
        return {"summary": self.summary, "read": self.read, "sum_up": self.sum_up}

    async def summary(self, request: Request) -> list[Card]:
        """The summary of an item, of pages, or of the documents that came with the message."""
        asked = asked_for(request)
        if self._together is not None and asked.is_of_many(request):
            points = _POINTS[asked.length]
            return [await self._together.about(request.ref, asked.about, points)]
        topic = await self._topic(request.ref, asked.about)
        work: list[Awaitable[Card]]
        if request.attachments:
            work = [self._of_file(one, request.ref, asked, topic) for one in request.attachments]
        elif asked.urls:
            urls = asked.urls[:MOST_AT_ONCE]
            work = [self._of_page(url, request.ref, asked, topic) for url in urls]
        else:
            shown = await self._named(replace(request, argument=asked.argument))
            work = [self._of_item(shown.item, request.ref, asked, topic)]
        cards = await all_at_once(work, request.progress, patience=self._patience)
        if len(asked.urls) > MOST_AT_ONCE and not request.attachments:
            cards.append(say(f"That was the first {MOST_AT_ONCE} addresses; send the rest again."))
        return cards

    async def read(self, request: Request) -> list[Card]:
        """The button that sums a page up."""
        work = self._of_page(
            request.argument, request.ref, asked_for(replace(request, argument="")), None
        )
        return await all_at_once([work], request.progress, patience=self._patience)

    async def sum_up(self, request: Request) -> list[Card]:
        """The button that sums a post up."""
        title = shorten(request.argument.partition(". ")[0], _TITLE)
        post = Item(key="post", title=title, text=request.argument)
        told = await self._telling.tell(post, request.ref)
        return [summary_card(told, now=self._clock())]

    async def language(self, request: Request) -> list[Card]:
        """In which language summaries are told: ``/language uk``, ``/language own``."""
        said = request.argument.strip().lower()
        async with self._database.reading() as connection:
            chat_id = await find_chat(connection, request.ref)
            now = await language_of_chat(connection, chat_id) if chat_id else ""
        if not said:
            which = f"in “{now}”" if now else "in each article's own language"
            lines = [line(f"Summaries are told {which}. ", code("/language uk"), " changes that.")]
            return [
                say(
                    *lines, *([] if self._telling.translates else [line(dim(sentence_of(_CANNOT)))])
                )
            ]
        tag = "" if said in _OWN else primary_tag(said)
        if tag is None:
            raise MisuseError(f"“{said}” is no language code such as uk, es or fr")
        if tag and not self._telling.translates:
            raise MisuseError(_CANNOT)
        async with self._database.writing() as connection:
            chat_id = await ensure_chat(connection, request.ref, now=self._clock())
            await set_language(connection, chat_id, tag)
        if not tag:
            return [say("Summaries are told in each article's own language.")]
        return [
            say(
                f"Summaries are told in “{tag}” from now on, where the translation holds against"
                " the article."
            )
        ]

    # ── inside ────────────────────────────────────────────────────────────────────────────────────

    async def _topic(self, ref: Ref, about: str) -> Query | None:
        return await read_for_chat(self._database, ref, about) if about else None

    async def _of_item(self, item: Item, ref: Ref, asked: Asked, topic: Query | None) -> Card:
        """An item of the archive; where a feed brought its beginning only, its page is read."""
        remark = ""
        if self._pages is not None and item.url and len(item.text) < _SHORT_TEXT:
            try:
                page = await self._pages.page(item.url)
            except MisuseError as error:
                log.info("a page cannot be read", problem=str(error))
            else:
                if len(page.item.text) > len(item.text):
                    item = replace(item, text=page.item.text, language=page.item.language)
                    remark = page.wall.reason if page.wall else ""
        return await self._told(item, ref, asked, topic, remark)

    async def _of_page(self, url: str, ref: Ref, asked: Asked, topic: Query | None) -> Card:
        if self._pages is None:
            raise MisuseError("pages are not read here")
        page = await self._pages.page(url)
        remark = page.wall.reason if page.wall else ""
        return await self._told(page.item, ref, asked, topic, remark)

    async def _of_file(
        self, attachment: Attachment, ref: Ref, asked: Asked, topic: Query | None
    ) -> Card:
        try:
            item = await asyncio.to_thread(
                read_document, attachment.data, attachment.name, now=self._clock()
            )
        except DocumentError as error:
            raise MisuseError(f"{attachment.name} cannot be summarised: {error.reason}") from error
        return await self._told(item, ref, asked, topic)

    async def _told(
        self, item: Item, ref: Ref, asked: Asked, topic: Query | None, remark: str = ""
    ) -> Card:
        told = await self._telling.tell(item, ref, asked.length, topic)
        return summary_card(told, now=self._clock(), remark=remark, about=asked.about)


_CANNOT: Final = "translating takes a language model, and none is set up here (TOCSIN_LLM_BASE_URL)"
