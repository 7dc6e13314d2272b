"""What a person is told of an article: a model's words where there is one and they hold, else its own.

item ─┬─ no model, over budget, or it fails lately ───────────► the article's own sentences
      └─ written before? ─► model ─► faithful? ─► its words     (extract.py: offline, milliseconds)
                                        └─ no ──► the article's own, and it is said why
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from enum import Enum
from hashlib import sha256
from typing import Final

import structlog

from bot.clock import Clock
from bot.errors import ModelError
from bot.model import Ref
from bot.store import Database
from bot.store.chats import ensure_chat, find_chat, language_of_chat
from bot.store.written import count_tokens, find_written, keep_written, spend_request
from bot.summaries.archive import Archive
from bot.summaries.breaker import Breaker
from bot.summaries.extract import Summary, summarize
from bot.summaries.writer import Draft, Writer
from watchers import Item, Query

_VERSION: Final = 2  # of the prompts and checks: what was written under others is written anew

log = structlog.get_logger(__name__)


class Length(Enum):
    """How many sentences."""

    SHORT = 1
    USUAL = 3
    LONG = 7


@dataclass(frozen=True, slots=True)
class Budget:
    """How many articles a model may be asked about in a day."""

    of_chat: int = 50
    of_all: int = 1_000


@dataclass(frozen=True, slots=True)
class Told:
    """A summary and what it is.

    Attributes:
        summary: the sentences; ``total`` counts the article's.
        writer: the model whose words they are; "": they are the article's own.
        language: the language they were translated to; "": the article's own.
        note: why they are not what was asked for; one clause, "" where they are.
    """

    item: Item
    summary: Summary
    writer: str = ""
    language: str = ""
    note: str = ""


class Telling:
    """Sums articles up for chats. ``writer``: the language model, if there is one."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        writer: Writer | None = None,
        budget: Budget | None = None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._writer = writer
        self._budget = budget or Budget()
        self._breaker = Breaker(clock)
        self._archive = Archive(database, clock)

    @property
    def translates(self) -> bool:
        """Whether summaries can be had in another language than the article's."""
        return self._writer is not None

    async def tell(
        self, item: Item, ref: Ref, length: Length = Length.USUAL, topic: Query | None = None
    ) -> Told:
        """The summary of ``item`` for the chat at ``ref``.

        About a ``topic``, it is always in the article's own words.

        Raises:
            StoreError: the database does not answer.
        """
        text = item.text or item.lead
        background = await self._archive.background(item.language)
        own = await asyncio.to_thread(
            summarize,
            text,
            item.title,
            length.value,
            topic,
            language=item.language,
            background=background,
        )
        if self._writer is None or topic is not None or own.is_whole:
            return Told(item, own)
        return await self._written(self._writer, item, own, ref, length)

    async def _written(
        self, writer: Writer, item: Item, own: Summary, ref: Ref, length: Length
    ) -> Told:
        async with self._database.reading() as connection:
            chat_id = await find_chat(connection, ref)
            language = await language_of_chat(connection, chat_id) if chat_id else ""
            key = _key(item, writer.name, length, language)
            before = await find_written(connection, key)
        if before is not None:
            return _told(item, own, writer, before, language)
        if not self._breaker.allows():
            return Told(item, own, note="the language model does not answer just now")
        if not await self._may_spend(ref):
            self._breaker.succeeded()
            return Told(item, own, note="today's requests to the language model are used up")
        try:
            draft = await writer.write(item, length.value, language or None)
        except ModelError as error:
            self._breaker.failed()
            log.warning("the language model is of no use", model=writer.name, problem=error.reason)
            return Told(item, own, note="the language model does not answer just now")
        self._breaker.succeeded()
        if draft.problems:
            log.info("sentences of the language model dropped", problems=draft.problems)
        await self._record(key, draft, ref)
        if not draft.sentences:
            return Told(item, own, note="what the language model wrote is not in the article")
        return _told(item, own, writer, _kept(draft), language)

    async def _may_spend(self, ref: Ref) -> bool:
        now = self._clock()
        async with self._database.writing() as connection:
            chat_id = await ensure_chat(connection, ref, now=now)
            return await spend_request(
                connection,
                chat_id,
                of_chat=self._budget.of_chat,
                of_all=self._budget.of_all,
                now=now,
            )

    async def _record(self, key: str, draft: Draft, ref: Ref) -> None:
        now = self._clock()
        async with self._database.writing() as connection:
            chat_id = await ensure_chat(connection, ref, now=now)
            await count_tokens(connection, chat_id, draft.tokens, now=now)
            if draft.sentences:
                await keep_written(connection, key, _kept(draft), now=now)


def _kept(draft: Draft) -> tuple[str, ...]:
    """The language first: what could not be translated is in the article's own."""
    return (draft.language or "", *draft.sentences)


def _told(item: Item, own: Summary, writer: Writer, kept: tuple[str, ...], language: str) -> Told:
    spoken, *sentences = kept
    note = ""
    if language and language not in {spoken, item.language}:
        note = f"a translation to “{language}” did not hold against the article"
    return Told(item, Summary(tuple(sentences), own.total), writer.name, spoken, note)


def _key(item: Item, model: str, length: Length, language: str) -> str:
    asked = "\x1f".join((item.digest, model, length.name, language, str(_VERSION)))
    return sha256(asked.encode("utf-8", "surrogatepass")).hexdigest()[:32]
