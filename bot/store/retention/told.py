"""Alerts, follow-ups and announcements that were told long ago.

An alert is what keeps a chat from being told a story twice, so it stays as long as its story is open. A
briefing stays as long as an alert that it told: without it, that alert would seem to be a message.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Table, and_, bindparam, delete, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.retention import PAGE, Cutoffs, Found, Sweep
from bot.store.tables import alerts, announced, announcements, follow_ups, items
from watchers.stories.index import WINDOW

_OPEN: Final = 2 * WINDOW + timedelta(days=1)
"""For how long after its last item a story may still grow: what the index reads at a start, and a day."""

FIRST_OF_OPEN = (
    select(items.c.id)
    .where(items.c.found_at >= bindparam("since"))
    .order_by(items.c.found_at, items.c.id)
    .limit(1)
)
LAST_ITEM = select(func.coalesce(func.max(items.c.id), 0))
_TELLING = alerts.alias("telling")


def _is_over(table: Table) -> ColumnElement[bool]:
    """It has ended, and its story is closed."""
    grows = exists().where(
        items.c.story_id == table.c.story_id, items.c.id >= bindparam("first_open")
    )
    return and_(table.c.ended_at < bindparam("before"), or_(table.c.story_id.is_(None), ~grows))


_TELLS_OTHERS = exists().where(_TELLING.c.briefing_id == alerts.c.id)
_MAY_GO: Final = {
    alerts.name: and_(_is_over(alerts), ~_TELLS_OTHERS),
    follow_ups.name: _is_over(follow_ups),
}


def _sweep(table: Table) -> Sweep:
    next_rows = (
        select(table.c.id, table.c.created_at)
        .where(table.c.id > bindparam("after"))
        .order_by(table.c.id)
        .limit(PAGE)
    )
    may_go = _MAY_GO[table.name]
    those = select(table.c.id).where(
        table.c.id > bindparam("after"), table.c.id <= bindparam("last"), may_go
    )
    dropping = delete(table).where(table.c.id.in_(bindparam("ids", expanding=True)), may_go)

    async def find(connection: AsyncConnection, after: int | None, cutoffs: Cutoffs) -> Found:
        before = cutoffs.alerts
        if before is None:
            return Found((), None)
        start = after or 0
        rows = (await connection.execute(next_rows, {"after": start})).all()
        old = [row.id for row in rows if row.created_at < before]
        if not old:
            return Found((), None)
        values = {"after": start, "last": old[-1]} | await _values(connection, before, cutoffs)
        ids = (await connection.execute(those, values)).scalars().all()
        return Found(ids, old[-1] if len(old) == PAGE else None)

    async def drop(connection: AsyncConnection, ids: Sequence[Any], cutoffs: Cutoffs) -> int:
        if cutoffs.alerts is None:
            return 0
        values = {"ids": list(ids)} | await _values(connection, cutoffs.alerts, cutoffs)
        return (await connection.execute(dropping, values)).rowcount

    return Sweep(table.name, find, drop)


async def _values(
    connection: AsyncConnection, before: datetime, cutoffs: Cutoffs
) -> dict[str, object]:
    since = {"since": cutoffs.now - _OPEN}
    first = (await connection.execute(FIRST_OF_OPEN, since)).scalar_one_or_none()
    if first is None:
        first = (await connection.execute(LAST_ITEM)).scalar_one() + 1
    return {"before": before, "first_open": first}


FOLLOW_UPS: Final = _sweep(follow_ups)
"""Ended follow-ups. They go before the alerts that they follow."""

ALERTS: Final = _sweep(alerts)
"""Ended alerts, and after those that it told, a briefing: it came later, and has the higher number."""

# What was announced goes after the alerts that said it.
_IS_SAID: Final = and_(
    announcements.c.ended_at < bindparam("before"),
    ~exists().where(announced.c.announcement_id == announcements.c.id),
)
OLD_ANNOUNCEMENTS = select(announcements.c.id).where(_IS_SAID).limit(PAGE)
DROP_ANNOUNCEMENTS = delete(announcements).where(
    announcements.c.id.in_(bindparam("ids", expanding=True)), _IS_SAID
)


async def _find_announcements(
    connection: AsyncConnection, _after: object, cutoffs: Cutoffs
) -> Found:
    if cutoffs.alerts is None:
        return Found((), None)
    ids = (await connection.execute(OLD_ANNOUNCEMENTS, {"before": cutoffs.alerts})).scalars().all()
    return Found(ids, True if len(ids) == PAGE else None)


async def _drop_announcements(
    connection: AsyncConnection, ids: Sequence[Any], cutoffs: Cutoffs
) -> int:
    values = {"ids": list(ids), "before": cutoffs.alerts}
    return (await connection.execute(DROP_ANNOUNCEMENTS, values)).rowcount


ANNOUNCEMENTS: Final = Sweep("announcements", _find_announcements, _drop_announcements)
"""Announcements that nobody has in the outbox any more."""
