"""Find other Tocsin processes on a PostgreSQL database by the names of their connections."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.database import APPLICATION, CONNECTION_NAME

OTHER_CLIENTS = text(
    "SELECT DISTINCT application_name FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    " AND application_name LIKE :pattern AND application_name <> :own_name"
    " ORDER BY application_name"
)


async def list_other_clients(connection: AsyncConnection) -> list[str]:
    """Return the other Tocsin processes on this database as "process@machine".

    On SQLite the list is empty: a lock guards the file (bot/runtime/process_lock.py). PostgreSQL shows the
    names of connections of other roles to superusers only, so processes with another role are not found.
    """
    if connection.dialect.name == "sqlite":
        return []
    values = {"pattern": f"{APPLICATION} %", "own_name": CONNECTION_NAME}
    names = (await connection.execute(OTHER_CLIENTS, values)).scalars()
    return [name.removeprefix(f"{APPLICATION} ") for name in names]
