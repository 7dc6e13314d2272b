"""Wishes: one setting of a chat or of a topic, as a text, changed and told what it was before.

typed, or pressed ──► Wish(field, topic, text) ──► one transaction: written, what is held seen anew
                                                     │
                          Undo: the same wish with ◄─┘ the text that was there
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bot.clock import Clock
from bot.conversation.request import Request
from bot.errors import MisuseError
from bot.model import Subscription
from bot.store import Database
from bot.store.chats import ensure_chat
from bot.store.digests import schedule
from bot.store.holding import retime
from bot.store.subscriptions import list_subscriptions
from bot.store.timing import Habits, hold_chat, read_habits, write_chat, write_topic
from bot.timing.modes import OFF
from bot.timing.spoken import read_mode, read_quiet
from bot.timing.verdict import TopicTiming
from bot.timing.zones import zone_named

NONE: Final = "-"
"""The text of a setting that is not set: a topic's is as the chat's then."""

MOST: Final = 1_000
"""The largest number of sources, or of alerts a day."""

_ALWAYS: Final = " always"


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants: ``field`` is mode, quiet, zone, limit, atleast or breaking.

    ``topic_id`` 0 means the chat as a whole.
    """

    field: str
    text: str
    topic_id: int = 0

    def __str__(self) -> str:
        """As `read_wish` takes it."""
        return f"{self.field} {self.topic_id} {self.text}"


@dataclass(frozen=True, slots=True)
class Granted:
    """A wish that was granted: what holds now, and the wish that takes it back."""

    wish: Wish
    before: Wish
    habits: Habits
    topic: Subscription | None
    now: datetime


def read_wish(text: str) -> Wish:
    """What a button asks for.

    Raises:
        MisuseError: it is of another version.
    """
    field, _, rest = text.partition(" ")
    topic_id, _, value = rest.partition(" ")
    if field not in _VALUES or not topic_id.isdecimal() or len(topic_id) > 18:  # noqa: PLR2004
        raise MisuseError("this button is from another version; /help lists what there is")
    return Wish(field, value, int(topic_id))


class Wishes:
    """Grants wishes."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def grant(self, request: Request, wish: Wish) -> Granted:
        """Write a setting; what is held for the chat is timed by it from now on.

        Raises:
            MisuseError: there is no such value, or the topic is not followed any more.
        """
        values = _VALUES[wish.field](wish.text, wish.topic_id > 0)
        now = self._clock()
        async with self._database.writing() as connection:
            chat_id = await ensure_chat(connection, request.ref, now=now)
            await hold_chat(connection, chat_id)
            habits = await read_habits(connection, chat_id)
            followed = await list_subscriptions(connection, chat_id)
            topic = next((one for one in followed if one.topic_id == wish.topic_id), None)
            if wish.topic_id and topic is None:
                raise MisuseError("you no longer follow this topic")
            if topic is None:
                before = _of_chat(habits, wish.field)
                await write_chat(connection, chat_id, **values)
            else:
                before = _of_topic(topic.timing, wish.field)
                await write_topic(connection, chat_id, topic.topic_id, **values)
            habits = await read_habits(connection, chat_id)
            followed = await list_subscriptions(connection, chat_id)
            topic = next((one for one in followed if one.topic_id == wish.topic_id), None)
            await schedule(connection, chat_id, habits.timing, always=habits.always, now=now)
            await retime(connection, chat_id, now=now)
        return Granted(wish, Wish(wish.field, before, wish.topic_id), habits, topic, now)


def _of_chat(habits: Habits, field: str) -> str:
    match field:
        case "mode":
            return f"{habits.timing.mode}{_ALWAYS if habits.always else ''}"
        case "quiet":
            return str(habits.timing.quiet)
        case _:
            return habits.timing.zone or NONE


def _of_topic(timing: TopicTiming, field: str) -> str:
    found = {
        "mode": timing.mode,
        "quiet": timing.quiet,
        "atleast": timing.at_least,
        "limit": timing.most_a_day,
        "breaking": "on" if timing.breaking else None,
    }[field]
    return NONE if found is None else str(found)


def _mode(text: str, of_topic: bool) -> Mapping[str, object]:
    if text == NONE and of_topic:
        return {"mode": None}
    if of_topic:
        return {"mode": str(read_mode(text))}
    always = text.endswith(_ALWAYS)
    mode = read_mode(text.removesuffix(_ALWAYS))
    if always and (mode == OFF or not mode.is_scheduled):
        raise MisuseError("“always” is for digests: /digest daily 08:00 always")
    return {"mode": str(mode), "always": always}


def _quiet(text: str, of_topic: bool) -> Mapping[str, object]:
    return {"quiet": None if text == NONE and of_topic else str(read_quiet(text))}


def _zone(text: str, of_topic: bool) -> Mapping[str, object]:
    zone = None if text == NONE else zone_named(text)
    if of_topic or (zone is None and text != NONE):
        raise MisuseError(f"“{text}” is no time zone")
    return {"zone": zone.key if zone else ""}


def _number_of(column: str) -> Callable[[str, bool], Mapping[str, object]]:
    def values(text: str, of_topic: bool) -> Mapping[str, object]:
        if not of_topic:
            raise MisuseError("that is set for a topic: name one, or its number in /topics")
        if text == NONE:
            return {column: None}
        if not text.isdecimal() or len(text) > 4 or not 1 <= int(text) <= MOST:  # noqa: PLR2004
            raise MisuseError(f"“{text}” is no number from 1 to {MOST:,}")
        return {column: int(text)}

    return values


def _breaking(text: str, of_topic: bool) -> Mapping[str, object]:
    if not of_topic:
        raise MisuseError("that is set for a topic: name one, or its number in /topics")
    return {"breaking": text == "on"}


_VALUES: Final[Mapping[str, Callable[[str, bool], Mapping[str, object]]]] = {
    "mode": _mode,
    "quiet": _quiet,
    "zone": _zone,
    "limit": _number_of("most_a_day"),
    "atleast": _number_of("at_least"),
    "breaking": _breaking,
}
