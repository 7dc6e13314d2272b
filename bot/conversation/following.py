"""Following topics: subscribe, edit, unsubscribe, list."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from bot.clock import Clock
from bot.conversation.card import Action, Button, Card, Line, code, dim, line, say, strong
from bot.conversation.commands import Answer, Command
from bot.conversation.finder import Finder
from bot.conversation.followed import by_ids, followed_by, followed_of_alert, pick
from bot.conversation.previews import preview_lines, show_some
from bot.conversation.queries import UNREADABLE, read_for_chat, read_query
from bot.conversation.request import Request
from bot.conversation.times import age, plural, say_duration
from bot.conversation.timing_words import chat_words, topic_words
from bot.errors import MisuseError
from bot.model import Subscription
from bot.store import Database
from bot.store.chats import ensure_chat, resume_chat
from bot.store.items import count_items
from bot.store.matches import add_matches
from bot.store.subscriptions import add_subscription, remove_subscription, replace_subscription
from bot.store.timing import read_habits
from watchers import Query
from watchers.text.clean import shorten

_MOST_KNOWN: Final = 1_000  # known items that a new topic is noted to match
_MOST_BUTTONS: Final = 20
_LONGEST_MEANING: Final = 400  # characters of a topic in words


def subscribing(subscribe: Answer) -> Command:
    """The command to follow something, done by ``subscribe``: a topic only, or an address, too."""
    aliases = ("sub", "add")
    return Command("subscribe", subscribe, "follow a topic", "TOPIC", aliases, changes=True)


class Following:
    """The use cases around what a chat follows."""

    def __init__(self, database: Database, finder: Finder, clock: Clock) -> None:
        self._database = database
        self._finder = finder
        self._clock = clock

    @property
    def commands(self) -> tuple[Command, ...]:
        """What people type, but /subscribe: see `subscribing`."""
        return (
            Command(
                "unsubscribe",
                self.unsubscribe,
                "follow it no more",
                "TOPIC|N",
                ("unsub", "remove"),
                changes=True,
                of_item=True,
            ),
            Command("topics", self.topics, "what you follow", "", ("list", "subs", "settings")),
            Command("edit", self.edit, "change a topic in its place", "N TOPIC", changes=True),
        )

    @property
    def changes(self) -> Mapping[str, Answer]:
        """What buttons do."""
        return {
            "subscribe": self.subscribe,
            "exact": self.exact,
            "unsubscribe": self.unsubscribe_from_alert,
            "unsubscribe_topic": self.unsubscribe_topic,
        }

    async def subscribe(self, request: Request) -> list[Card]:
        """Follow a topic; says it back in words, and how much of what is known matches."""
        if not request.argument:
            return [
                say(
                    line("What do you want to follow? For example ", code("/subscribe sanctions")),
                    line("or ", code('/subscribe "North Korea" AND missile -football')),
                )
            ]
        query = await read_for_chat(self._database, request.ref, request.argument)
        async with self._database.writing() as connection:
            chat_id = await ensure_chat(connection, request.ref, now=self._clock())
            await resume_chat(connection, chat_id)
            topic_id, is_new = await add_subscription(
                connection, chat_id, query, label=request.argument, by=request.by, now=self._clock()
            )
        opening = "Following" if is_new else "You follow this already:"
        return [await self._echo(opening, request.argument, query, topic_id, changed=is_new)]

    async def edit(self, request: Request) -> list[Card]:
        """Change a topic in its place: ``/edit 3 "north korea" AND missile``."""
        chat_id, followed = await followed_by(self._database, request)
        which, _, text = request.argument.partition(" ")
        if not which.isdecimal() or not text.strip():
            return [say(line("Which one, and to what? ", code("/edit 1 sanctions AND banks")))]
        before, label = pick(followed, which), text.strip()
        query = await read_for_chat(self._database, request.ref, label)
        async with self._database.writing() as connection:
            topic_id, done = await replace_subscription(
                connection, chat_id, before.topic_id, query, label=label
            )
        if not done:
            raise MisuseError(f"you follow “{label}” already; /unsubscribe {which} drops this one")
        return [await self._echo(f"No. {which} is now", label, query, topic_id)]

    async def change(
        self,
        chat_id: int,
        before: Subscription,
        query: Query,
        label: str,
        undo: Callable[[int], Button],
    ) -> Card:
        """Let a topic ask for something else, in its place; ``undo``: its button, by the new topic.

        Raises:
            MisuseError: that is followed already.
        """
        async with self._database.writing() as connection:
            topic_id, done = await replace_subscription(
                connection, chat_id, before.topic_id, query, label=label
            )
        if not done:
            raise MisuseError(f"you follow “{label}” already; /topics lists what you follow")
        card = await self._echo("Now following", label, query, topic_id)
        return replace(card, buttons=(undo(topic_id), *card.buttons))

    async def exact(self, request: Request) -> list[Card]:
        """The button that takes a country's other names out of a topic."""
        chat_id, followed = await followed_by(self._database, request)
        before = by_ids(followed, request.argument)[0]
        words = before.label.strip(' "“”')
        label = f'exact:"{words}"'
        query = read_query(label)
        async with self._database.writing() as connection:
            topic_id, done = await replace_subscription(
                connection, chat_id, before.topic_id, query, label=label
            )
        if not done:
            raise MisuseError(f"you follow “{label}” already")
        return [await self._echo("Now following", label, query, topic_id)]

    async def confirm(self, request: Request) -> list[Card]:
        """Plain text may be a topic: ask."""
        query = await read_for_chat(self._database, request.ref, request.argument)
        preview = await self._finder.preview(query, most=_MOST_KNOWN)
        lines = [line(f"That is {query.explain()}.")]
        if preview.items:
            lines += preview_lines(preview, request.argument)
        yes = Button("Yes", Action("subscribe", request.argument))
        some = show_some(len(preview.hits), request.argument)
        no = Button("No", Action("dismiss"))
        opening = line("Follow ", strong(request.argument), "?")
        return [say(opening, *lines, buttons=(yes, *some, no), asks=True)]

    async def unsubscribe(self, request: Request) -> list[Card]:
        """Follow a topic no more, named by its number or its words, or what an alert was sent for."""
        if request.item and not request.argument:
            return await self.unsubscribe_from_alert(replace(request, argument=request.item))
        chat_id, followed = await followed_by(self._database, request)
        if not followed:
            return [say("You follow no topic.")]
        if not request.argument:
            return [_choose(followed)]
        return [await self._remove(chat_id, pick(followed, request.argument))]

    async def unsubscribe_from_alert(self, request: Request) -> list[Card]:
        """The button of an alert: unsubscribe from what it was sent for; asks if that is several."""
        chat_id, followed = await followed_of_alert(self._database, request)
        if len(followed) > 1:
            return [_choose(followed)]
        return [await self._remove(chat_id, followed[0])]

    async def unsubscribe_topic(self, request: Request) -> list[Card]:
        """The answer to "Which one?"."""
        chat_id, followed = await followed_by(self._database, request)
        return [await self._remove(chat_id, by_ids(followed, request.argument)[0])]

    async def topics(self, request: Request) -> list[Card]:
        """What this chat follows."""
        chat_id, followed = await followed_by(self._database, request)
        if not followed:
            return [say(line("You follow no topic yet: ", code("/subscribe sanctions")))]
        now = self._clock()
        async with self._database.reading() as connection:
            habits = chat_words(await read_habits(connection, chat_id), now)
        lines: list[Line] = [line(f"You follow {plural(len(followed), 'topic')}:")]
        for number, one in enumerate(followed, start=1):
            lines.append(line(f"{number}. ", strong(one.label), dim(_fate(one, now))))
        if habits:
            lines.append(line(dim(f"This chat: {', '.join(habits)}")))
        return [say(*lines)]

    async def _echo(
        self, opening: str, label: str, query: Query, topic_id: int, *, changed: bool = True
    ) -> Card:
        """The topic in words, with what is known of it; known items are noted as its matches."""
        known = await self._finder.find(query, most=_MOST_KNOWN)
        async with self._database.writing() as connection:
            await add_matches(connection, topic_id, [(hit.item_id, hit.spans) for hit in known])
            total = await count_items(connection)
        lines = [_known_line(len(known), total)]
        if total:
            preview = await self._finder.preview(query, most=_MOST_KNOWN)
            lately = preview_lines(preview, label)
            # An archive of less than a day has no rate yet, and its count was told already.
            lines += lately if preview.days >= 1 or preview.items < total else lately[1:]
        buttons = show_some(len(known), label)
        if query.is_widened:
            buttons.append(Button("Only these words", Action("exact", str(topic_id))))
        meaning = shorten(query.explain(), _LONGEST_MEANING)
        said = line(f"{opening} ", strong(label), f": {meaning}.")
        return say(said, *lines, buttons=tuple(buttons), changed=changed)

    async def _remove(self, chat_id: int, chosen: Subscription) -> Card:
        async with self._database.writing() as connection:
            await remove_subscription(connection, chat_id, chosen.topic_id)
        undo = (Button("Undo", Action("subscribe", chosen.label)),)
        return say(
            line("You no longer follow ", strong(chosen.label), "."),
            # A topic that cannot be read cannot be followed again.
            buttons=() if chosen.query is None else undo,
            changed=True,
        )


