"""Who else works on a PostgreSQL database: every connection of Tocsin says whose it is."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.database import APPLICATION, OUR_NAME

OTHERS = text(
    "SELECT DISTINCT application_name FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    " AND application_name LIKE :ours AND application_name <> :own"
    " ORDER BY application_name"
)


async def others_on(connection: AsyncConnection) -> list[str]:
    """The other processes of Tocsin on this database, as "process@machine"; on SQLite, none.

    A file is guarded by its lock (bot/single.py). Another role's connections are not told to
    everybody: a Tocsin that runs under another name in the database is not seen.
    """
    if connection.dialect.name == "sqlite":
        return []
    found = await connection.execute(OTHERS, {"ours": f"{APPLICATION} %", "own": OUR_NAME})
    return [name.removeprefix(f"{APPLICATION} ") for name in found.scalars()]
