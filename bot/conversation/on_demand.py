"""A briefing whenever it is wanted: what came lately, by topic, or about one thing.

/briefing               the chat's topics, the last day
/briefing 3d            … the last three days
/briefing sanctions 12h any topic, followed or not
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from bot.clock import Clock
from bot.conversation.brief_cards import stories_cards
from bot.conversation.card import Card, code, line, say
from bot.conversation.commands import Answer, Command
from bot.conversation.finder import Finder, Hit
from bot.conversation.gists import Gists
from bot.conversation.queries import read_for_chat
from bot.conversation.request import Request
from bot.conversation.times import is_duration, parse_duration, say_last
from bot.errors import MisuseError
from bot.model import Briefed, Reason, Shown
from bot.store import Database
from bot.store.briefings import Lately, lately_for_chat, stories_of, tellers_of
from bot.store.chats import ensure_chat
from bot.store.shown import number_items
from watchers import Query

_A_DAY: Final = timedelta(days=1)
_LONGEST: Final = timedelta(days=31)
_MOST: Final = 21  # stories told: three messages
_MOST_HITS: Final = 500


class OnDemand:
    """The use case of /briefing. What is held for a briefing of its own stays held for it."""

    def __init__(self, database: Database, finder: Finder, clock: Clock) -> None:
        self._database = database
        self._finder = finder
        self._clock = clock
        self._gists = Gists()

    @property
    def commands(self) -> tuple[Command, ...]:
        """What people type."""
        return (Command("briefing", self.briefing, "what came lately", "[TOPIC] [24h]"),)

    @property
    def actions(self) -> Mapping[str, Answer]:
        """What buttons do."""
        return {"briefing": self.briefing}

    async def briefing(self, request: Request) -> list[Card]:
        """The stories of a while, the biggest first: ``/briefing [QUERY] [24h]``."""
        text, length = _split(request.argument)
        since = self._clock() - length
        if text:
            query = await read_for_chat(self._database, request.ref, text)
            stories, total = await self._of_query(request, text, query, since)
        else:
            stories, total = await self._of_chat(request, since)
        if not stories:
            about = f" about {text}" if text else " on your topics"
            hint = line(code("/briefing 7d"), " looks further back.")
            return [say(f"Nothing new{about} in {say_last(length)}.", hint)]
        said = await self._gists.of(stories)
        when = f" of {say_last(length)}"
        return stories_cards(stories, said, total, when, now=self._clock())

    async def _of_chat(self, request: Request, since: datetime) -> tuple[list[Briefed], int]:
        async with self._database.writing() as connection:
            chat_id = await ensure_chat(connection, request.ref, now=self._clock())
            lately = await lately_for_chat(connection, chat_id, since=since, most=_MOST)
            numbers = await number_items(connection, chat_id, [one.item_id for one in lately.items])
        return _told(lately, numbers), lately.total

    async def _of_query(
        self, request: Request, text: str, query: Query, since: datetime
    ) -> tuple[list[Briefed], int]:
        hits = await self._finder.find(query, most=_MOST_HITS, since=since)
        async with self._database.writing() as connection:
            chat_id = await ensure_chat(connection, request.ref, now=self._clock())
            story_of = await stories_of(connection, [hit.item_id for hit in hits])
            tellers = await tellers_of(connection, set(story_of.values()))
            first: dict[int, Hit] = {}
            for hit in hits:
                first.setdefault(story_of[hit.item_id], hit)
            biggest = sorted(first, key=lambda one: -len(tellers.get(one, ())))[:_MOST]
            wanted = [first[story].item_id for story in biggest]
            numbers = await number_items(connection, chat_id, wanted)
        told = [
            Briefed(_shown(first[story], numbers, text, query), tellers.get(story, ()))
            for story in biggest
        ]
        return told, len(first)


def _told(lately: Lately, numbers: dict[int, int]) -> list[Briefed]:
    return [
        Briefed(
            Shown(numbers[one.item_id], one.item_id, one.item, lately.reasons.get(one.item_id, ())),
            lately.tellers.get(one.story_id, ()),
        )
        for one in lately.items
    ]


def _shown(hit: Hit, numbers: dict[int, int], text: str, query: Query) -> Shown:
    why: Sequence[Reason] = (Reason(0, query, text, hit.spans),)
    return Shown(numbers[hit.item_id], hit.item_id, hit.item, tuple(why))


def _split(argument: str) -> tuple[str, timedelta]:
    """`sanctions 12h` to its topic and its time; a day where none is given."""
    head, _, last = argument.strip().rpartition(" ")
    if not is_duration(last):
        return argument.strip(), _A_DAY
    try:
        length = parse_duration(last)
    except MisuseError:  # none at all, or more than a year
        length = timedelta()
    if not timedelta() < length <= _LONGEST:
        raise MisuseError(f"a briefing looks back {_LONGEST.days} days at most: 12h, 3d or 2w")
    return head.strip(), length
