"""Briefings in the outbox, with the stories that they tell."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.model import Briefed, Briefing, Reason, Ref, Shown
from bot.store.digests import LISTED, STORIES
from bot.store.items import COLUMNS, item_of
from bot.store.matches import reasons_for, reasons_of_alerts
from bot.store.sql import chunks
from bot.store.tables import (
    IS_QUEUED,
    alerts,
    briefings,
    chats,
    items,
    matches,
    shown,
    subscriptions,
)
from watchers import Item

READ_BRIEFINGS = (
    select(
        alerts.c.id,
        alerts.c.chat_id,
        alerts.c.attempts,
        alerts.c.created_at,
        briefings.c.part,
        briefings.c.parts,
        briefings.c.total,
        chats.c.platform,
        chats.c.account,
        chats.c.chat,
        chats.c.thread,
    )
    .join(briefings, briefings.c.alert_id == alerts.c.id)
    .join(chats, chats.c.id == alerts.c.chat_id)
    .where(alerts.c.id.in_(bindparam("ids", expanding=True)), IS_QUEUED)
)
MEMBERS = select(alerts.c.id, alerts.c.item_id, alerts.c.story_id).where(
    alerts.c.briefing_id == bindparam("briefing_id"), alerts.c.ended_at.is_(None)
)
NUMBERED_ITEMS = (
    select(
        alerts.c.id.label("alert_id"), func.coalesce(shown.c.number, 0).label("number"), *COLUMNS
    )
    .join(items, items.c.id == alerts.c.item_id)
    .outerjoin(shown, (shown.c.chat_id == alerts.c.chat_id) & (shown.c.item_id == alerts.c.item_id))
    .where(alerts.c.id.in_(bindparam("ids", expanding=True)))
)
TELLERS = (
    select(items.c.story_id, items.c.source, func.min(items.c.id).label("first"))
    .where(items.c.story_id.in_(bindparam("ids", expanding=True)))
    .group_by(items.c.story_id, items.c.source)
    .order_by(func.min(items.c.id))
)
LATELY = (
    select(
        items.c.story_id,
        func.max(items.c.id).label("item_id"),
        func.count(items.c.source_id.distinct()).label("sources"),
        func.min(subscriptions.c.id).label("place"),
    )
    .join(matches, matches.c.item_id == items.c.id)
    .join(subscriptions, subscriptions.c.topic_id == matches.c.topic_id)
    .where(
        subscriptions.c.chat_id == bindparam("chat_id"),
        matches.c.item_id >= bindparam("first"),
        items.c.found_at >= bindparam("since"),
    )
    .group_by(items.c.story_id)
    .order_by(func.count(items.c.source_id.distinct()).desc(), func.max(items.c.id).desc())
)
FIRST_SINCE = select(func.min(items.c.id)).where(items.c.found_at >= bindparam("since"))
ITEMS = select(*COLUMNS).where(items.c.id.in_(bindparam("ids", expanding=True)))
STORIES_OF_ITEMS = select(items.c.id, items.c.story_id).where(
    items.c.id.in_(bindparam("ids", expanding=True))
)
TOPIC_ORDER = (
    select(subscriptions.c.topic_id)
    .where(subscriptions.c.chat_id == bindparam("chat_id"))
    .order_by(subscriptions.c.id)
)


@dataclass(frozen=True, slots=True)
class LateItem:
    """The newest item of a story that a chat's topics match."""

    story_id: int
    item_id: int
    item: Item


@dataclass(frozen=True, slots=True)
class Lately:
    """What came lately on a chat's topics: of ``total`` stories the biggest, by topic."""

    items: tuple[LateItem, ...]
    tellers: Mapping[int, tuple[str, ...]]
    reasons: Mapping[int, tuple[Reason, ...]]
    total: int


async def lately_for_chat(
    connection: AsyncConnection, chat_id: int, *, since: datetime, most: int
) -> Lately:
    """The ``most`` stories since a moment that most sources tell."""
    first = (await connection.execute(FIRST_SINCE, {"since": since})).scalar_one()
    values = {"chat_id": chat_id, "since": since, "first": first or 0}
    rows = (await connection.execute(LATELY, values)).all() if first is not None else []
    chosen = sorted(rows[:most], key=lambda row: (row.place, -row.sources, -row.item_id))
    ids = [row.item_id for row in chosen]
    known = {row.id: item_of(row) for row in await connection.execute(ITEMS, {"ids": ids})}
    return Lately(
        tuple(LateItem(row.story_id, row.item_id, known[row.item_id]) for row in chosen),
        await tellers_of(connection, {row.story_id for row in chosen}),
        await reasons_for(connection, chat_id, ids),
        len(rows),
    )


async def stories_of(connection: AsyncConnection, item_ids: Sequence[int]) -> dict[int, int]:
    """Which story each of these items tells."""
    rows = await connection.execute(STORIES_OF_ITEMS, {"ids": list(item_ids)})
    return {row.id: row.story_id for row in rows}


async def read_briefings(connection: AsyncConnection, ids: Sequence[int]) -> list[Briefing]:
    """Those of these rows that are briefings, with their biggest stories, by topic."""
    rows = (await connection.execute(READ_BRIEFINGS, {"ids": list(ids)})).all()
    found = []
    for row in rows:
        members = list((await connection.execute(MEMBERS, {"briefing_id": row.id})).all())
        tellers = await tellers_of(connection, {one.story_id for one in members})
        members.sort(key=lambda one: (-len(tellers.get(one.story_id, ())), -one.id))
        most = STORIES if len(members) <= STORIES else LISTED
        told = {one.id: one.story_id for one in members[:most]}
        stories = await _stories(connection, row.chat_id, told, tellers)
        found.append(
            Briefing(
                id=row.id,
                ref=Ref(row.platform, row.account, row.chat, row.thread),
                chat_id=row.chat_id,
                attempts=row.attempts,
                created_at=row.created_at,
                part=row.part,
                parts=row.parts,
                total=row.total,
                stories=stories,
                more=len(members) - len(stories),
                is_list=most > STORIES,
            )
        )
    return found


async def tellers_of(
    connection: AsyncConnection, story_ids: Collection[int]
) -> dict[int, tuple[str, ...]]:
    """The names of the sources of these stories, who told first coming first."""
    found: dict[int, tuple[str, ...]] = {}
    for ids in chunks(sorted(story_ids)):
        for row in await connection.execute(TELLERS, {"ids": list(ids)}):
            found[row.story_id] = (*found.get(row.story_id, ()), row.source)
    return found


async def _stories(
    connection: AsyncConnection,
    chat_id: int,
    told: dict[int, int],
    tellers: dict[int, tuple[str, ...]],
) -> tuple[Briefed, ...]:
    reasons = await reasons_of_alerts(connection, list(told))
    rows = await connection.execute(NUMBERED_ITEMS, {"ids": list(told)})
    order = list((await connection.execute(TOPIC_ORDER, {"chat_id": chat_id})).scalars())
    place = {topic_id: number for number, topic_id in enumerate(order)}
    found = {
        row.alert_id: Briefed(
            Shown(row.number, row.id, item_of(row), reasons.get(row.alert_id, ())),
            tellers.get(told[row.alert_id], ()),
        )
        for row in rows
    }

    def by_topic(one: Briefed) -> int:
        return min((place[why.topic_id] for why in one.shown.reasons), default=len(place))

    return tuple(sorted((found[one] for one in told), key=by_topic))
