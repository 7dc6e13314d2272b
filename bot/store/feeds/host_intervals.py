"""The time between two requests that a host allows, learned from its refusals.

Few hosts refuse requests, so the values are in the table of counters: one counter with the interval, and
one with the number of successes since it changed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from sqlalchemy import bindparam, delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.dialect import insert
from bot.store.tables import counters

_INTERVAL_PREFIX: Final = "host interval "
_SUCCESSES_PREFIX: Final = "host successes "

READ_HOST_INTERVAL = select(counters.c.name, counters.c.value).where(
    counters.c.name.in_(bindparam("names", expanding=True))
)
DELETE_HOST_INTERVAL = delete(counters).where(
    counters.c.name.in_(bindparam("names", expanding=True))
)


@dataclass(frozen=True, slots=True)
class HostInterval:
    """The learned interval of a host (0: none), and the successes since it changed."""

    interval: timedelta = timedelta()
    successes: int = 0


async def read_host_interval(connection: AsyncConnection, host: str) -> HostInterval:
    """Return the learned interval of a host."""
    rows = await connection.execute(READ_HOST_INTERVAL, {"names": _names(host)})
    values = {row.name: row.value for row in rows}
    return HostInterval(
        timedelta(seconds=values.get(f"{_INTERVAL_PREFIX}{host}", 0)),
        values.get(f"{_SUCCESSES_PREFIX}{host}", 0),
    )


async def write_host_interval(
    connection: AsyncConnection, host: str, learned: HostInterval
) -> None:
    """Store the learned interval of a host; delete it if it is 0."""
    if not learned.interval:
        await connection.execute(DELETE_HOST_INTERVAL, {"names": _names(host)})
        return
    statement = insert(connection, counters)
    await connection.execute(
        statement.on_conflict_do_update(
            index_elements=["name"], set_={"value": statement.excluded.value}
        ),
        [
            {
                "name": f"{_INTERVAL_PREFIX}{host}",
                "value": round(learned.interval.total_seconds()),
            },
            {"name": f"{_SUCCESSES_PREFIX}{host}", "value": learned.successes},
        ],
    )


def _names(host: str) -> list[str]:
    return [f"{_INTERVAL_PREFIX}{host}", f"{_SUCCESSES_PREFIX}{host}"]
