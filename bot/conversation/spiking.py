"""Spikes, as people ask for them and hear of them: /spike TOPIC on, and the alert itself."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from bot.conversation.card import (
    Action,
    Button,
    Card,
    Line,
    Piece,
    Style,
    code,
    dim,
    line,
    say,
    strong,
)
from bot.conversation.commands import Answer, Command
from bot.conversation.followed import by_ids, followed_by, pick
from bot.conversation.item_cards import origin
from bot.conversation.request import Request
from bot.conversation.times import age, plural
from bot.model import Shown, Spike, Subscription
from bot.store import Database
from bot.store.spikes import watch_topic, watched_in_chat

_A_WHILE: Final = timedelta(hours=3)
_WORDS: Final = {"on": True, "yes": True, "off": False, "no": False}


class Spiking:
    """The use cases around spikes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @property
    def commands(self) -> tuple[Command, ...]:
        """How people ask for them."""
        return (
            Command(
                "spike",
                self.spike,
                "tell when a topic is far above its usual",
                "[TOPIC|N on|off]",
                ("spikes",),
                changes=True,
                lists=True,
            ),
        )

    @property
    def changes(self) -> Mapping[str, Answer]:
        """What their buttons do."""
        return {"spike_on": self.switch_on, "spike_off": self.switch_off}

    async def spike(self, request: Request) -> list[Card]:
        """Which topics are watched, or watch one: ``/spike sanctions on``."""
        chat_id, followed = await followed_by(self._database, request)
        if not followed:
            return [say(line("You follow no topic yet: ", code("/subscribe sanctions")))]
        if not request.argument:
            async with self._database.reading() as connection:
                watched = await watched_in_chat(connection, chat_id)
            return [_listed([one for one in followed if one.topic_id in watched])]
        name, _, last = request.argument.rpartition(" ")
        wanted = _WORDS.get(last.lower()) if name else None
        one = pick(followed, request.argument if wanted is None else name.strip())
        return [await self._switch(chat_id, one, on=wanted is not False)]

    async def switch_on(self, request: Request) -> list[Card]:
        """The button that watches a topic."""
        chat_id, followed = await followed_by(self._database, request)
        return [await self._switch(chat_id, by_ids(followed, request.argument)[0], on=True)]

    async def switch_off(self, request: Request) -> list[Card]:
        """The button that watches it no more."""
        chat_id, followed = await followed_by(self._database, request)
        return [await self._switch(chat_id, by_ids(followed, request.argument)[0], on=False)]

    async def _switch(self, chat_id: int, one: Subscription, *, on: bool) -> Card:
        async with self._database.writing() as connection:
            await watch_topic(connection, chat_id, one.topic_id, on=on)
        if not on:
            undo = Button("Undo", Action("spike_on", str(one.topic_id)))
            said = line("I say nothing more when ", strong(one.label), " is above its usual.")
            return say(said, buttons=(undo,), changed=True)
        return say(
            line(
                "I tell you, once a day at most, when ",
                strong(one.label),
                " is far above its usual",
            ),
            line(dim("compared with the four weeks before; I need one to know what is usual.")),
            buttons=(Button("Undo", Action("spike_off", str(one.topic_id))),),
            changed=True,
        )


def spike_card(spike: Spike, shown: Shown, *, seen: datetime, now: datetime) -> Card:
    """The alert: how much there is, what is usual, and what most of it is about.

    ``seen``: when, which may be a night ago.
    """
    label = next((one.label for one in shown.reasons if one.topic_id == spike.topic_id), "a topic")
    usual = "none on most days" if not spike.usual else f"{spike.usual:g} on a usual day"
    when = "is far above its usual: {} today"
    if now - seen >= _A_WHILE:
        when = f"was far above its usual {age(seen, now)}: {{}} that day"
    lines: list[Line] = [
        line(strong(label), f" {when.format(plural(spike.today, 'item'))}, {usual}."),
        line("Most of it: ", Piece(shown.item.title, Style.PLAIN, shown.item.url)),
        origin(shown.item, shown.number, now),
    ]
    buttons = (
        Button("Trend", Action("trend", f"{label} 30d")),
        Button("No more of these", Action("spike_off", str(spike.topic_id))),
    )
    return Card(tuple(lines), buttons)


def _listed(watched: list[Subscription]) -> Card:
    how = code("/spike TOPIC on")
    if not watched:
        return say(line("No topic is watched for spikes: ", how, " watches one."))
    lines = [line("• ", strong(one.label)) for one in watched]
    return say("I tell you when these are far above their usual:", *lines)
