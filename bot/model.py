"""The values that travel between the bot's parts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

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
    """A topic that a chat follows; ``label`` is how the chat typed it."""

    id: int
    topic_id: int
    query: Query
    label: str
    muted_until: datetime | None
    created_at: datetime
    alerts: int
    last_alert_at: datetime | None

    def is_muted(self, now: datetime) -> bool:
        """Whether alerts for it are held back at ``now``."""
        return self.muted_until is not None and self.muted_until > now


@dataclass(frozen=True, slots=True)
class Reason:
    """One topic an item matched, as the chat typed it, and where."""

    topic_id: int
    query: Query
    label: str
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Shown:
    """An item as a chat knows it: under a number of its own."""

    number: int
    item_id: int
    item: Item
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Alert:
    """A row of the outbox that is to be sent now."""

    id: int
    ref: Ref
    chat_id: int
    attempts: int
    created_at: datetime
    shown: Shown
