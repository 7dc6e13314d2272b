"""The overview of a chat, one card per topic, for a page such as the App Home of Slack."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from bot.conversation.cards.card import Action, Button, Card, dim, line, make_card, strong
from bot.conversation.cards.schedule_text import describe_chat_schedule, describe_topic_schedule
from bot.conversation.durations import format_age, format_duration, pluralise
from bot.models import ChatRef, Subscription
from bot.runtime.clock import Clock
from bot.scheduling.decision import Mode
from bot.scheduling.wall_clock import QuietHours
from bot.store import Database
from bot.store.chats.chats import find_chat
from bot.store.chats.schedule import ChatSchedule, read_schedule
from bot.store.chats.subscriptions import list_subscriptions

SCHEDULE_ACTION: Final = "timing"
"""The button that opens the schedule form. The page handles it itself, not the conversation."""

UNREADABLE_TOPIC_REMARK: Final = "cannot be read, brings no alerts"
"""The remark on a topic in a list whose stored text cannot be parsed."""

_ONE_HOUR: Final = timedelta(hours=1)
_ONE_MINUTE: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class OverviewPage:
    """The content of the page: a card about the chat as a whole, and a card for each topic."""

    chat: Card
    topics: tuple[Card, ...] = ()


@dataclass(frozen=True, slots=True)
class ScheduleFormValues:
    """The current values of the schedule form.

    ``topic_id`` 0 means the chat as a whole. ``None`` means the setting of the chat.
    """

    topic_id: int
    label: str
    mode: Mode | None
    quiet: QuietHours | None
    zone: str = ""


class Overview:
    """Builds the overview of a chat."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def page(self, ref: ChatRef) -> OverviewPage:
        """Return the page, with the oldest subscription first."""
        schedule, subscriptions = await self._read(ref)
        cards = (
            self._topic_card(number, subscription)
            for number, subscription in enumerate(subscriptions, start=1)
        )
        return OverviewPage(self._chat_card(schedule), tuple(cards))

    async def schedule_form_values(self, ref: ChatRef, topic_id: int) -> ScheduleFormValues | None:
        """Return the current schedule of a topic; ``None`` if the chat no longer follows it."""
        schedule, subscriptions = await self._read(ref)
        chat = schedule.timing
        if not topic_id:
            return ScheduleFormValues(0, "", chat.mode, chat.quiet, chat.zone)
        for subscription in subscriptions:
            if subscription.topic_id == topic_id:
                topic = subscription.schedule
                return ScheduleFormValues(
                    topic_id, subscription.label, topic.mode, topic.quiet, chat.zone
                )
        return None

    async def _read(self, ref: ChatRef) -> tuple[ChatSchedule, list[Subscription]]:
        async with self._database.reading() as connection:
            chat_id = await find_chat(connection, ref)
            if not chat_id:
                return ChatSchedule(), []
            schedule = await read_schedule(connection, chat_id)
            return schedule, await list_subscriptions(connection, chat_id)

    def _chat_card(self, schedule: ChatSchedule) -> Card:
        now = self._clock()
        settings = describe_chat_schedule(schedule, now)
        resume = (Button("Resume", Action("resume")),) if schedule.is_paused(now) else ()
        text = f"All topics: {' · '.join(settings) or 'at once, no quiet hours'}"
        return make_card(line(dim(text)), buttons=resume)

    def _topic_card(self, number: int, subscription: Subscription) -> Card:
        topic = str(subscription.topic_id)
        heading = line(f"{number}. ", strong(subscription.label))
        remove = Button("Remove", Action("unsubscribe_topic", topic))
        if subscription.query is None:
            return Card((heading, line(dim(UNREADABLE_TOPIC_REMARK))), buttons=(remove,))
        status, mute_buttons = self._alert_status(subscription)
        details = (
            status,
            *describe_topic_schedule(subscription.schedule),
            subscription.query.describe(),
        )
        return Card(
            (heading, line(dim(" · ".join(details)))),
            buttons=(
                Button("Show items", Action("search", subscription.label)),
                Button("When", Action(SCHEDULE_ACTION, topic)),
                *mute_buttons,
                remove,
            ),
        )

    def _alert_status(self, subscription: Subscription) -> tuple[str, tuple[Button, ...]]:
        """Return the alerts or the mute of a topic in words, and the buttons to change it."""
        now = self._clock()
        topic = str(subscription.topic_id)
        if subscription.muted_until is not None and subscription.is_muted(now):
            remaining = _round_up(subscription.muted_until, now)
            unmute = Button("Unmute", Action("unmute_topics", topic))
            return f"muted for {format_duration(remaining)}", (unmute,)
        last = format_age(subscription.last_alert_at, now)
        status = f"{pluralise(subscription.alert_count, 'alert')}{f', last {last}' if last else ''}"
        return status, (
            Button("Mute 1 day", Action("mute_topics", f"{topic} 1d")),
            Button("Mute 1 week", Action("mute_topics", f"{topic} 1w")),
        )


def _round_up(moment: datetime, now: datetime) -> timedelta:
    """Return the time until ``moment``, rounded up to hours, or to minutes below one hour."""
    length = moment - now
    # Rounded up, so that a mute that has just begun has its full length.
    unit = _ONE_HOUR if length > _ONE_HOUR else _ONE_MINUTE
    return -(-length // unit) * unit
