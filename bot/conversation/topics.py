"""Following topics: subscribe, unsubscribe, list, mute."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from bot.clock import Clock
from bot.conversation.card import Action, Button, Card, Line, code, dim, line, say, strong
from bot.conversation.item_cards import topic_names
from bot.conversation.request import Request
from bot.conversation.times import age, parse_duration, plural, say_duration
from bot.errors import MisuseError
from bot.model import Subscription
from bot.store import Database
from bot.store.chats import ensure_chat, find_chat, resume_chat
from bot.store.items import count_items, newest_items
from bot.store.matches import add_matches
from bot.store.shown import shown_item
from bot.store.subscriptions import (
    add_subscription,
    list_subscriptions,
    mute_subscription,
    remove_subscription,
)
from watchers import Item, Query, QuerySyntaxError, Span, parse_query

_MOST_KNOWN: Final = 1_000  # the latest items that a new topic is held against
_PAGE: Final = 250
_MUTES: Final = (timedelta(hours=1), timedelta(days=1), timedelta(weeks=1))
_SHORT: Final = {timedelta(hours=1): "1h", timedelta(days=1): "1d", timedelta(weeks=1): "1w"}


class Topics:
    """The use cases around what a chat follows."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def subscribe(self, request: Request) -> list[Card]:
        """Follow a topic; says it back in words, and how much of what is known matches."""
        if not request.argument:
            return [
                say(
                    line("What do you want to follow? For example ", code("/subscribe sanctions")),
                    line("or ", code('/subscribe "North Korea" AND missile -football')),
                )
            ]
        query = read_query(request.argument)
        async with self._database.writing() as connection:
            chat_id = await ensure_chat(connection, request.ref, now=self._clock())
            await resume_chat(connection, chat_id)
            topic_id, is_new = await add_subscription(
                connection, chat_id, query, label=request.argument, by=request.by, now=self._clock()
            )
        known, looked_at, total = await self._note_known(topic_id, query)
        opening = "Following" if is_new else "You follow this already:"
        return [
            say(
                line(f"{opening} ", strong(request.argument), f": {query.explain()}."),
                _known_line(known, looked_at, total),
            )
        ]

    async def confirm(self, request: Request) -> list[Card]:
        """Plain text may be a topic: ask."""
        query = read_query(request.argument)
        return [
            say(
                line("Follow ", strong(request.argument), "?"),
                line(f"That is {query.explain()}."),
                buttons=(
                    Button("Yes", Action("subscribe", request.argument)),
                    Button("No", Action("dismiss")),
                ),
                asks=True,
            )
        ]

    async def unsubscribe(self, request: Request) -> list[Card]:
        """Follow a topic no more, named by its number or its words."""
        chat_id, followed = await self._followed(request)
        if not followed:
            return [say("You follow no topic.")]
        if not request.argument:
            return [_choose("Which one?", followed, "unsubscribe_topic")]
        return [await self._remove(chat_id, _pick(followed, request.argument))]

    async def unsubscribe_from_alert(self, request: Request) -> list[Card]:
        """The button of an alert: unsubscribe from what it was sent for; asks if that is several."""
        chat_id, followed = await self._of_alert(request)
        if len(followed) > 1:
            return [_choose("Which one?", followed, "unsubscribe_topic")]
        return [await self._remove(chat_id, followed[0])]

    async def unsubscribe_topic(self, request: Request) -> list[Card]:
        """The answer to "Which one?"."""
        chat_id, followed = await self._followed(request)
        return [await self._remove(chat_id, _by_id(followed, request.argument))]

    async def followed(self, request: Request) -> list[Card]:
        """What this chat follows."""
        _, followed = await self._followed(request)
        if not followed:
            return [say(line("You follow no topic yet: ", code("/subscribe sanctions")))]
        now = self._clock()
        lines: list[Line] = [line(f"You follow {plural(len(followed), 'topic')}:")]
        for number, one in enumerate(followed, start=1):
            lines.append(line(f"{number}. ", strong(one.label), dim(_fate(one, now))))
        return [say(*lines)]

    async def mute(self, request: Request) -> list[Card]:
        """Hold a topic's alerts back for a while: ``/mute TOPIC 2d``."""
        chat_id, followed = await self._followed(request)
        if not followed:
            return [say("You follow no topic.")]
        name, length = _split_duration(request.argument)
        if not name:
            return [say(line("Which topic, and how long? ", code("/mute sanctions 1d")))]
        return [await self._mute(chat_id, [_pick(followed, name)], length)]

    async def unmute(self, request: Request) -> list[Card]:
        """Alert on a topic again."""
        chat_id, followed = await self._followed(request)
        muted = [one for one in followed if one.is_muted(self._clock())]
        if not muted:
            return [say("No topic is muted.")]
        chosen = [_pick(followed, request.argument)] if request.argument else muted
        async with self._database.writing() as connection:
            for one in chosen:
                await mute_subscription(connection, chat_id, one.topic_id, until=None)
        return [say(f"Alerts for {_names(chosen)} are on again.")]

    async def ask_mute(self, request: Request) -> list[Card]:
        """The button of an alert: how long?"""
        _, followed = await self._of_alert(request)
        ids = ",".join(str(one.topic_id) for one in followed)
        buttons = tuple(
            Button(say_duration(length), Action("mute_topics", f"{ids} {_SHORT[length]}"))
            for length in _MUTES
        )
        return [say(f"Mute {_names(followed)} for how long?", buttons=buttons, asks=True)]

    async def mute_topics(self, request: Request) -> list[Card]:
        """The answer to "for how long?"."""
        chat_id, followed = await self._followed(request)
        ids, _, length = request.argument.partition(" ")
        chosen = [_by_id(followed, topic_id) for topic_id in ids.split(",")]
        return [await self._mute(chat_id, chosen, parse_duration(length))]

    # ── what several of them need ──────────────────────────────────────────────────────────────

    async def _followed(self, request: Request) -> tuple[int, Sequence[Subscription]]:
        async with self._database.reading() as connection:
            chat_id = await find_chat(connection, request.ref)
            if chat_id is None:
                return 0, ()
            return chat_id, await list_subscriptions(connection, chat_id)

    async def _of_alert(self, request: Request) -> tuple[int, Sequence[Subscription]]:
        """What the chat follows of the topics that the numbered item matched."""
        chat_id, followed = await self._followed(request)
        async with self._database.reading() as connection:
            shown = await shown_item(connection, chat_id, int(request.argument))
        matched = {reason.topic_id for reason in shown.reasons} if shown else set()
        chosen = [one for one in followed if one.topic_id in matched]
        if not chosen:
            raise MisuseError("you no longer follow what this was sent for")
        return chat_id, chosen

    async def _note_known(self, topic_id: int, query: Query) -> tuple[int, int, int]:
        """Hold a topic against the latest items; how many match, were looked at, and are known."""
        before: int | None = None
        found = looked_at = 0
        async with self._database.reading() as connection:
            total = await count_items(connection)
        while looked_at < _MOST_KNOWN:
            async with self._database.reading() as connection:
                page = await newest_items(connection, _PAGE, before=before)
            if not page:
                break
            matched = await asyncio.to_thread(_match_all, query, page)
            async with self._database.writing() as connection:
                await add_matches(connection, topic_id, matched)
            found += len(matched)
            looked_at += len(page)
            before = page[-1][0]
        return found, looked_at, total

    async def _remove(self, chat_id: int, chosen: Subscription) -> Card:
        async with self._database.writing() as connection:
            await remove_subscription(connection, chat_id, chosen.topic_id)
        return say(
            line("You no longer follow ", strong(chosen.label), "."),
            buttons=(Button("Undo", Action("subscribe", chosen.label)),),
        )

    async def _mute(self, chat_id: int, chosen: Sequence[Subscription], length: timedelta) -> Card:
        until = self._clock() + length
        async with self._database.writing() as connection:
            for one in chosen:
                await mute_subscription(connection, chat_id, one.topic_id, until=until)
        ids = ",".join(str(one.topic_id) for one in chosen)
        return say(
            f"No alerts for {_names(chosen)} for {say_duration(length)}.",
            buttons=(Button("Undo", Action("unmute_topics", ids)),),
        )

    async def unmute_topics(self, request: Request) -> list[Card]:
        """Undo a mute."""
        chat_id, followed = await self._followed(request)
        chosen = [_by_id(followed, topic_id) for topic_id in request.argument.split(",")]
        async with self._database.writing() as connection:
            for one in chosen:
                await mute_subscription(connection, chat_id, one.topic_id, until=None)
        return [say(f"Alerts for {_names(chosen)} are on again.")]


