"""Less like this: /less N, and the button of an alert. Nothing is learnt in secret.

/less 5 ──► which words of it the others of the topic lack ──► "sanctions -football" [football] … [No]
[football] ──► the topic is edited, visibly, in its place ──► [Undo]
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from bot.conversation.card import Action, Button, Card, Line, dim, line, say, strong
from bot.conversation.commands import Answer, Command
from bot.conversation.finder import Finder
from bot.conversation.followed import by_ids, followed_by
from bot.conversation.following import Following
from bot.conversation.queries import read_query, unreadable
from bot.conversation.request import Request
from bot.conversation.times import plural
from bot.conversation.typical import typical_words
from bot.errors import MisuseError
from bot.model import Reason, Shown, Subscription
from bot.store import Database
from watchers import Item, Query, QuerySyntaxError
from watchers.text.clean import shorten
from watchers.topics.excluding import excluding, label_of

_WORDS: Final = 4  # proposed at once
_OTHERS: Final = 100  # known items of the topic that this one is held against


@dataclass(frozen=True, slots=True)
class Proposal:
    """A word to leave out, the topic that would result, and how many of the others it would lose."""

    word: str
    label: str
    lost: int


class Excluding:
    """The use cases around leaving out what is not wanted. ``named`` finds items by number."""

    def __init__(
        self,
        database: Database,
        finder: Finder,
        following: Following,
        named: Callable[[Request], Awaitable[Shown]],
    ) -> None:
        self._database = database
        self._finder = finder
        self._following = following
        self._named = named

    @property
    def commands(self) -> tuple[Command, ...]:
        """How people ask for it."""
        about = "leave out words that are typical of an item"
        return (Command("less", self.less, about, "[N]", changes=True, of_item=True),)

    @property
    def changes(self) -> Mapping[str, Answer]:
        """What its buttons do."""
        return {
            "less": self.less,
            "less_topic": self.less_topic,
            "leave_out": self.leave_out,
            "put_back": self.put_back,
        }

    async def less(self, request: Request) -> list[Card]:
        """Propose words of an item to leave out; asks of which topic, where it matched several."""
        shown = await self._named(request)
        if not shown.reasons:
            raise MisuseError("you no longer follow what this was sent for")
        if len(shown.reasons) == 1:
            return [await self._proposed(shown, shown.reasons[0])]
        buttons = tuple(
            Button(one.label, Action("less_topic", f"{shown.number} {one.topic_id}"))
            for one in shown.reasons
        )
        none = Button("None", Action("dismiss"))
        return [say("Less of it for which topic?", buttons=(*buttons, none), asks=True)]

    async def less_topic(self, request: Request) -> list[Card]:
        """The answer to "for which topic?"."""
        number, _, topic_id = request.argument.partition(" ")
        shown = await self._named(replace(request, argument=number))
        for reason in shown.reasons:
            if str(reason.topic_id) == topic_id:
                return [await self._proposed(shown, reason)]
        raise MisuseError("you no longer follow this topic")

    async def leave_out(self, request: Request) -> list[Card]:
        """The answer to a proposal: edit the topic, in its place."""
        chat_id, followed = await followed_by(self._database, request)
        topic_id, _, word = request.argument.partition(" ")
        before = by_ids(followed, topic_id)[0]
        if before.query is None:
            raise unreadable(before.label)
        try:
            query = excluding(before.query, word)
        except QuerySyntaxError as error:
            raise MisuseError(f"this cannot be left out: {error}") from error
        label = label_of(query, before.label, word)
        return [await self._changed(chat_id, before, query, label)]

    async def put_back(self, request: Request) -> list[Card]:
        """Undo: the topic as it was."""
        chat_id, followed = await followed_by(self._database, request)
        topic_id, _, rest = request.argument.partition("\n")
        label, _, exact = rest.partition("\n")
        before = by_ids(followed, topic_id)[0]
        return [await self._changed(chat_id, before, read_query(exact or label), label)]

    async def _changed(self, chat_id: int, before: Subscription, query: Query, label: str) -> Card:
        def undo(topic_id: int) -> Button:
            was = f"{topic_id}\n{before.label}\n{before.query or ''}"
            return Button("Undo", Action("put_back", was))

        return await self._following.change(chat_id, before, query, label, undo)

    async def _proposed(self, shown: Shown, reason: Reason) -> Card:
        if reason.query is None:
            raise unreadable(reason.label)
        hits = await self._finder.find(reason.query, most=_OTHERS + 1)
        others = [hit.item for hit in hits if hit.item_id != shown.item_id][:_OTHERS]
        found = await asyncio.to_thread(_proposals, shown.item, reason, reason.query, others)
        if not found:
            return say(
                line(
                    "No single word tells this one from the others of ", strong(reason.label), "."
                ),
                line(dim("/edit changes a topic by hand, /mute silences it for a while.")),
            )
        lines: list[Line] = [
            line("Leave out of ", strong(reason.label), " what has one of these words?")
        ]
        for one in found:
            lost = f"  loses {one.lost} of {plural(len(others), 'other')} known" if others else ""
            lines.append(line("• ", strong(shorten(one.label, _LONGEST_SHOWN)), dim(lost)))
        buttons = [
            Button(f"Without {one.word}", Action("leave_out", f"{reason.topic_id} {one.word}"))
            for one in found
        ]
        no = Button("No", Action("dismiss"))
        return say(*lines, buttons=(*buttons, no), asks=True)


_LONGEST_SHOWN: Final = 200  # characters of a topic


def _proposals(item: Item, reason: Reason, wanted: Query, others: Sequence[Item]) -> list[Proposal]:
    words = typical_words(item, wanted, reason.spans, others, most=_WORDS)
    made: list[Proposal] = []
    for word in words:
        try:
            query = excluding(wanted, word)
        except QuerySyntaxError:  # the topic is at a limit already
            continue
        lost = sum(query.match(other) is None for other in others)
        made.append(Proposal(word, label_of(query, reason.label, word), lost))
    return made
