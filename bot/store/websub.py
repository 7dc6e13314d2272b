"""What hubs were asked to tell us, and until when they will.

noticed ──► due ──► asked ──► active ── before its lease ends ──► due
                      └── it failed, or was denied: due again, later each time
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import token_urlsafe
from typing import Any, Final

from sqlalchemy import Row, bindparam, delete, exists, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.feeds import FEED
from bot.store.sql import insert
from bot.store.tables import ACTIVE, PAUSED, REMOVED, pushes, sources
from watchers import Source

ASKED: Final = "asked"
SILENT: Final = "silent"
"""It promised to tell, and did not."""

CLAIM: Final = timedelta(minutes=10)
"""How long a hub has to confirm what it was asked, until it is asked again."""

_FOLLOWED: Final = sources.c.state.not_in((PAUSED, REMOVED))
DUE_PUSHES = (
    select(pushes, sources.c.address)
    .join(sources, sources.c.id == pushes.c.source_id)
    .where(pushes.c.due_at <= bindparam("now"), sources.c.kind == FEED, _FOLLOWED)
    .order_by(pushes.c.due_at)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True, of=pushes)
)
PUSH_OF = select(pushes).where(pushes.c.source_id == bindparam("feed"))
PUSH_BY_TOKEN = (
    select(pushes, sources.c.address)
    .join(sources, sources.c.id == pushes.c.source_id)
    .where(pushes.c.token == bindparam("token"), _FOLLOWED)
)
IS_PUSHED = select(
    exists().where(
        pushes.c.source_id == bindparam("feed"),
        pushes.c.state == ACTIVE,
        pushes.c.lease_until > bindparam("now"),
    )
)


@dataclass(frozen=True, slots=True)
class Push:
    """A hub that tells of a feed, or is asked to. Its ``secret`` is in no log."""

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


async def notice_hub(
    connection: AsyncConnection, feed_id: int, *, hub: str, topic: str, now: datetime
) -> bool:
    """The feed names this hub; whether that is new: then it is due to be asked."""
    known = (await connection.execute(PUSH_OF, {"feed": feed_id})).first()
    if known is not None and (known.hub, known.topic) == (hub, topic):
        return False
    values = {
        "hub": hub,
        "topic": topic,
        "token": token_urlsafe(24),
        "secret": token_urlsafe(32),
        "state": ASKED,
        "lease_until": None,
        "due_at": now,
        "failures": 0,
        "problem": None,
    }
    new = insert(connection, pushes).values(source_id=feed_id, **values)
    await connection.execute(new.on_conflict_do_update(index_elements=["source_id"], set_=values))
    return True


async def forget_hub(connection: AsyncConnection, feed_id: int) -> None:
    """The feed names none any more."""
    await connection.execute(delete(pushes).where(pushes.c.source_id == feed_id))


async def claim_pushes(connection: AsyncConnection, *, most: int, now: datetime) -> Sequence[Push]:
    """Hubs that are to be asked now; they come due again if they do not confirm."""
    found = [_push(row) for row in await connection.execute(DUE_PUSHES, {"now": now, "most": most})]
    for one in found:
        await put_off_push(connection, one, until=now + CLAIM)
    return found


async def put_off_push(
    connection: AsyncConnection, push: Push, *, until: datetime, problem: str | None = None
) -> None:
    """Ask the hub again then; ``problem`` is why it did not work."""
    values: dict[str, Any] = {"due_at": until}
    if problem is not None:
        values |= {"problem": problem, "failures": push.failures + 1}
    where = (pushes.c.source_id == push.feed_id, pushes.c.token == push.token)
    await connection.execute(update(pushes).where(*where).values(**values))


async def confirm_push(
    connection: AsyncConnection, push: Push, *, until: datetime, renew: datetime
) -> None:
    """The hub tells of the feed ``until`` then."""
    values = {
        "state": ACTIVE,
        "lease_until": until,
        "due_at": renew,
        "failures": 0,
        "problem": None,
    }
    where = (pushes.c.source_id == push.feed_id, pushes.c.token == push.token)
    await connection.execute(update(pushes).where(*where).values(**values))


async def distrust_push(connection: AsyncConnection, feed_id: int) -> None:
    """The feed had news that its hub did not tell of: until its next promise, it is not relied on."""
    where = (pushes.c.source_id == feed_id, pushes.c.state == ACTIVE)
    await connection.execute(update(pushes).where(*where).values(state=SILENT))


async def push_by_token(connection: AsyncConnection, token: str) -> Push | None:
    """Whose address a hub called; ``None`` where that feed is not followed (any more)."""
    row = (await connection.execute(PUSH_BY_TOKEN, {"token": token})).first()
    return _push(row) if row is not None else None


async def is_pushed(connection: AsyncConnection, feed_id: int, *, now: datetime) -> bool:
    """Whether a hub tells of the feed's news."""
    return bool((await connection.execute(IS_PUSHED, {"feed": feed_id, "now": now})).scalar_one())


def _push(row: Row[Any]) -> Push:
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
