"""WebSub subscriptions: which hub pushes the updates of a feed, and until when.

declared ──► due ──► requested ──► active ── before its lease ends ──► due
                        └── failed or denied: due again, with backoff
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import token_urlsafe
from typing import Any, Final

from sqlalchemy import Row, bindparam, delete, exists, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.dialect import insert
from bot.store.feeds.feeds import FEED
from bot.store.tables import ACTIVE, PAUSED, REMOVED, sources, websub_subscriptions
from watchers import Source

REQUESTED: Final = "asked"
"""The state of a subscription that the hub has not confirmed yet. Stored rows contain this value."""

UNRELIABLE: Final = "silent"
"""The state of a confirmed subscription whose hub missed an update. Stored rows contain this value."""

CONFIRMATION_TIMEOUT: Final = timedelta(minutes=10)
"""The time that a hub has to confirm a request before the request is repeated."""

_IS_POLLED: Final = sources.c.state.not_in((PAUSED, REMOVED))
DUE_PUSHES = (
    select(websub_subscriptions, sources.c.address)
    .join(sources, sources.c.id == websub_subscriptions.c.source_id)
    .where(websub_subscriptions.c.due_at <= bindparam("now"), sources.c.kind == FEED, _IS_POLLED)
    .order_by(websub_subscriptions.c.due_at)
    .limit(bindparam("limit"))
    .with_for_update(skip_locked=True, of=websub_subscriptions)
)
PUSH_OF_FEED = select(websub_subscriptions).where(
    websub_subscriptions.c.source_id == bindparam("feed_id")
)
PUSH_BY_TOKEN = (
    select(websub_subscriptions, sources.c.address)
    .join(sources, sources.c.id == websub_subscriptions.c.source_id)
    .where(websub_subscriptions.c.token == bindparam("token"), _IS_POLLED)
)
IS_PUSHED = select(
    exists().where(
        websub_subscriptions.c.source_id == bindparam("feed_id"),
        websub_subscriptions.c.state == ACTIVE,
        websub_subscriptions.c.lease_until > bindparam("now"),
    )
)


@dataclass(frozen=True, slots=True)
class Push:
    """A subscription of a feed at a hub. ``secret`` and ``token`` must not be logged."""

    feed_id: int
    source: Source
    hub: str
    topic: str
    token: str
    secret: str
    state: str
    lease_until: datetime | None
    failures: int

    def __repr__(self) -> str:
        return f"Push(feed_id={self.feed_id}, hub={self.hub!r}, state={self.state!r})"


async def record_hub(
    connection: AsyncConnection, feed_id: int, *, hub: str, topic: str, now: datetime
) -> bool:
    """Store the hub that a feed names. Return True if it is new; then a request is due."""
    existing = (await connection.execute(PUSH_OF_FEED, {"feed_id": feed_id})).first()
    if existing is not None and (existing.hub, existing.topic) == (hub, topic):
        return False
    values = {
        "hub": hub,
        "topic": topic,
        "token": token_urlsafe(24),
        "secret": token_urlsafe(32),
        "state": REQUESTED,
        "lease_until": None,
        "due_at": now,
        "failures": 0,
        "problem": None,
    }
    statement = insert(connection, websub_subscriptions).values(source_id=feed_id, **values)
    await connection.execute(
        statement.on_conflict_do_update(index_elements=["source_id"], set_=values)
    )
    return True


async def remove_hub(connection: AsyncConnection, feed_id: int) -> None:
    """Delete the subscription of a feed that names no hub."""
    await connection.execute(
        delete(websub_subscriptions).where(websub_subscriptions.c.source_id == feed_id)
    )


async def claim_pushes(connection: AsyncConnection, *, limit: int, now: datetime) -> Sequence[Push]:
    """Return subscriptions whose request is due. They are due again if the hub does not confirm."""
    rows = await connection.execute(DUE_PUSHES, {"now": now, "limit": limit})
    pushes = [_push_of(row) for row in rows]
    for push in pushes:
        await reschedule_push(connection, push, due=now + CONFIRMATION_TIMEOUT)
    return pushes


async def reschedule_push(
    connection: AsyncConnection, push: Push, *, due: datetime, problem: str | None = None
) -> None:
    """Repeat the request at ``due``. A ``problem`` counts as a failure."""
    values: dict[str, Any] = {"due_at": due}
    if problem is not None:
        values |= {"problem": problem, "failures": push.failures + 1}
    await _update_push(connection, push, values)


async def confirm_push(
    connection: AsyncConnection, push: Push, *, lease_until: datetime, renew_at: datetime
) -> None:
    """Store that the hub pushes updates until ``lease_until``."""
    values = {
        "state": ACTIVE,
        "lease_until": lease_until,
        "due_at": renew_at,
        "failures": 0,
        "problem": None,
    }
    await _update_push(connection, push, values)


async def mark_push_unreliable(connection: AsyncConnection, feed_id: int) -> None:
    """Poll a feed at its normal interval until its hub confirms the subscription again."""
    where = (websub_subscriptions.c.source_id == feed_id, websub_subscriptions.c.state == ACTIVE)
    await connection.execute(update(websub_subscriptions).where(*where).values(state=UNRELIABLE))


async def push_by_token(connection: AsyncConnection, token: str) -> Push | None:
    """Return the subscription with this callback token, or ``None`` if its feed is not polled."""
    row = (await connection.execute(PUSH_BY_TOKEN, {"token": token})).first()
    return _push_of(row) if row is not None else None


async def is_pushed(connection: AsyncConnection, feed_id: int, *, now: datetime) -> bool:
    """Return True if a hub pushes the updates of the feed."""
    values = {"feed_id": feed_id, "now": now}
    return bool((await connection.execute(IS_PUSHED, values)).scalar_one())


async def _update_push(connection: AsyncConnection, push: Push, values: dict[str, Any]) -> None:
    # The token changes with the hub. A late answer of the former hub must not change the row.
    where = (
        websub_subscriptions.c.source_id == push.feed_id,
        websub_subscriptions.c.token == push.token,
    )
    await connection.execute(update(websub_subscriptions).where(*where).values(**values))


def _push_of(row: Row[Any]) -> Push:
    return Push(
        feed_id=row.source_id,
        source=Source(FEED, row.address),
        hub=row.hub,
        topic=row.topic,
        token=row.token,
        secret=row.secret,
        state=row.state,
        lease_until=row.lease_until,
        failures=row.failures,
    )