def read_query(text: str) -> Query:
    """A topic as a person typed it.

    Raises:
        MisuseError: it cannot be read; says where and what would work.
    """
    try:
        return parse_query(text)
    except QuerySyntaxError as error:
        raise MisuseError(f"I cannot read this topic: {error}") from error


def _match_all(
    query: Query, page: Sequence[tuple[int, Item]]
) -> list[tuple[int, tuple[Span, ...]]]:
    matched = ((row_id, query.match(item)) for row_id, item in page)
    return [(row_id, spans) for row_id, spans in matched if spans is not None]


def _known_line(known: int, looked_at: int, total: int) -> Line:
    among = f"the latest {looked_at:,} items" if looked_at < total else plural(total, "known item")
    if not total:
        return line("Nothing is known yet; the next item that matches comes as an alert.")
    if not known:
        return line(f"None of {among} matches; the next one that does comes as an alert.")
    verb = "matches" if known == 1 else "match"
    return line(
        f"{known:,} of {among} {verb}: ", code("/latest"), " shows them. New ones come as alerts."
    )


def _choose(question: str, followed: Sequence[Subscription], verb: str) -> Card:
    buttons = [Button(one.label, Action(verb, str(one.topic_id))) for one in followed[:20]]
    return say(question, buttons=(*buttons, Button("None", Action("dismiss"))), asks=True)