def _known_line(known: int, total: int) -> Line:
    if not total:
        return line("Nothing is known yet; the next item that matches comes as an alert.")
    among = plural(total, "known item")
    if not known:
        return line(f"None of {among} matches; the next one that does comes as an alert.")
    many = f"{known:,}{' or more' if known == _MOST_KNOWN else ''}"
    verb = "matches" if known == 1 else "match"
    return line(
        f"{many} of {among} {verb}: ", code("/latest"), " shows them. New ones come as alerts."
    )


def _choose(followed: Sequence[Subscription]) -> Card:
    buttons = [
        Button(one.label, Action("unsubscribe_topic", str(one.topic_id)))
        for one in followed[:_MOST_BUTTONS]
    ]
    none = Button("None", Action("dismiss"))
    return say("Which one?", buttons=(*buttons, none), asks=True)


def _fate(one: Subscription, now: datetime) -> str:
    if one.query is None:
        return f"  {UNREADABLE}"
    said = [f"  {plural(one.alerts, 'alert')}"]
    if one.last_alert_at is not None:
        said.append(f"last {age(one.last_alert_at, now)}")
    if one.is_muted(now) and one.muted_until is not None:
        left = max(timedelta(minutes=1), one.muted_until - now)
        said.append(f"muted for {say_duration(timedelta(minutes=left // timedelta(minutes=1)))}")
    said += topic_words(one.timing)
    return ", ".join(said)
