"""Incoming updates, each handled once; and callback texts, which buttons and links refer to by key.

received ──► stored with its content ──► confirmed to the platform ──► handled ──► content deleted
└── a restart handles the updates whose content is still there
"""

from __future__ import annotations

from base64 import urlsafe_b64encode
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Final

from sqlalchemy import bindparam, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.dialect import insert
from bot.store.tables import callback_texts, updates

# Telegram stores undelivered updates for 24 hours.
UPDATE_TTL: Final = timedelta(days=2)
"""Retention of processed updates: a platform may deliver an update again within this time."""

MAX_PENDING_UPDATES: Final = 2_000
"""Updates that a restart handles. A platform stores more only during a flood."""

PENDING_UPDATES = (
    select(updates.c.update_id, updates.c.body)
    .where(
        updates.c.platform == bindparam("platform"),
        updates.c.account == bindparam("account"),
        updates.c.body.is_not(None),
        updates.c.seen_at <= bindparam("before"),
    )
    # The IDs of Telegram are numbers: the shorter one is the smaller one.
    .order_by(updates.c.seen_at, func.length(updates.c.update_id), updates.c.update_id)
    .limit(MAX_PENDING_UPDATES)
)
FINISH_UPDATE = (
    update(updates)
    .where(
        updates.c.platform == bindparam("platform_param"),
        updates.c.account == bindparam("account_param"),
        updates.c.update_id == bindparam("id_param"),
    )
    .values(body=None)
)
PRUNE_UPDATES = delete(updates).where(updates.c.seen_at < bindparam("before"))

TEXT_TTL: Final = timedelta(days=400)
"""Retention of a callback text after it was last saved."""

MAX_TEXT_CHARACTERS: Final = 8_192
"""Stored characters of a callback text."""

# Encoded as 16 characters of A-Z, a-z, 0-9, - and _.
_KEY_BYTES: Final = 12

READ_TEXT = select(callback_texts.c.text).where(callback_texts.c.key == bindparam("key"))
PRUNE_TEXTS = delete(callback_texts).where(callback_texts.c.kept_at < bindparam("before"))


@dataclass(frozen=True, slots=True)
class StoredUpdate:
    """An update that was received: its ID on the platform and its content as JSON."""

    id: str
    body: str


async def store_updates(
    connection: AsyncConnection,
    platform: str,
    account: str,
    received: Sequence[StoredUpdate],
    *,
    now: datetime,
) -> set[str]:
    """Store updates until they are handled; return the IDs of those that are new."""
    rows = [
        {
            "platform": platform,
            "account": account,
            "update_id": each.id,
            "seen_at": now,
            "body": each.body,
        }
        for each in received
    ]
    if not rows:
        return set()
    new = insert(connection, updates).on_conflict_do_nothing().returning(updates.c.update_id)
    return set((await connection.execute(new, rows)).scalars())


async def pending_updates(
    connection: AsyncConnection, platform: str, account: str, *, before: datetime
) -> list[StoredUpdate]:
    """Return the oldest updates that were received before a time and are not handled yet."""
    values = {"platform": platform, "account": account, "before": before}
    rows = await connection.execute(PENDING_UPDATES, values)
    return [StoredUpdate(row.update_id, row.body) for row in rows]


async def finish_updates(
    connection: AsyncConnection, platform: str, account: str, update_ids: Collection[str]
) -> None:
    """Delete the content of updates that were handled."""
    rows = [
        {"platform_param": platform, "account_param": account, "id_param": update_id}
        for update_id in update_ids
    ]
    if rows:
        await connection.execute(FINISH_UPDATE, rows)


async def claim_update(
    connection: AsyncConnection, platform: str, account: str, update_id: str, *, now: datetime
) -> bool:
    """Record an update; return True if it was received for the first time."""
    new = insert(connection, updates).values(
        platform=platform, account=account, update_id=update_id, seen_at=now
    )
    return (await connection.execute(new.on_conflict_do_nothing())).rowcount > 0


async def prune_updates(connection: AsyncConnection, *, now: datetime) -> int:
    """Delete the updates that no platform delivers again, and return their number."""
    return (await connection.execute(PRUNE_UPDATES, {"before": now - UPDATE_TTL})).rowcount


async def save_text(connection: AsyncConnection, text: str, *, now: datetime) -> str:
    """Save the first `MAX_TEXT_CHARACTERS` of ``text`` and return its key: 16 URL-safe characters."""
    text = text[:MAX_TEXT_CHARACTERS]
    digest = blake2b(text.encode("utf-8", "surrogatepass"), digest_size=_KEY_BYTES).digest()
    key = urlsafe_b64encode(digest).decode()
    await connection.execute(PRUNE_TEXTS, {"before": now - TEXT_TTL})
    new = insert(connection, callback_texts).values(key=key, text=text, kept_at=now)
    await connection.execute(
        new.on_conflict_do_update(index_elements=["key"], set_={"kept_at": now})
    )
    return key


async def load_text(connection: AsyncConnection, key: str) -> str | None:
    """Return the text saved under ``key``, or ``None`` if there is none or it has expired."""
    text: str | None = (await connection.execute(READ_TEXT, {"key": key})).scalar_one_or_none()
    return text
