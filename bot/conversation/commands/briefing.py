"""Send a briefing on request: the stories of a period, on the topics of the chat or on any topic.

/briefing               the topics of the chat, last day
/briefing 3d            the topics of the chat, last three days
/briefing sanctions 12h any topic, followed or not
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from bot.conversation.cards.briefing import stories_cards
from bot.conversation.cards.card import Card, code, line, make_card
from bot.conversation.durations import format_period
from bot.conversation.item_search import ItemSearch, SearchResult
from bot.conversation.one_line_summaries import SummaryCache
from bot.conversation.periods import split_period, zone_of_request
from bot.conversation.registry import Command, Handler
from bot.conversation.request import CommandRequest
from bot.conversation.topics import read_query_for_chat
from bot.errors import UserError
from bot.models import BriefingStory, ChatItem, TopicMatch
from bot.runtime.clock import Clock
from bot.store import Database
from bot.store.chats.chats import get_or_create_chat
from bot.store.chats.item_numbers import assign_numbers
from bot.store.outbox.briefings import (
    recent_stories_of_chat,
    sources_of_stories,
    story_ids_of_items,
)
from watchers import Query

_DEFAULT_PERIOD: Final = timedelta(days=1)
_MAX_PERIOD: Final = timedelta(days=31)
_PERIOD_HINT: Final = f"a briefing covers at most {_MAX_PERIOD.days} days: 12h, 3d or 2w"
_MAX_STORIES: Final = 21
"""Three messages of seven stories."""

_MAX_HITS: Final = 500


class BriefingCommands:
    """The command /briefing. It does not affect alerts that are held for a scheduled briefing."""

    def __init__(self, database: Database, search: ItemSearch, clock: Clock) -> None:
        self._database = database
        self._search = search
        self._clock = clock
        self._summaries = SummaryCache()

    @property
    def commands(self) -> tuple[Command, ...]:
        """Return the commands."""
        return (Command("briefing", self.briefing, "the recent stories", "[TOPIC] [24h]"),)

    @property
    def actions(self) -> Mapping[str, Handler]:
        """Return the buttons for everyone."""
        return {"briefing": self.briefing}

    async def briefing(self, request: CommandRequest) -> list[Card]:
        """List the stories of a period, those with most sources first: ``/briefing [QUERY] [24h]``."""
        zone = await zone_of_request(self._database, request)
        now = self._clock()
        try:
            text, period = await split_period(request.argument, now, zone, allow_bare=True)
        except UserError as error:
            raise UserError(f"{error}; {_PERIOD_HINT}") from None
        since = period.start if period else now - _DEFAULT_PERIOD
        if not timedelta() < now - since <= _MAX_PERIOD:
            raise UserError(_PERIOD_HINT)
        when = period.phrase if period else f"in {format_period(_DEFAULT_PERIOD)}"
        if text:
            query = await read_query_for_chat(self._database, request.ref, text)
            stories, total = await self._stories_of_query(request, text, query, since)
        else:
            stories, total = await self._stories_of_chat(request, since)
        if not stories:
            subject = f" about {text}" if text else " on your topics"
            hint = line(code("/briefing 7d"), " covers a longer period.")
            return [make_card(f"Nothing new{subject} {when}.", hint)]
        sentences = await self._summaries.summarise(stories)
        period_text = f" {when.replace('in the last', 'of the last', 1)}"
        return stories_cards(stories, sentences, total, period_text, now=self._clock())

    async def _stories_of_chat(
        self, request: CommandRequest, since: datetime
    ) -> tuple[list[BriefingStory], int]:
        async with self._database.writing() as connection:
            chat_id = await get_or_create_chat(connection, request.ref, now=self._clock())
            recent = await recent_stories_of_chat(
                connection, chat_id, since=since, limit=_MAX_STORIES
            )
            item_ids = [story.item_id for story in recent.items]
            numbers = await assign_numbers(connection, chat_id, item_ids)
        stories = [
            BriefingStory(
                ChatItem(
                    numbers[story.item_id],
                    story.item_id,
                    story.item,
                    recent.reasons.get(story.item_id, ()),
                ),
                recent.sources.get(story.story_id, ()),
            )
            for story in recent.items
        ]
        return stories, recent.total

    async def _stories_of_query(
        self, request: CommandRequest, text: str, query: Query, since: datetime
    ) -> tuple[list[BriefingStory], int]:
        hits = await self._search.find(query, limit=_MAX_HITS, since=since, chat=request.ref.key)
        async with self._database.writing() as connection:
            chat_id = await get_or_create_chat(connection, request.ref, now=self._clock())
            story_ids = await story_ids_of_items(connection, [hit.item_id for hit in hits])
            sources = await sources_of_stories(connection, set(story_ids.values()))
            # Hits are newest first: the newest item represents its story.
            newest_hits: dict[int, SearchResult] = {}
            for hit in hits:
                newest_hits.setdefault(story_ids[hit.item_id], hit)
            largest = sorted(newest_hits, key=lambda story_id: -len(sources.get(story_id, ())))
            largest = largest[:_MAX_STORIES]
            item_ids = [newest_hits[story_id].item_id for story_id in largest]
            numbers = await assign_numbers(connection, chat_id, item_ids)
        stories = []
        for story_id in largest:
            hit = newest_hits[story_id]
            reason = TopicMatch(0, str(query), text, hit.spans)
            shown = ChatItem(numbers[hit.item_id], hit.item_id, hit.item, (reason,))
            stories.append(BriefingStory(shown, sources.get(story_id, ())))
        return stories, len(newest_hits)