def _pick(followed: Sequence[Subscription], name: str) -> Subscription:
    """The topic that a person means: by its number in the list, or by its words."""
    if name.isdecimal() and 1 <= int(name) <= len(followed):
        return followed[int(name) - 1]
    try:
        wanted = str(parse_query(name))
    except QuerySyntaxError:
        wanted = name
    for one in followed:
        if str(one.query) == wanted:
            return one
    raise MisuseError(f"you do not follow “{name}”; /topics lists what you follow, with numbers")


def _by_id(followed: Sequence[Subscription], topic_id: str) -> Subscription:
    for one in followed:
        if str(one.topic_id) == topic_id:
            return one
    raise MisuseError("you no longer follow this topic")


def _names(chosen: Sequence[Subscription]) -> str:
    return topic_names([one.label for one in chosen])


def _fate(one: Subscription, now: datetime) -> str:
    said = [f"  {plural(one.alerts, 'alert')}"]
    if one.last_alert_at is not None:
        said.append(f"last {age(one.last_alert_at, now)}")
    if one.is_muted(now) and one.muted_until is not None:
        left = max(timedelta(minutes=1), one.muted_until - now)
        said.append(f"muted for {say_duration(timedelta(minutes=left // timedelta(minutes=1)))}")
    return ", ".join(said)


def _split_duration(argument: str) -> tuple[str, timedelta]:
    """`sanctions 2d` to its topic and its time; a day where none is given."""
    name, _, last = argument.rpartition(" ")
    if name and last[:1].isdecimal():
        try:
            return name.strip(), parse_duration(last)
        except MisuseError:
            pass
    return argument.strip(), timedelta(days=1)
