"""Subscribe to topics and feeds, edit subscriptions, list them and unsubscribe.

/subscribe sanctions     ──► the chat follows the topic
/subscribe https://…     ──► the feed is added, and the chat follows ``source:"title of the feed"``; the
                             topic matches this feed even after its title changes
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from bot.conversation.cards.card import (
    Action,
    Button,
    Card,
    Line,
    code,
    dim,
    full_stop,
    line,
    make_card,
    strong,
)
from bot.conversation.cards.overview import UNREADABLE_TOPIC_REMARK
from bot.conversation.cards.preview import (
    broad_topic_lines,
    example_buttons,
    looked_through_line,
    matches_line,
    note_lines,
    period_card,
    preview_lines,
)
from bot.conversation.cards.schedule_text import describe_chat_schedule, describe_topic_schedule
from bot.conversation.commands.feeds import (
    add_feed_for_chat,
    feed_added_line,
    feed_choice_card,
    is_link,
    source_topic,
)
from bot.conversation.commands.unsubscribe_all import TopicRemoval, means_all
from bot.conversation.durations import format_age, format_duration, pluralise
from bot.conversation.item_search import ItemSearch
from bot.conversation.limits import Workload
from bot.conversation.periods import split_topic_period, zone_of_request
from bot.conversation.registry import Command, Handler
from bot.conversation.request import CommandRequest
from bot.conversation.topics import (
    read_query,
    read_query_for_chat,
    select_by_topic_ids,
    select_subscription,
    subscriptions_of_chat,
    subscriptions_of_item,
)
from bot.errors import UserError
from bot.ingest.feed_service import FeedService
from bot.ingest.feed_types import FeedChoices
from bot.models import Subscription
from bot.runtime.clock import Clock
from bot.store import Database
from bot.store.chats.chats import get_or_create_chat
from bot.store.chats.schedule import read_schedule
from bot.store.chats.subscriptions import (
    add_subscription,
    measure_subscriptions,
    remove_subscription,
    replace_subscription,
)
from bot.store.items.items import count_items
from bot.store.items.matches import add_matches
from bot.store.outbox.chat_return import resume_chat
from watchers import Query
from watchers.text.clean import truncate

_MAX_RECORDED_MATCHES: Final = 1_000
"""Stored items that are recorded as matches of a new topic."""

_MAX_BUTTONS: Final = 20
_MAX_NAME_NOTES: Final = 4
"""Sentences about the names of countries in a confirmation."""

_MAX_EXPLANATION_LENGTH: Final = 400


class SubscriptionCommands:
    """The commands about the subscriptions of a chat.

    Without ``feeds``, /subscribe accepts topics only.
    """

    def __init__(
        self,
        database: Database,
        search: ItemSearch,
        clock: Clock,
        workload: Workload,
        feeds: FeedService | None = None,
    ) -> None:
        self._database = database
        self._search = search
        self._clock = clock
        self._workload = workload
        self._feeds = feeds
        self._removal = TopicRemoval(database, clock)

    @property
    def commands(self) -> tuple[Command, ...]:
        """Return the commands."""
        return (
            Command(
                "subscribe",
                self.subscribe,
                "follow a topic",
                "TOPIC",
                ("sub", "add"),
                requires_admin=True,
            ),
            Command(
                "unsubscribe",
                self.unsubscribe,
                "stop following it",
                "TOPIC|N",
                ("unsub", "remove"),
                requires_admin=True,
                accepts_reply_to_alert=True,
                details=("/unsubscribe all removes every topic. You can undo it.",),
            ),
            Command("topics", self.topics, "your topics", "", ("list", "subs", "settings")),
            Command("edit", self.edit, "replace a topic", "N TOPIC", requires_admin=True),
        )

    @property
    def changes(self) -> Mapping[str, Handler]:
        """Return the buttons that require the permission to change settings."""
        return {
            "subscribe": self.subscribe,
            "exact": self.make_exact,
            "unsubscribe": self.unsubscribe,
            "unsubscribe_topic": self.unsubscribe_topic,
            **self._removal.changes,
            **({"watch": self.subscribe} if self._feeds is not None else {}),
        }

    async def subscribe(self, request: CommandRequest) -> list[Card]:
        """Follow a topic, or all items of the feed at an address.

        The answer explains the topic and shows how many stored items match.
        """
        if not request.argument:
            return [
                make_card(
                    line("What do you want to follow? For example ", code("/subscribe sanctions")),
                    line("or ", code('/subscribe "North Korea" AND missile -football')),
                )
            ]
        if card := await self._period_card(request):
            return [card]
        # An address is not a topic: no article contains it as a word.
        if self._feeds is None or not is_link(request.argument):
            return [await self._subscribe(request)]
        # Adding an address that is already a feed returns that feed.
        added = await add_feed_for_chat(
            self._database, self._feeds, self._workload, request, request.argument
        )
        if isinstance(added, FeedChoices):
            return [feed_choice_card(added, "watch")]
        subscribed = await self._subscribe(replace(request, argument=source_topic(added)))
        return [make_card(feed_added_line(added)), subscribed]

    async def confirm(self, request: CommandRequest) -> list[Card]:
        """Ask whether plain text is a topic to follow."""
        if card := await self._period_card(request):
            return [card]
        query = await read_query_for_chat(self._database, request.ref, request.argument)
        preview = await self._search.preview(
            query, limit=_MAX_RECORDED_MATCHES, chat=request.ref.key
        )
        lines = [line(f"That is {query.describe()}."), *note_lines(query)]
        lines += (preview_lines if preview.items else broad_topic_lines)(preview, request.argument)
        buttons = (
            Button("Yes", Action("subscribe", request.argument)),
            *example_buttons(len(preview.hits), request.argument),
            Button("No", Action("dismiss")),
        )
        question = line("Follow ", strong(request.argument.rstrip("? ")), "?")
        return [make_card(question, *lines, buttons=buttons, is_question=True)]

    async def edit(self, request: CommandRequest) -> list[Card]:
        """Replace a topic and keep its place and settings: ``/edit 3 "north korea" AND missile``."""
        chat_id, subscriptions = await subscriptions_of_chat(self._database, request)
        number, _, label = request.argument.partition(" ")
        label = label.strip()
        if not number.isdecimal() or not label:
            example = code("/edit 1 sanctions AND banks")
            return [make_card(line("Which topic do you want to replace? For example ", example))]
        before = select_subscription(subscriptions, number)
        query = await read_query_for_chat(self._database, request.ref, label)
        limits = self._workload.limits_of(request.ref, request.user_id)
        async with self._database.reading() as connection:
            count, characters = await measure_subscriptions(connection, chat_id)
        limits.require_topics(count, characters + len(str(query)) - len(before.canonical))
        return [await self._replace(chat_id, before, query, label, f"No. {number} is now")]

    async def make_exact(self, request: CommandRequest) -> list[Card]:
        """Handle the button that removes the other names of a country from a topic."""
        chat_id, subscriptions = await subscriptions_of_chat(self._database, request)
        before = select_by_topic_ids(subscriptions, request.argument)[0]
        # The label may be a phrase with straight or typographic quotation marks.
        words = before.label.strip(' "“”')
        label = f'exact:"{words}"'
        return [await self._replace(chat_id, before, read_query(label), label)]

    async def replace_topic(
        self,
        chat_id: int,
        before: Subscription,
        query: Query,
        label: str,
        make_undo: Callable[[int], Button],
    ) -> Card:
        """Replace a topic and offer to undo it. ``make_undo`` receives the new topic ID.

        Raises:
            UserError: the chat already follows the new topic.
        """
        return await self._replace(chat_id, before, query, label, make_undo=make_undo)

    async def unsubscribe(self, request: CommandRequest) -> list[Card]:
        """Stop following a topic, given by its number or text, or by the item of an alert.

        Ask which one if the item matched several topics.
        """
        is_about_item = bool(request.item and not request.argument)
        if is_about_item:
            chat_id, subscriptions = await subscriptions_of_item(self._database, request)
            if len(subscriptions) == 1:
                return [await self._remove(chat_id, subscriptions[0])]
        else:
            chat_id, subscriptions = await subscriptions_of_chat(self._database, request)
        if not subscriptions:
            return [make_card("You follow no topic.")]
        if not request.argument:
            return [_choice_card(subscriptions)]
        if means_all(request.argument, subscriptions):
            return await self._removal.remove(request)
        return [await self._remove(chat_id, select_subscription(subscriptions, request.argument))]

    async def unsubscribe_topic(self, request: CommandRequest) -> list[Card]:
        """Stop following the topic with the ID of a button."""
        chat_id, subscriptions = await subscriptions_of_chat(self._database, request)
        subscription = select_by_topic_ids(subscriptions, request.argument)[0]
        return [await self._remove(chat_id, subscription)]

    async def topics(self, request: CommandRequest) -> list[Card]:
        """List the subscriptions of the chat."""
        chat_id, subscriptions = await subscriptions_of_chat(self._database, request)
        if not subscriptions:
            return [make_card(line("You follow no topic yet: ", code("/subscribe sanctions")))]
        now = self._clock()
        async with self._database.reading() as connection:
            schedule = await read_schedule(connection, chat_id)
        settings = describe_chat_schedule(schedule, now)
        lines: list[Line] = [line(f"You follow {pluralise(len(subscriptions), 'topic')}:")]
        for number, subscription in enumerate(subscriptions, start=1):
            status = dim(_subscription_status(subscription, now))
            lines.append(line(f"{number}. ", strong(subscription.label), status))
        if settings:
            lines.append(line(dim(f"This chat: {', '.join(settings)}")))
        return [make_card(*lines)]

    # ── internal ────────────────────────────────────────────────────────────────────────────────────

    async def _period_card(self, request: CommandRequest) -> Card | None:
        """Return a question about a topic with a period, such as "oil since Monday"."""
        zone = await zone_of_request(self._database, request)
        topic = await split_topic_period(request.argument, self._clock(), zone)
        return period_card(request.argument, topic) if topic is not None else None

    async def _subscribe(self, request: CommandRequest) -> Card:
        query = await read_query_for_chat(self._database, request.ref, request.argument)
        async with self._database.writing() as connection:
            chat_id = await get_or_create_chat(connection, request.ref, now=self._clock())
            # A chat that sends a command is reachable again, even if sends to it failed before.
            await resume_chat(connection, chat_id, now=self._clock())
            topic_id, is_new = await add_subscription(
                connection,
                chat_id,
                query,
                label=request.argument,
                user_id=request.user_id,
                now=self._clock(),
            )
            if is_new:
                # An error ends the transaction, which removes the topic again.
                limits = self._workload.limits_of(request.ref, request.user_id)
                limits.require_topics(*await measure_subscriptions(connection, chat_id))
        opening = "Following" if is_new else "You already follow"
        return await self._confirmation_card(
            opening, request.argument, query, (chat_id, topic_id), is_change=is_new
        )

    async def _replace(
        self,
        chat_id: int,
        before: Subscription,
        query: Query,
        label: str,
        opening: str = "Now following",
        make_undo: Callable[[int], Button] | None = None,
    ) -> Card:
        async with self._database.writing() as connection:
            topic_id, is_replaced = await replace_subscription(
                connection, chat_id, before.topic_id, query, label=label
            )
        if not is_replaced:
            raise UserError(f"you already follow “{label}”; /topics lists your topics")
        card = await self._confirmation_card(opening, label, query, (chat_id, topic_id))
        if make_undo is None:
            return card
        return replace(card, buttons=(make_undo(topic_id), *card.buttons))

    async def _confirmation_card(
        self,
        opening: str,
        label: str,
        query: Query,
        ids: tuple[int, int],
        *,
        is_change: bool = True,
    ) -> Card:
        """Explain the topic and record the stored items that match it.

        ``ids`` are the row IDs of the chat and the topic.
        """
        chat_id, topic_id = ids
        chat = f"chat {chat_id}"
        # The search may take long, so it runs outside the transaction.
        found = await self._search.search(query, limit=_MAX_RECORDED_MATCHES, chat=chat)
        hits = found.hits
        async with self._database.writing() as connection:
            await add_matches(connection, topic_id, [(hit.item_id, hit.spans) for hit in hits])
            total = await count_items(connection)
        names = query.name_notes[:_MAX_NAME_NOTES]
        lines = [
            *note_lines(query),
            *map(line, names),
            matches_line(len(hits), total, _MAX_RECORDED_MATCHES),
        ]
        if not found.is_complete and len(hits) < _MAX_RECORDED_MATCHES:
            lines.append(looked_through_line(found.looked_through))
        preview = await self._search.preview(query, limit=_MAX_RECORDED_MATCHES, chat=chat)
        if not total:
            lines += broad_topic_lines(preview, label)
        else:
            recent = preview_lines(preview, label)
            # With less than a day of items no rate exists, and the first line repeats the count.
            lines += recent if preview.days >= 1 or preview.items < total else recent[1:]
        buttons = example_buttons(len(hits), label)
        if query.is_country:
            buttons.append(Button("Only these words", Action("exact", str(topic_id))))
        explanation = truncate(query.describe(), _MAX_EXPLANATION_LENGTH)
        heading = line(f"{opening} ", strong(label), f": {explanation}.")
        return make_card(heading, *lines, buttons=tuple(buttons), announce_to_chat=is_change)

    async def _remove(self, chat_id: int, subscription: Subscription) -> Card:
        async with self._database.writing() as connection:
            await remove_subscription(connection, chat_id, subscription.topic_id)
        undo = (Button("Undo", Action("subscribe", subscription.label)),)
        return make_card(
            line(
                "You no longer follow ", strong(subscription.label), full_stop(subscription.label)
            ),
            # A topic that cannot be parsed cannot be subscribed to again.
            buttons=() if subscription.query is None else undo,
            announce_to_chat=True,
        )


def _choice_card(subscriptions: Sequence[Subscription]) -> Card:
    buttons = [
        Button(subscription.label, Action("unsubscribe_topic", str(subscription.topic_id)))
        for subscription in subscriptions[:_MAX_BUTTONS]
    ]
    none = Button("None", Action("dismiss"))
    return make_card("Which one?", buttons=(*buttons, none), is_question=True)


def _subscription_status(subscription: Subscription, now: datetime) -> str:
    if subscription.query is None:
        return f"  {UNREADABLE_TOPIC_REMARK}"
    parts = [f"  {pluralise(subscription.alert_count, 'alert')}"]
    if subscription.last_alert_at is not None:
        parts.append(f"last {format_age(subscription.last_alert_at, now)}")
    if subscription.is_muted(now) and subscription.muted_until is not None:
        parts.append(f"muted for {format_duration(subscription.muted_until - now)}")
    parts += describe_topic_schedule(subscription.schedule)
    return ", ".join(parts)
