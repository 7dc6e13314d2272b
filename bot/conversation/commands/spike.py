"""Turn spike alerts of a topic on and off: /spike TOPIC on|off."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Final

from bot.conversation.cards.card import (
    Action,
    Button,
    Card,
    code,
    dim,
    line,
    make_card,
    strong,
)
from bot.conversation.registry import Command, Handler
from bot.conversation.request import CommandRequest
from bot.conversation.topics import (
    select_by_topic_ids,
    select_subscription,
    subscriptions_of_chat,
)
from bot.models import Subscription
from bot.store import Database
from bot.store.outbox.spikes import set_spike_alerts, spike_topics_of_chat

_SWITCH_WORDS: Final = {"on": True, "yes": True, "off": False, "no": False}


class SpikeCommands:
    """The command /spike."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @property
    def commands(self) -> tuple[Command, ...]:
        """Return the commands."""
        return (
            Command(
                "spike",
                self.spike,
                "alert when a topic has far more items than usual",
                "[TOPIC|N on|off]",
                ("spikes",),
                requires_admin=True,
                read_only_without_argument=True,
            ),
        )

    @property
    def changes(self) -> Mapping[str, Handler]:
        """Return the buttons that require the permission to change settings."""
        return {
            "spike_on": partial(self.switch, is_on=True),
            "spike_off": partial(self.switch, is_on=False),
        }

    async def spike(self, request: CommandRequest) -> list[Card]:
        """List the topics with spike alerts, or switch them: ``/spike sanctions on``."""
        chat_id, subscriptions = await subscriptions_of_chat(self._database, request)
        if not subscriptions:
            return [make_card(line("You follow no topic yet: ", code("/subscribe sanctions")))]
        if not request.argument:
            async with self._database.reading() as connection:
                topic_ids = await spike_topics_of_chat(connection, chat_id)
            return [
                _list_card(
                    [
                        subscription
                        for subscription in subscriptions
                        if subscription.topic_id in topic_ids
                    ]
                )
            ]
        name, _, last_word = request.argument.rpartition(" ")
        is_on = _SWITCH_WORDS.get(last_word.lower()) if name else None
        topic = request.argument if is_on is None else name.strip()
        subscription = select_subscription(subscriptions, topic)
        return [await self._set(chat_id, subscription, is_on=is_on is not False)]

    async def switch(self, request: CommandRequest, *, is_on: bool) -> list[Card]:
        """Switch spike alerts for the topic of a button."""
        chat_id, subscriptions = await subscriptions_of_chat(self._database, request)
        subscription = select_by_topic_ids(subscriptions, request.argument)[0]
        return [await self._set(chat_id, subscription, is_on=is_on)]

    async def _set(self, chat_id: int, subscription: Subscription, *, is_on: bool) -> Card:
        async with self._database.writing() as connection:
            await set_spike_alerts(connection, chat_id, subscription.topic_id, enabled=is_on)
        topic_id = str(subscription.topic_id)
        topic = strong(subscription.label)
        if not is_on:
            return make_card(
                line("You get no more spike alerts for ", topic, "."),
                buttons=(Button("Undo", Action("spike_on", topic_id)),),
                announce_to_chat=True,
            )
        return make_card(
            line("You get an alert when ", topic, " is far above its usual level."),
            line(dim("At most one per day, compared with the four weeks before.")),
            buttons=(Button("Undo", Action("spike_off", topic_id)),),
            announce_to_chat=True,
        )


def _list_card(subscriptions: Sequence[Subscription]) -> Card:
    if not subscriptions:
        command = code("/spike TOPIC on")
        return make_card(line("No topic has spike alerts: ", command, " turns them on."))
    lines = [line("• ", strong(subscription.label)) for subscription in subscriptions]
    return make_card("You get an alert when these are far above their usual level:", *lines)
