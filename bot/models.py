"""The values that the bot's packages exchange."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.scheduling.decision import DEFAULT_TOPIC_SCHEDULE, TopicSchedule
from watchers import Item, Query, QuerySyntaxError, Span, parse_query


@dataclass(frozen=True, slots=True)
class ChatRef:
    """The address of a chat.

    Attributes:
        platform: the chat platform, such as "telegram".
        account: the bot or workspace that sends to the chat.
        chat: the platform's ID of the chat.
        thread: the platform's ID of a thread in the chat, or "".
    """

    platform: str
    account: str
    chat: str
    thread: str = ""

    @property
    def key(self) -> str:
        """The chat without its thread, as an owner of slots and limits."""
        return f"{self.platform}:{self.account}:{self.chat}"


@dataclass(frozen=True, slots=True)
class Subscription:
    """A topic that a chat follows.

    Attributes:
        canonical: the stored text of the topic. Only `query` parses this text.
        label: the topic as the chat typed it.
    """

    id: int
    topic_id: int
    canonical: str
    label: str
    muted_until: datetime | None
    created_at: datetime
    alert_count: int
    last_alert_at: datetime | None
    schedule: TopicSchedule = DEFAULT_TOPIC_SCHEDULE

    def is_muted(self, now: datetime) -> bool:
        """Return True if the topic is muted at ``now``."""
        return self.muted_until is not None and self.muted_until > now

    @property
    def query(self) -> Query | None:
        """The parsed topic, or ``None`` if the stored text cannot be parsed. Each access parses."""
        return parse_stored_query(self.canonical)


@dataclass(frozen=True, slots=True)
class TopicMatch:
    """A topic that an item matched, and the spans that matched.

    Attributes:
        canonical: the stored text of the topic. Only `query` parses this text.
        label: the topic as the chat typed it.
    """

    topic_id: int
    canonical: str
    label: str
    spans: tuple[Span, ...]

    @property
    def query(self) -> Query | None:
        """The parsed topic, or ``None`` if the stored text cannot be parsed. Each access parses."""
        return parse_stored_query(self.canonical)


@dataclass(frozen=True, slots=True)
class ChatItem:
    """An item with its number in a chat; ``other_sources`` have items of the same story."""

    number: int
    item_id: int
    item: Item
    reasons: tuple[TopicMatch, ...]
    other_sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class BriefingStory:
    """A story in a briefing: its item, and the names of its sources."""

    chat_item: ChatItem
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class BriefingMessage:
    """An outbox row that stands for several alerts: message ``part`` of ``parts``.

    Attributes:
        total: the stories of all parts; 0 for a digest without new stories.
        stories: the stories of this part with most sources.
        unlisted_count: the stories of this part that are only counted.
        is_list: True if the part lists titles only, because it has many stories.
    """

    id: int
    ref: ChatRef
    chat_id: int
    attempts: int
    created_at: datetime
    part: int
    parts: int
    total: int
    stories: tuple[BriefingStory, ...]
    unlisted_count: int = 0
    is_list: bool = False


@dataclass(frozen=True, slots=True)
class Announcement:
    """An outbox row with an announcement to one chat.

    Attributes:
        is_notice: the announcement comes from Tocsin itself and concerns a topic of the chat.
        missed_since: the time since which the chat could not be reached, if the announcement says so.
    """

    id: int
    ref: ChatRef
    chat_id: int
    attempts: int
    created_at: datetime
    text: str
    to_operators: bool
    is_notice: bool = False
    missed_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Spike:
    """A topic that has far more items today than on a usual day."""

    topic_id: int
    today: int
    baseline: float


@dataclass(frozen=True, slots=True)
class Alert:
    """An outbox row that is to be sent.

    Attributes:
        priority: 1 for news, 2 for an alert that can wait.
        spike: the spike that the alert reports; then the item is the main item of that day.
        item_changed_at: the time at which the item got its current content.
    """

    id: int
    ref: ChatRef
    chat_id: int
    attempts: int
    priority: int
    created_at: datetime
    chat_item: ChatItem
    spike: Spike | None = None
    item_changed_at: datetime | None = None


def parse_stored_query(text: str) -> Query | None:
    """Return the query of a stored topic, or ``None`` if its text cannot be parsed.

    An older version, a restored file or a manual edit may leave a text that breaks today's limits.
    Every reader of topics skips such a row, so that the other topics continue to work.
    """
    try:
        return parse_query(text)
    except QuerySyntaxError:
        return None
