"""Texts that are too long for a platform's button or link: kept here, and named by a short key."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Final

from sqlalchemy import bindparam, delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.sql import insert
from bot.store.tables import kept

KEPT: Final = timedelta(days=400)
"""How long a text is kept after it was last asked to be."""

LONGEST_KEPT: Final = 8_192
"""Characters of a text."""

_KEY: Final = 12  # bytes: 16 letters, digits, - and _

READ_KEPT = select(kept.c.text).where(kept.c.key == bindparam("key"))
FORGET_KEPT = delete(kept).where(kept.c.kept_at < bindparam("before"))


async def keep_text(connection: AsyncConnection, text: str, *, now: datetime) -> str:
    """Keep ``text`` (its first `LONGEST_KEPT` characters); the key, 16 characters of A-Za-z0-9_-."""
    text = text[:LONGEST_KEPT]
    digest = blake2b(text.encode("utf-8", "surrogatepass"), digest_size=_KEY).digest()
    key = urlsafe_b64encode(digest).decode()
    await connection.execute(FORGET_KEPT, {"before": now - KEPT})
    new = insert(connection, kept).values(key=key, text=text, kept_at=now)
    await connection.execute(
        new.on_conflict_do_update(index_elements=["key"], set_={"kept_at": now})
    )
    return key


async def kept_text(connection: AsyncConnection, key: str) -> str | None:
    """The text that goes by ``key``; ``None`` if it was never kept, or too long ago."""
    found: str | None = (await connection.execute(READ_KEPT, {"key": key})).scalar_one_or_none()
    return found
