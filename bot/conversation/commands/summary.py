"""Summarise articles, pages and documents: `/summary`, its buttons, and the language of summaries.

/summary [N] [URL …] [long|short] [about TOPIC], a file, a reply to an alert or to a link
      │
      ├─ numbers ───► the store ─┐
      ├─ addresses ─► pages ─────┼─► SummaryService ─► one card each, prepared concurrently, so
      └─ files ─────► documents ─┘                     that a slow site does not delay the others
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import urlsplit

import regex
import structlog

from bot.conversation.cards.card import (
    Action,
    Button,
    Card,
    code,
    dim,
    line,
    make_card,
    strong,
    to_sentence,
)
from bot.conversation.cards.summary import summary_card
from bot.conversation.commands.topic_summary import TopicSummary
from bot.conversation.durations import pluralise
from bot.conversation.limits import Workload
from bot.conversation.registry import Command, Handler
from bot.conversation.request import Attachment, CommandRequest, Progress
from bot.conversation.topics import read_query_for_chat
from bot.errors import DeliveryError, UserError
from bot.ingest.page_reader import PageReader
from bot.models import ChatItem, ChatRef
from bot.runtime.clock import Clock
from bot.store import Database
from bot.store.chats.chats import find_chat, get_or_create_chat, read_language, set_language
from bot.summaries.service import SummaryLength, SummaryService
from watchers import DocumentError, Item, Query, read_document
from watchers.sources.user_document import read_user_document
from watchers.text.clean import truncate
from watchers.text.language import primary_tag

log = structlog.get_logger(__name__)

MAX_ADDRESSES: Final = 5
"""Addresses per message."""

_PROGRESS_DELAY_SECONDS: Final = 1.0
# An item with less text may have more on its page.
_MIN_ITEM_TEXT_LENGTH: Final = 600
_MAX_POST_TITLE_LENGTH: Final = 80
_MIN_POST_LENGTH: Final = 280
_MAX_POST_LENGTH: Final = 4_096
_POINT_COUNTS: Final = {SummaryLength.SHORT: 3, SummaryLength.USUAL: 5, SummaryLength.LONG: 9}
_LENGTHS: Final = {"long": SummaryLength.LONG, "short": SummaryLength.SHORT}
_ORIGINAL_LANGUAGE_WORDS: Final = frozenset({"off", "own", "original", "none"})
_NO_TRANSLATION: Final = (
    "translation requires a language model, and none is configured (TOCSIN_LLM_BASE_URL)"
)
_ADDRESS: Final = regex.compile(r"https?://[^\s<>\"]{3,2000}", regex.IGNORECASE)
# Punctuation after an address belongs to the sentence, not to the address.
_TRAILING_PUNCTUATION: Final = ".,;:!?)]}»”’'"

ItemResolver = Callable[[CommandRequest], Awaitable[ChatItem]]
"""Find the item that a request refers to."""


@dataclass(frozen=True, slots=True)
class SummaryRequest:
    """A parsed `/summary` command.

    /summary https://a.example/x https://b.example/y short about oil price
             └── urls ─────────────────────────────┘ └length┘    └ about ─┘

    Attributes:
        argument: the text without addresses and options: a number, or words.
    """

    argument: str
    urls: tuple[str, ...]
    length: SummaryLength
    about: str

    def is_of_many(self, request: CommandRequest) -> bool:
        """Return True if the command names a topic, but no article."""
        names_article = self.argument or self.urls or request.item or request.attachments
        return bool(self.about and not names_article)


def parse_summary_request(request: CommandRequest) -> SummaryRequest:
    """Parse a `/summary` command, including the links of the message that it replies to."""
    text, _, about = f" {request.argument} ".partition(" about ")
    # The text of a message with files is a comment on them or a file name.
    about = "" if request.attachments else about
    urls = _ADDRESS.findall(text)
    words = _ADDRESS.sub(" ", text).split()
    lengths = [_LENGTHS[word.lower()] for word in words if word.lower() in _LENGTHS]
    argument = " ".join(word for word in words if word.lower() not in _LENGTHS)
    if not urls and not argument:
        urls = list(request.links)
    if not urls and not argument and not request.item:
        urls = list(request.quoted_links)
    return SummaryRequest(
        argument,
        # An app sends a link twice: in the text and as a preview.
        tuple(dict.fromkeys(urls)),
        lengths[0] if lengths else SummaryLength.USUAL,
        about.strip(),
    )


class SummaryCommands:
    """The commands about summaries.

    Args:
        database: the store.
        clock: the current time.
        named: finds items by number.
        workload: counts pages and files of chats, and parses files.
        summaries: makes the summaries.
        pages: reads pages; ``None``: addresses cannot be summarised.
        together: summarises several articles about a topic.
        patience: seconds until progress is shown.
    """

    def __init__(  # noqa: PLR0913 - the composition root names each part
        self,
        database: Database,
        clock: Clock,
        named: ItemResolver,
        *,
        workload: Workload,
        summaries: SummaryService | None = None,
        pages: PageReader | None = None,
        together: TopicSummary | None = None,
        patience: float = _PROGRESS_DELAY_SECONDS,
    ) -> None:
        self._database = database
        self._clock = clock
        self._resolve_item = named
        self._summaries = summaries or SummaryService(database, clock)
        self._workload = workload
        self._pages = pages
        self._topic_summary = together
        self._progress_delay_seconds = patience

    @property
    def commands(self) -> tuple[Command, ...]:
        """Return the commands."""
        return (
            Command(
                "summary",
                self.summary,
                "summarise an article",
                "[N|URL|about TOPIC] [long|short]",
                ("sum",),
                accepts_reply_to_alert=True,
            ),
            Command(
                "language",
                self.language,
                "the language of summaries",
                "[uk|own]",
                requires_admin=True,
                read_only_without_argument=True,
            ),
        )

    @property
    def actions(self) -> Mapping[str, Handler]:
        """Return the buttons for everyone."""
        return {"summary": self.summary, "read": self.summarise_url, "sum_up": self.summarise_text}

    async def summary(self, request: CommandRequest) -> list[Card]:
        """Summarise an item, pages, the attached documents, or the items of a topic."""
        parsed = parse_summary_request(request)
        if self._topic_summary is not None and parsed.is_of_many(request):
            points = _POINT_COUNTS[parsed.length]
            return [await self._topic_summary.about(request.ref, parsed.about, points)]
        topic = await self._read_topic(request.ref, parsed.about)
        work: list[Awaitable[Card]]
        if request.attachments:
            self._workload.take_files(request.ref, request.user_id, len(request.attachments))
            work = [
                self._summarise_file(attachment, request.ref, parsed, topic)
                for attachment in request.attachments
            ]
        elif parsed.urls:
            urls = parsed.urls[:MAX_ADDRESSES]
            self._workload.take_pages(request.ref, request.user_id, len(urls))
            work = [self._summarise_page(url, request.ref, parsed, topic) for url in urls]
        else:
            shown = await self._resolve_item(replace(request, argument=parsed.argument))
            if self._needs_page(shown.item):
                self._workload.take_pages(request.ref, request.user_id)
            work = [self._summarise_item(shown.item, request.ref, parsed, topic)]
        cards = await gather_with_progress(
            work, request.progress, delay_seconds=self._progress_delay_seconds
        )
        if len(parsed.urls) > MAX_ADDRESSES and not request.attachments:
            text = f"These are the first {MAX_ADDRESSES} addresses. Send the others again."
            cards.append(make_card(text))
        return cards

    async def summarise_url(self, request: CommandRequest) -> list[Card]:
        """Summarise the page of a button."""
        # The argument is the address itself, not a command with options.
        parsed = parse_summary_request(replace(request, argument=""))
        self._workload.take_pages(request.ref, request.user_id)
        work = self._summarise_page(request.argument, request.ref, parsed, None)
        return await gather_with_progress(
            [work], request.progress, delay_seconds=self._progress_delay_seconds
        )

    async def summarise_text(self, request: CommandRequest) -> list[Card]:
        """Summarise the forwarded post of a button."""
        title = truncate(request.argument.partition(". ")[0], _MAX_POST_TITLE_LENGTH)
        post = Item(key="post", title=title, text=request.argument)
        result = await self._summaries.summarise(post, request.ref)
        return [summary_card(result, now=self._clock())]

    async def language(self, request: CommandRequest) -> list[Card]:
        """Show or set the language of summaries: ``/language uk``, ``/language own``."""
        argument = request.argument.strip().lower()
        if not argument:
            return [await self._language_card(request)]
        tag = "" if argument in _ORIGINAL_LANGUAGE_WORDS else primary_tag(argument)
        if tag is None:
            raise UserError(f"“{argument}” is not a language code such as uk, es or fr")
        if tag and not self._summaries.translates:
            raise UserError(_NO_TRANSLATION)
        async with self._database.writing() as connection:
            chat_id = await get_or_create_chat(connection, request.ref, now=self._clock())
            await set_language(connection, chat_id, tag)
        if not tag:
            return [make_card("You get summaries in the language of each article.")]
        return [
            make_card(
                f"You get summaries in “{tag}” from now on. A translation that does not agree with"
                " the article is not shown."
            )
        ]

    # ── internal ────────────────────────────────────────────────────────────────────────────────────

    async def _language_card(self, request: CommandRequest) -> Card:
        async with self._database.reading() as connection:
            chat_id = await find_chat(connection, request.ref)
            tag = await read_language(connection, chat_id) if chat_id else ""
        language = f"in “{tag}”" if tag else "in the language of each article"
        lines = [line(f"You get summaries {language}. ", code("/language uk"), " changes that.")]
        if not self._summaries.translates:
            lines.append(line(dim(to_sentence(_NO_TRANSLATION))))
        return make_card(*lines)

    async def _read_topic(self, ref: ChatRef, about: str) -> Query | None:
        return await read_query_for_chat(self._database, ref, about) if about else None

    async def _summarise_item(
        self, item: Item, ref: ChatRef, parsed: SummaryRequest, topic: Query | None
    ) -> Card:
        """Summarise a stored item; read its page if the feed has only the beginning."""
        remark = ""
        if self._pages is not None and item.url and self._needs_page(item):
            try:
                page = await self._pages.page(item.url, owner=ref.key)
            except UserError as error:
                # The text of the feed is still worth a summary.
                log.info("summary_page_unreadable", problem=str(error))
            else:
                # A page behind a paywall may have less text than the feed.
                if len(page.item.text) > len(item.text):
                    item = replace(item, text=page.item.text, language=page.item.language)
                    remark = page.barrier.reason if page.barrier else ""
        return await self._summarise(item, ref, parsed, topic, remark)

    def _needs_page(self, item: Item) -> bool:
        return self._pages is not None and bool(item.url) and len(item.text) < _MIN_ITEM_TEXT_LENGTH

    async def _summarise_page(
        self, url: str, ref: ChatRef, parsed: SummaryRequest, topic: Query | None
    ) -> Card:
        if self._pages is None:
            raise UserError("this bot does not read pages")
        page = await self._pages.page(url, owner=ref.key)
        remark = page.barrier.reason if page.barrier else ""
        return await self._summarise(page.item, ref, parsed, topic, remark)

    async def _summarise_file(
        self, attachment: Attachment, ref: ChatRef, parsed: SummaryRequest, topic: Query | None
    ) -> Card:
        try:
            # Reading a PDF takes seconds and would block the event loop.
            item = await self._read_file(attachment, ref)
        except DocumentError as error:
            raise UserError(f"{attachment.name} cannot be summarised: {error.reason}") from error
        return await self._summarise(item, ref, parsed, topic)

    async def _read_file(self, attachment: Attachment, ref: ChatRef) -> Item:
        data, name, now = attachment.data, attachment.name, self._clock()
        if self._workload.sandbox is not None:
            return await read_user_document(
                data, name, self._workload.sandbox.for_owner(ref.key), now=now
            )
        return await asyncio.to_thread(read_document, data, name, now=now)

    async def _summarise(
        self,
        item: Item,
        ref: ChatRef,
        parsed: SummaryRequest,
        topic: Query | None,
        remark: str = "",
    ) -> Card:
        result = await self._summaries.summarise(item, ref, parsed.length, topic)
        return summary_card(result, now=self._clock(), remark=remark, about=parsed.about)


# ── pasted links and forwarded posts ────────────────────────────────────────────────────────────────


def link_offer_card(
    request: CommandRequest, *, forwarded: bool, can_read: bool, can_watch: bool
) -> Card | None:
    """Offer to summarise or follow a pasted link or a forwarded post; ``None`` for plain text.

    Args:
        request: the message.
        forwarded: the message is forwarded.
        can_read: pages can be summarised.
        can_watch: feeds can be followed.
    """
    text = request.argument
    # Apps that share a page also send its title. A topic never contains an address.
    typed_urls = [match.rstrip(_TRAILING_PUNCTUATION) for match in _ADDRESS.findall(text)]
    urls = [url for url in (*request.links, *typed_urls) if _host(url)]
    is_about_link = urls and (forwarded or typed_urls or text == urls[0] or not text)
    url = urls[0] if is_about_link else ""
    buttons: list[Button] = []
    if url and can_read:
        buttons.append(Button("Summarise", Action("read", url)))
    elif forwarded and len(text) >= _MIN_POST_LENGTH:
        buttons.append(Button("Summarise", Action("sum_up", text[:_MAX_POST_LENGTH])))
    if url and can_watch:
        buttons.append(Button("Follow this source", Action("watch", url)))
    if not buttons and not url and not forwarded:
        return None
    if not buttons:
        return make_card("There is nothing to summarise in this message.", as_new_message=True)
    subject = line("A page of ", strong(_host(url))) if url else line("A post")
    return make_card(subject, buttons=(*buttons, Button("No", Action("dismiss"))), is_question=True)


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        # Square brackets that do not contain an IPv6 address.
        return ""


# ── several answers at once ─────────────────────────────────────────────────────────────────────────


async def gather_with_progress(
    work: Sequence[Awaitable[Card]], progress: Progress | None, *, delay_seconds: float
) -> list[Card]:
    """Await cards concurrently and return them in order.

    Show the number of finished cards after ``delay_seconds``. If there are several cards, an error takes
    the place of its card.

    Raises:
        UserError: there is a single card, and it failed.
    """
    tasks = [asyncio.ensure_future(awaitable) for awaitable in work]
    try:
        await _wait(tasks, progress, delay_seconds)
    finally:
        # Also cancels the other tasks if one of them failed or the caller was cancelled.
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    if len(tasks) == 1:
        return [tasks[0].result()]
    return [_card_or_error(task) for task in tasks]


async def _wait(
    tasks: Sequence[asyncio.Future[Card]], progress: Progress | None, delay_seconds: float
) -> None:
    _, pending = await asyncio.wait(tasks, timeout=delay_seconds)
    while pending:
        if progress is not None:
            try:
                await progress(_progress_card(len(tasks), len(tasks) - len(pending)))
            except DeliveryError as error:
                # Progress is optional: the answer itself is sent by other means.
                log.info("progress_not_shown", problem=error.reason)
                progress = None
        _, pending = await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)


def _card_or_error(task: asyncio.Future[Card]) -> Card:
    try:
        return task.result()
    except UserError as error:
        return make_card(to_sentence(str(error)))


def _progress_card(total: int, done: int) -> Card:
    if total == 1:
        return make_card("Reading it …")
    return make_card(f"Reading {pluralise(total, 'article')} … {done} of {total} done.")
