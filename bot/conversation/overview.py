"""All that a chat follows, a card a topic: for a page that people come back to."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from bot.clock import Clock
from bot.conversation.card import Action, Button, Card, dim, line, strong
from bot.conversation.times import age, plural, say_duration
from bot.model import Ref, Subscription
from bot.store import Database
from bot.store.chats import find_chat
from bot.store.subscriptions import list_subscriptions

_HOUR: Final = timedelta(hours=1)
_MINUTE: Final = timedelta(minutes=1)


class Overview:
    """What a chat follows, with what can be done about it."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def topics(self, ref: Ref) -> list[Card]:
        """A card for each topic, in the order they were asked for."""
        async with self._database.reading() as connection:
            chat_id = await find_chat(connection, ref)
            followed = await list_subscriptions(connection, chat_id) if chat_id else []
        return [self._card(number, one) for number, one in enumerate(followed, start=1)]

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
        return Card(
            (
                line(f"{number}. ", strong(one.label)),
                line(dim(f"{fate} · {one.query.explain()}")),
            ),
            buttons=(
                Button("Show items", Action("search", one.label)),
                *sound,
                Button("Remove", Action("unsubscribe_topic", topic)),
            ),
        )


def _whole(length: timedelta) -> timedelta:
    """``length`` in whole hours, or minutes where it is short, rounded up."""
    unit = _HOUR if length > _HOUR else _MINUTE
    return -(-length // unit) * unit
