"""Summarise an article: use the language model's text if it passes verification, else extract sentences.

item ─┬─ no model, budget used up, or circuit breaker open ───► extract (offline, milliseconds)
      └─ cached? ─► model ─► verification ─► verified sentences of the model
                                 └─ failed ─► extract, with a note
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from hashlib import sha256
from typing import TYPE_CHECKING, Final

import structlog

from bot.errors import ModelError
from bot.models import ChatRef
from bot.runtime.circuit_breaker import CircuitBreaker
from bot.runtime.clock import Clock
from bot.store import Database
from bot.store.chats.chats import find_chat, get_or_create_chat, read_language
from bot.store.items.items import recent_texts
from bot.store.llm_cache import cache_summary, consume_budget, count_tokens, get_cached_summary
from bot.summaries.extract import Summary, summarize
from bot.summaries.terms import Background
from watchers import Item, Query

if TYPE_CHECKING:
    from bot.summaries.llm.writer import ModelDraft, Writer

# More texts do not change which terms are common, but take more memory.
_MAX_CORPUS_TEXTS: Final = 1_500
_CORPUS_TTL: Final = timedelta(hours=6)
# The counts of one language take about 2 MB.
_MAX_CORPUS_LANGUAGES: Final = 12
_EMPTY_BACKGROUND: Final = Background()
# The version of the prompts and checks. Summaries cached under another version are not used.
_CACHE_VERSION: Final = 2

log = structlog.get_logger(__name__)


class BackgroundCorpus:
    """Document frequencies of the terms of recent items, per language, cached for some hours."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._cache: dict[str, tuple[datetime, Background]] = {}
        self._lock = asyncio.Lock()

    async def background(self, language: str | None) -> Background:
        """Return the document frequencies for ``language``; empty if the store has too few texts.

        Raises:
            StoreError: the database does not answer.
        """
        if not language:
            return _EMPTY_BACKGROUND
        # The lock prevents that two requests count the same corpus at the same time.
        async with self._lock:
            now = self._clock()
            counted_at, background = self._cache.get(language, (None, _EMPTY_BACKGROUND))
            if counted_at is not None and now - counted_at < _CORPUS_TTL:
                return background
            async with self._database.reading() as connection:
                texts = await recent_texts(connection, language, _MAX_CORPUS_TEXTS)
            background = await asyncio.to_thread(Background.counted, texts, language)
            # Removed and added again, so that the first entry is always the oldest.
            self._cache.pop(language, None)
            while len(self._cache) >= _MAX_CORPUS_LANGUAGES:
                del self._cache[next(iter(self._cache))]
            self._cache[language] = (now, background)
            return background


class SummaryLength(Enum):
    """The maximum number of sentences."""

    SHORT = 1
    USUAL = 3
    LONG = 7


@dataclass(frozen=True, slots=True)
class Budget:
    """The maximum number of requests to the language model per day."""

    of_chat: int = 50
    of_all: int = 1_000


@dataclass(frozen=True, slots=True)
class SummaryResult:
    """A summary and its origin.

    Attributes:
        summary: the sentences; ``total`` counts the sentences of the article.
        writer: the model that wrote the sentences; "" if they are sentences of the article.
        language: the language of the translation; "" if the sentences are not translated.
        note: one clause that says why the requested form is not available, or "".
    """

    item: Item
    summary: Summary
    writer: str = ""
    language: str = ""
    note: str = ""


class SummaryService:
    """Summarises articles for chats. ``writer`` is the language model, if one is configured."""

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
        self._breaker = CircuitBreaker(clock)
        self._corpus = BackgroundCorpus(database, clock)

    @property
    def translates(self) -> bool:
        """Return True if summaries can be translated."""
        return self._writer is not None

    async def summarise(
        self,
        item: Item,
        ref: ChatRef,
        length: SummaryLength = SummaryLength.USUAL,
        topic: Query | None = None,
    ) -> SummaryResult:
        """Return the summary of ``item`` for the chat ``ref``.

        A summary about a ``topic`` always consists of sentences of the article.

        Raises:
            StoreError: the database does not answer.
        """
        text = item.text or item.lead
        background = await self._corpus.background(item.language)
        extract = await asyncio.to_thread(
            summarize,
            text,
            item.title,
            length.value,
            topic,
            language=item.language,
            background=background,
        )
        # A summary about a topic must quote: a model may add what the article does not say about it.
        if self._writer is None or topic is not None or extract.is_whole:
            return SummaryResult(item, extract)
        return await self._summarise_by_model(self._writer, item, extract, ref, length)

    async def _summarise_by_model(
        self, writer: Writer, item: Item, extract: Summary, ref: ChatRef, length: SummaryLength
    ) -> SummaryResult:
        async with self._database.reading() as connection:
            chat_id = await find_chat(connection, ref)
            language = await read_language(connection, chat_id) if chat_id else ""
            key = _cache_key(item, writer.name, length, language)
            cached = await get_cached_summary(connection, key)
        if cached is not None:
            return _to_result(item, extract, writer, cached, language)
        if not self._breaker.allows():
            return SummaryResult(item, extract, note="the language model is unavailable")
        if not await self._consume_budget(ref):
            # The budget was the obstacle, not the model: the breaker must not stay half-open.
            self._breaker.succeeded()
            return SummaryResult(
                item, extract, note="the daily limit of language model requests is reached"
            )
        try:
            draft = await writer.write(item, length.value, language or None)
        except ModelError as error:
            self._breaker.failed()
            log.warning("llm_request_failed", model=writer.name, problem=error.reason)
            return SummaryResult(item, extract, note="the language model is unavailable")
        self._breaker.succeeded()
        if draft.problems:
            log.info("llm_sentences_rejected", problems=draft.problems)
        await self._store_draft(key, draft, ref)
        if not draft.sentences:
            return SummaryResult(
                item, extract, note="the text of the language model failed verification"
            )
        return _to_result(item, extract, writer, _cache_value(draft), language)

    async def _consume_budget(self, ref: ChatRef) -> bool:
        now = self._clock()
        async with self._database.writing() as connection:
            chat_id = await get_or_create_chat(connection, ref, now=now)
            return await consume_budget(
                connection,
                chat_id,
                chat_budget=self._budget.of_chat,
                total_budget=self._budget.of_all,
                now=now,
            )

    async def _store_draft(self, key: str, draft: ModelDraft, ref: ChatRef) -> None:
        now = self._clock()
        async with self._database.writing() as connection:
            chat_id = await get_or_create_chat(connection, ref, now=now)
            # Tokens of rejected answers cost money, too.
            await count_tokens(connection, chat_id, draft.tokens, now=now)
            # A failed draft is not cached, because the next attempt may pass.
            if draft.sentences:
                await cache_summary(connection, key, _cache_value(draft), now=now)


def _cache_value(draft: ModelDraft) -> tuple[str, ...]:
    """Return the language of the draft ("": not translated), followed by the sentences."""
    return (draft.language or "", *draft.sentences)


def _to_result(
    item: Item, extract: Summary, writer: Writer, cache_value: tuple[str, ...], language: str
) -> SummaryResult:
    draft_language, *sentences = cache_value
    note = ""
    if language and language not in {draft_language, item.language}:
        note = f"the translation to “{language}” failed verification"
    summary = Summary(tuple(sentences), extract.total)
    return SummaryResult(item, summary, writer.name, draft_language, note)


def _cache_key(item: Item, model: str, length: SummaryLength, language: str) -> str:
    parts = "\x1f".join((item.digest, model, length.name, language, str(_CACHE_VERSION)))
    return sha256(parts.encode("utf-8", "surrogatepass")).hexdigest()[:32]
