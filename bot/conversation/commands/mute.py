"""Mute topics for a while: /mute and /unmute."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from bot.conversation.cards.card import Action, Button, Card, code, line, make_card
from bot.conversation.commands.pause import PauseCommands
from bot.conversation.durations import format_duration, parse_duration
from bot.conversation.periods import MOMENT_FORMS, split_until, zone_of_request
from bot.conversation.registry import Command, Handler
from bot.conversation.request import CommandRequest
from bot.conversation.topics import (
    join_labels,
    join_topic_ids,
    select_by_topic_ids,
    select_subscription,
    subscriptions_of_chat,
    subscriptions_of_item,
)
from bot.errors import UserError
from bot.models import Subscription
from bot.runtime.clock import Clock
from bot.store import Database
from bot.store.chats.subscriptions import mute_subscription

# A mute without a duration ends, so that a forgotten mute does not hide a topic forever.
_ONE_DAY: Final = timedelta(days=1)
_CHOICES: Final = {"1h": timedelta(hours=1), "1d": _ONE_DAY, "1w": timedelta(weeks=1)}


class MuteCommands:
    """The commands that mute topics."""

    def __init__(self, database: Database, clock: Clock, pause: PauseCommands) -> None:
        self._database = database
        self._clock = clock
        self._pause = pause

    @property
    def commands(self) -> tuple[Command, ...]:
        """Return the commands."""
        return (
            Command(
                "mute",
                self.mute,
                "no alerts for a while",
                "TOPIC [2h|1d|1w]",
                requires_admin=True,
                accepts_reply_to_alert=True,
                details=(f"How long: {MOMENT_FORMS}. /mute story 3 mutes a story.",),
            ),
            Command(
                "unmute", self.unmute, "alerts on again", "[TOPIC|story N]", requires_admin=True
            ),
        )

    @property
    def changes(self) -> Mapping[str, Handler]:
        """Return the buttons that require the permission to change settings."""
        return {
            "mute": self.mute,
            "mute_topics": self.mute_topics,
            "unmute_topics": self.unmute_topics,
        }

    async def mute(self, request: CommandRequest) -> list[Card]:
        """Mute a topic, the topics of an alert, or a story.

        ``/mute TOPIC 2d`` mutes a topic, and ``/mute story 3`` a story. For the item of an alert,
        ``2d`` mutes its topics, and an empty argument asks how long to mute them.
        """
        if _is_about_story(request.argument):
            number = request.argument.partition(" ")[2]
            return await self._pause.mute_story(replace(request, argument=number))
        if request.item:
            if not request.argument:
                return [await self._ask_duration(request)]
            name, until, phrase = await self._split_until(request)
            if until is not None and not name:
                chat_id, subscriptions = await subscriptions_of_item(self._database, request)
                return [await self._mute(chat_id, subscriptions, until, phrase)]
        chat_id, subscriptions = await subscriptions_of_chat(self._database, request)
        if not subscriptions:
            return [make_card("You follow no topic.")]
        name, until, phrase = await self._split_until(request)
        if not name:
            return [make_card(line("Which topic, and how long? ", code("/mute sanctions 1d")))]
        selected = [_select(subscriptions, name)]
        if until is None:
            until, phrase = self._clock() + _ONE_DAY, f"for {format_duration(_ONE_DAY)}"
        return [await self._mute(chat_id, selected, until, phrase)]

    async def mute_topics(self, request: CommandRequest) -> list[Card]:
        """Mute the topics of a button: comma-separated topic IDs and a duration."""
        chat_id, subscriptions = await subscriptions_of_chat(self._database, request)
        topic_ids, _, text = request.argument.partition(" ")
        selected = select_by_topic_ids(subscriptions, topic_ids)
        length = parse_duration(text)
        phrase = f"for {format_duration(length)}"
        return [await self._mute(chat_id, selected, self._clock() + length, phrase)]

    async def unmute(self, request: CommandRequest) -> list[Card]:
        """Unmute a topic, all muted topics, or a story: ``/unmute story 3``."""
        if _is_about_story(request.argument):
            number = request.argument.partition(" ")[2]
            return await self._pause.unmute_story(replace(request, argument=number))
        chat_id, subscriptions = await subscriptions_of_chat(self._database, request)
        now = self._clock()
        selected = [subscription for subscription in subscriptions if subscription.is_muted(now)]
        if not selected:
            return [make_card("No topic is muted.")]
        if request.argument:
            selected = [select_subscription(subscriptions, request.argument)]
        return [await self._unmute(chat_id, selected)]

    async def unmute_topics(self, request: CommandRequest) -> list[Card]:
        """Unmute the topics of a button: comma-separated topic IDs."""
        chat_id, subscriptions = await subscriptions_of_chat(self._database, request)
        return [await self._unmute(chat_id, select_by_topic_ids(subscriptions, request.argument))]

    async def _ask_duration(self, request: CommandRequest) -> Card:
        _, subscriptions = await subscriptions_of_item(self._database, request)
        topic_ids = join_topic_ids(subscriptions)
        buttons = tuple(
            Button(format_duration(length), Action("mute_topics", f"{topic_ids} {short}"))
            for short, length in _CHOICES.items()
        )
        question = f"Mute {join_labels(subscriptions)} for how long?"
        return make_card(question, buttons=buttons, is_question=True)

    async def _split_until(self, request: CommandRequest) -> tuple[str, datetime | None, str]:
        zone = await zone_of_request(self._database, request)
        return await split_until(request.argument, self._clock(), zone)

    async def _mute(
        self, chat_id: int, subscriptions: Sequence[Subscription], until: datetime, phrase: str
    ) -> Card:
        await self._set_muted_until(chat_id, subscriptions, until)
        undo = Button("Undo", Action("unmute_topics", join_topic_ids(subscriptions)))
        return make_card(
            f"No alerts for {join_labels(subscriptions)} {phrase}.",
            buttons=(undo,),
            announce_to_chat=True,
        )

    async def _unmute(self, chat_id: int, subscriptions: Sequence[Subscription]) -> Card:
        await self._set_muted_until(chat_id, subscriptions, None)
        text = f"Alerts for {join_labels(subscriptions)} are on again."
        return make_card(text, announce_to_chat=True)

    async def _set_muted_until(
        self, chat_id: int, subscriptions: Sequence[Subscription], until: datetime | None
    ) -> None:
        # One transaction: either all topics of the alert are muted, or none.
        async with self._database.writing() as connection:
            for subscription in subscriptions:
                await mute_subscription(connection, chat_id, subscription.topic_id, until=until)


def _select(subscriptions: Sequence[Subscription], name: str) -> Subscription:
    """Return the subscription, or raise an error about the last word if it follows a known topic."""
    try:
        return select_subscription(subscriptions, name)
    except UserError:
        head, _, last_word = name.rpartition(" ")
        label = head.strip().casefold()
        if label and any(subscription.label.casefold() == label for subscription in subscriptions):
            # "sanctions 2x": the duration is invalid, not the topic.
            parse_duration(last_word)
        raise


def _is_about_story(argument: str) -> bool:
    """Return True at "story" and "story 3". A topic may begin with the word, so a number must follow."""
    first_word, _, number = argument.partition(" ")
    return first_word.lower() == "story" and (not number or number.lstrip("#").isdecimal())
