"""Incoming updates, each handled once; and callback texts, which buttons and links refer to by key."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Final

from sqlalchemy import bindparam, delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.dialect import insert
from bot.store.tables import callback_texts, updates

# Telegram stores undelivered updates for 24 hours.
UPDATE_TTL: Final = timedelta(days=2)
"""Retention of processed updates: a platform may deliver an update again within this time."""

PRUNE_UPDATES = delete(updates).where(updates.c.seen_at < bindparam("before"))

TEXT_TTL: Final = timedelta(days=400)
"""Retention of a callback text after it was last saved."""

MAX_TEXT_CHARACTERS: Final = 8_192
"""Stored characters of a callback text."""

# Encoded as 16 characters of A-Z, a-z, 0-9, - and _.
_KEY_BYTES: Final = 12

READ_TEXT = select(callback_texts.c.text).where(callback_texts.c.key == bindparam("key"))
PRUNE_TEXTS = delete(callback_texts).where(callback_texts.c.kept_at < bindparam("before"))


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
