"""All that a chat follows, a card a topic: for a page that people come back to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from bot.clock import Clock
from bot.conversation.card import Action, Button, Card, dim, line, say, strong
from bot.conversation.queries import UNREADABLE
from bot.conversation.times import age, plural, say_duration
from bot.conversation.timing_words import chat_words, topic_words
from bot.model import Ref, Subscription
from bot.store import Database
from bot.store.chats import find_chat
from bot.store.subscriptions import list_subscriptions
from bot.store.timing import Habits, read_habits
from bot.timing.modes import Mode
from bot.timing.quiet import Quiet

WHEN: Final = "timing"
"""What the page does by itself, and no verb of the conversation: it asks when a topic is to come."""

_HOUR: Final = timedelta(hours=1)
_MINUTE: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Page:
    """What the page shows: how the chat as a whole is told, and a card for each topic."""

    whole: Card
    topics: tuple[Card, ...] = ()


@dataclass(frozen=True, slots=True)
class Told:
    """When a topic comes; ``topic_id`` 0 is the chat as a whole. ``None``: as the chat has it."""

    topic_id: int
    label: str
    mode: Mode | None
    quiet: Quiet | None
    zone: str = ""


class Overview:
    """What a chat follows, with what can be done about it."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def page(self, ref: Ref) -> Page:
        """All of it, in the order the topics were asked for."""
        habits, followed = await self._read(ref)
        cards = (self._card(number, one) for number, one in enumerate(followed, start=1))
        return Page(self._whole(habits), tuple(cards))

    async def told(self, ref: Ref, topic_id: int) -> Told | None:
        """When a topic comes now; ``None``: it is not followed any more."""
        habits, followed = await self._read(ref)
        chat = habits.timing
        if not topic_id:
            return Told(0, "", chat.mode, chat.quiet, chat.zone)
        one = next((one for one in followed if one.topic_id == topic_id), None)
        if one is None:
            return None
        return Told(topic_id, one.label, one.timing.mode, one.timing.quiet, chat.zone)

    async def _read(self, ref: Ref) -> tuple[Habits, list[Subscription]]:
        async with self._database.reading() as connection:
            chat_id = await find_chat(connection, ref)
            if not chat_id:
                return Habits(), []
            habits = await read_habits(connection, chat_id)
            return habits, await list_subscriptions(connection, chat_id)

    def _whole(self, habits: Habits) -> Card:
        now = self._clock()
        said = chat_words(habits, now)
        resume = (Button("Resume", Action("resume")),) if habits.is_paused(now) else ()
        words = f"All of it: {' · '.join(said) or 'at once, never quiet'}"
        return say(line(dim(words)), buttons=resume)

    def _card(self, number: int, one: Subscription) -> Card:
        now = self._clock()
        topic = str(one.topic_id)
        sound: tuple[Button, ...]
        if one.muted_until is not None and one.is_muted(now):
            fate = f"muted for {say_duration(_whole(one.muted_until - now))}"
            sound = (Button("Unmute", Action("unmute_topics", topic)),)
        else:
            last = age(one.last_alert_at, now)
            fate = f"{plural(one.alerts, 'alert')}{f', last {last}' if last else ''}"
            sound = (
                Button("Mute 1 day", Action("mute_topics", f"{topic} 1d")),
                Button("Mute 1 week", Action("mute_topics", f"{topic} 1w")),
            )
        if one.query is None:
            return Card(
                (line(f"{number}. ", strong(one.label)), line(dim(UNREADABLE))),
                buttons=(Button("Remove", Action("unsubscribe_topic", topic)),),
            )
        said = (fate, *topic_words(one.timing), one.query.explain())
        return Card(
            (
                line(f"{number}. ", strong(one.label)),
                line(dim(" · ".join(said))),
            ),
            buttons=(
                Button("Show items", Action("search", one.label)),
                Button("When", Action(WHEN, topic)),
                *sound,
                Button("Remove", Action("unsubscribe_topic", topic)),
            ),
        )


def _whole(length: timedelta) -> timedelta:
    """``length`` in whole hours, or minutes where it is short, rounded up."""
    unit = _HOUR if length > _HOUR else _MINUTE
    return -(-length // unit) * unit
