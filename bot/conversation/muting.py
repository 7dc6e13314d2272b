"""No alerts for a while: mute and unmute."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from bot.clock import Clock
from bot.conversation.card import Action, Button, Card, code, line, say
from bot.conversation.commands import Answer, Command
from bot.conversation.followed import by_ids, followed_by, followed_of_alert, names_of, pick
from bot.conversation.pausing import Pausing
from bot.conversation.request import Request
from bot.conversation.times import is_duration, parse_duration, say_duration
from bot.errors import MisuseError
from bot.model import Subscription
from bot.store import Database
from bot.store.subscriptions import mute_subscription

_A_DAY: Final = timedelta(days=1)
_CHOICES: Final = {"1h": timedelta(hours=1), "1d": _A_DAY, "1w": timedelta(weeks=1)}


class Muting:
    """The use cases around muting topics."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._pausing = Pausing(database, clock)

    @property
    def commands(self) -> tuple[Command, ...]:
        """What people type."""
        return (
            Command(
                "mute",
                self.mute,
                "no alerts for a while",
                "TOPIC [2h|1d|1w]",
                changes=True,
                of_item=True,
            ),
            Command("unmute", self.unmute, "alerts on again", "[TOPIC]", changes=True),
        )

    @property
    def changes(self) -> Mapping[str, Answer]:
        """What buttons do."""
        return {
            "mute": self.ask,
            "mute_topics": self.mute_topics,
            "unmute_topics": self.unmute_topics,
        }

    async def mute(self, request: Request) -> list[Card]:
        """Hold a topic's alerts back for a while: ``/mute TOPIC 2d``, or ``2d`` in answer to an alert."""
        first, _, rest = request.argument.partition(" ")
        if first.lower() == "story" and (not rest or rest.lstrip("#").isdecimal()):
            return await self._pausing.mute_story(replace(request, argument=rest))
        if request.item and not request.argument:
            return await self.ask(replace(request, argument=request.item))
        if request.item and (length := _duration(request.argument)) is not None:
            about = replace(request, argument=request.item)
            chat_id, chosen = await followed_of_alert(self._database, about)
            return [await self._mute(chat_id, chosen, length)]
        chat_id, followed = await followed_by(self._database, request)
        if not followed:
            return [say("You follow no topic.")]
        name, long = _split_duration(request.argument)
        if not name:
            return [say(line("Which topic, and how long? ", code("/mute sanctions 1d")))]
        return [await self._mute(chat_id, [_picked(followed, name)], long)]

    async def unmute(self, request: Request) -> list[Card]:
        """Alert on a topic again, or on all that are muted."""
        chat_id, followed = await followed_by(self._database, request)
        muted = [one for one in followed if one.is_muted(self._clock())]
        if not muted:
            return [say("No topic is muted.")]
        chosen = [pick(followed, request.argument)] if request.argument else muted
        return [await self._unmute(chat_id, chosen)]

    async def ask(self, request: Request) -> list[Card]:
        """The button of an alert: how long?"""
        _, followed = await followed_of_alert(self._database, request)
        ids = _ids(followed)
        buttons = tuple(
            Button(say_duration(length), Action("mute_topics", f"{ids} {short}"))
            for short, length in _CHOICES.items()
        )
        return [say(f"Mute {names_of(followed)} for how long?", buttons=buttons, asks=True)]

    async def mute_topics(self, request: Request) -> list[Card]:
        """The answer to "for how long?"."""
        chat_id, followed = await followed_by(self._database, request)
        ids, _, length = request.argument.partition(" ")
        return [await self._mute(chat_id, by_ids(followed, ids), parse_duration(length))]

    async def unmute_topics(self, request: Request) -> list[Card]:
        """Undo a mute."""
        chat_id, followed = await followed_by(self._database, request)
        return [await self._unmute(chat_id, by_ids(followed, request.argument))]

    async def _mute(self, chat_id: int, chosen: Sequence[Subscription], length: timedelta) -> Card:
        await self._set(chat_id, chosen, self._clock() + length)
        return say(
            f"No alerts for {names_of(chosen)} for {say_duration(length)}.",
            buttons=(Button("Undo", Action("unmute_topics", _ids(chosen))),),
            changed=True,
        )

    async def _unmute(self, chat_id: int, chosen: Sequence[Subscription]) -> Card:
        await self._set(chat_id, chosen, None)
        return say(f"Alerts for {names_of(chosen)} are on again.", changed=True)

    async def _set(
        self, chat_id: int, chosen: Sequence[Subscription], until: datetime | None
    ) -> None:
        async with self._database.writing() as connection:
            for one in chosen:
                await mute_subscription(connection, chat_id, one.topic_id, until=until)


def _picked(followed: Sequence[Subscription], name: str) -> Subscription:
    """The topic; what follows one and is no length of time is said to be none."""
    head, _, last = name.rpartition(" ")
    try:
        return pick(followed, name)
    except MisuseError:
        if head and any(one.label.casefold() == head.strip().casefold() for one in followed):
            parse_duration(last)
        raise


def _ids(chosen: Sequence[Subscription]) -> str:
    return ",".join(str(one.topic_id) for one in chosen)


def _split_duration(argument: str) -> tuple[str, timedelta]:
    """`sanctions 2d` to its topic and its time; a day where none is given."""
    name, _, last = argument.rpartition(" ")
    length = _duration(last) if name else None
    return (argument.strip(), _A_DAY) if length is None else (name.strip(), length)


def _duration(text: str) -> timedelta | None:
    return parse_duration(text) if is_duration(text) else None
