"""The values that travel between the bot's parts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.timing.verdict import ORDINARY, TopicTiming
from watchers import Item, Query, Span


@dataclass(frozen=True, slots=True)
class Ref:
    """A chat's address: ``account`` is the bot or workspace that talks, ``thread`` a topic in it."""

    platform: str
    account: str
    chat: str
    thread: str = ""


@dataclass(frozen=True, slots=True)
class Subscription:
    """A topic that a chat follows; ``label`` is how the chat typed it.

    ``query`` is ``None`` where the stored topic cannot be read.
    """

    id: int
    topic_id: int
    query: Query | None
    label: str
    muted_until: datetime | None
    created_at: datetime
    alerts: int
    last_alert_at: datetime | None
    timing: TopicTiming = ORDINARY

    def is_muted(self, now: datetime) -> bool:
        """Whether alerts for it are held back at ``now``."""
        return self.muted_until is not None and self.muted_until > now


@dataclass(frozen=True, slots=True)
class Reason:
    """One topic an item matched, as the chat typed it, and where.

    ``query`` is ``None`` where the stored topic cannot be read any more.
    """

    topic_id: int
    query: Query | None
    label: str
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Shown:
    """An item as a chat knows it: under a number of its own. ``also``: who else tells its story."""

    number: int
    item_id: int
    item: Item
    reasons: tuple[Reason, ...]
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Briefed:
    """A story in a briefing: its item, and who tells it."""

    shown: Shown
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Briefing:
    """A row of the outbox that stands for several alerts: one ``part`` of ``parts``.

    ``total`` stories are in all parts; 0 says that there is nothing new. ``more`` of this part are not
    among ``stories``, which has the biggest. A part of many has their titles only: ``is_list``.
    """

    id: int
    ref: Ref
    chat_id: int
    attempts: int
    created_at: datetime
    part: int
    parts: int
    total: int
    stories: tuple[Briefed, ...]
    more: int = 0
    is_list: bool = False


@dataclass(frozen=True, slots=True)
class Announcement:
    """A row of the outbox that says to one chat what many are told.

    ``is_notice``: from Tocsin itself, about a topic of the chat.
    """

    id: int
    ref: Ref
    chat_id: int
    attempts: int
    created_at: datetime
    text: str
    to_operators: bool
    is_notice: bool = False


@dataclass(frozen=True, slots=True)
class Spike:
    """A topic that has far more items today than on a usual day."""

    topic_id: int
    today: int
    usual: float


@dataclass(frozen=True, slots=True)
class Alert:
    """A row of the outbox that is to be sent. ``priority``: 1 is news, 2 can wait a little.

    With a ``spike`` it tells of that, and its item is what most of it is about.
    """

    id: int
    ref: Ref
    chat_id: int
    attempts: int
    priority: int
    created_at: datetime
    shown: Shown
    spike: Spike | None = None
    found_at: datetime | None = None  # its item, as it is now
