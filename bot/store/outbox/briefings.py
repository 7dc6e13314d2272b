"""Read briefings from the outbox, and collect the recent stories of a chat."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.models import BriefingMessage, BriefingStory, ChatItem, ChatRef, TopicMatch
from bot.store.dialect import chunks
from bot.store.items.items import ITEM_COLUMNS, NEWS_TIME, item_from_row
from bot.store.items.matches import reasons_of_alerts, reasons_of_items
from bot.store.outbox.digests import MAX_STORIES_PER_PART, MAX_TITLES_PER_PART
from bot.store.tables import (
    IS_QUEUED,
    UtcDateTime,
    alerts,
    briefings,
    chat_item_numbers,
    chats,
    items,
    matches,
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
    .where(alerts.c.id.in_(bindparam("alert_ids", expanding=True)), IS_QUEUED)
)
ALERTS_OF_BRIEFING = select(alerts.c.id, alerts.c.item_id, alerts.c.story_id).where(
    alerts.c.briefing_id == bindparam("briefing_id"), alerts.c.ended_at.is_(None)
)
ITEMS_OF_ALERTS = (
    select(
        alerts.c.id.label("alert_id"),
        func.coalesce(chat_item_numbers.c.number, 0).label("number"),
        *ITEM_COLUMNS,
    )
    .join(items, items.c.id == alerts.c.item_id)
    .outerjoin(
        chat_item_numbers,
        (chat_item_numbers.c.chat_id == alerts.c.chat_id)
        & (chat_item_numbers.c.item_id == alerts.c.item_id),
    )
    .where(alerts.c.id.in_(bindparam("alert_ids", expanding=True)))
)
SOURCES_OF_STORIES = (
    select(items.c.story_id, items.c.source, func.min(items.c.id).label("first"))
    .where(items.c.story_id.in_(bindparam("story_ids", expanding=True)))
    .group_by(items.c.story_id, items.c.source)
    .order_by(func.min(items.c.id))
)
RECENT_STORIES = (
    select(
        items.c.story_id,
        func.max(items.c.id).label("item_id"),
        func.count(items.c.source_id.distinct()).label("sources"),
        func.min(subscriptions.c.id).label("position"),
    )
    .join(matches, matches.c.item_id == items.c.id)
    .join(subscriptions, subscriptions.c.topic_id == matches.c.topic_id)
    .where(
        subscriptions.c.chat_id == bindparam("chat_id"),
        matches.c.item_id >= bindparam("first_item_id"),
        bindparam("since", type_=UtcDateTime()) <= NEWS_TIME,
    )
    .group_by(items.c.story_id)
    .order_by(func.count(items.c.source_id.distinct()).desc(), func.max(items.c.id).desc())
)
FIRST_ITEM_SINCE = select(func.min(items.c.id)).where(items.c.found_at >= bindparam("since"))
ITEMS_BY_ID = select(*ITEM_COLUMNS).where(items.c.id.in_(bindparam("item_ids", expanding=True)))
STORIES_OF_ITEMS = select(items.c.id, items.c.story_id).where(
    items.c.id.in_(bindparam("item_ids", expanding=True))
)
TOPICS_OF_CHAT = (
    select(subscriptions.c.topic_id)
    .where(subscriptions.c.chat_id == bindparam("chat_id"))
    .order_by(subscriptions.c.id)
)


@dataclass(frozen=True, slots=True)
class RecentItem:
    """The newest item of a story that matches a topic of a chat."""

    story_id: int
    item_id: int
    item: Item


@dataclass(frozen=True, slots=True)
class RecentStories:
    """The recent stories of a chat's topics.

    Attributes:
        items: the stories with most sources, ordered by topic.
        sources: the names of the sources by story.
        reasons: the matched topics by item.
        total: the number of all recent stories.
    """

    items: tuple[RecentItem, ...]
    sources: Mapping[int, tuple[str, ...]]
    reasons: Mapping[int, tuple[TopicMatch, ...]]
    total: int


async def recent_stories_of_chat(
    connection: AsyncConnection, chat_id: int, *, since: datetime, limit: int
) -> RecentStories:
    """Return the ``limit`` stories with most sources that matched the chat's topics since a time."""
    # Without the first item, the query would read every match of the chat's topics.
    first_item_id = (await connection.execute(FIRST_ITEM_SINCE, {"since": since})).scalar_one()
    values = {"chat_id": chat_id, "since": since, "first_item_id": first_item_id or 0}
    rows = []
    if first_item_id is not None:
        rows = list((await connection.execute(RECENT_STORIES, values)).all())
    biggest = sorted(rows[:limit], key=lambda row: (row.position, -row.sources, -row.item_id))
    item_ids = [row.item_id for row in biggest]
    item_rows = await connection.execute(ITEMS_BY_ID, {"item_ids": item_ids})
    items_by_id = {row.id: item_from_row(row) for row in item_rows}
    return RecentStories(
        tuple(RecentItem(row.story_id, row.item_id, items_by_id[row.item_id]) for row in biggest),
        await sources_of_stories(connection, {row.story_id for row in biggest}),
        await reasons_of_items(connection, chat_id, item_ids),
        len(rows),
    )


async def story_ids_of_items(
    connection: AsyncConnection, item_ids: Sequence[int]
) -> dict[int, int]:
    """Return the story IDs of these items."""
    rows = await connection.execute(STORIES_OF_ITEMS, {"item_ids": list(item_ids)})
    return {row.id: row.story_id for row in rows}


async def read_briefings(connection: AsyncConnection, ids: Sequence[int]) -> list[BriefingMessage]:
    """Return the briefings among these outbox rows, each with its biggest stories by topic."""
    rows = (await connection.execute(READ_BRIEFINGS, {"alert_ids": list(ids)})).all()
    messages = []
    for row in rows:
        alert_rows = list(
            (await connection.execute(ALERTS_OF_BRIEFING, {"briefing_id": row.id})).all()
        )
        sources = await sources_of_stories(connection, {alert.story_id for alert in alert_rows})
        alert_rows.sort(key=lambda alert: (-len(sources.get(alert.story_id, ())), -alert.id))
        is_list = len(alert_rows) > MAX_STORIES_PER_PART
        limit = MAX_TITLES_PER_PART if is_list else MAX_STORIES_PER_PART
        story_ids = {alert.id: alert.story_id for alert in alert_rows[:limit]}
        stories = await _read_stories(connection, row.chat_id, story_ids, sources)
        messages.append(
            BriefingMessage(
                id=row.id,
                ref=ChatRef(row.platform, row.account, row.chat, row.thread),
                chat_id=row.chat_id,
                attempts=row.attempts,
                created_at=row.created_at,
                part=row.part,
                parts=row.parts,
                total=row.total,
                stories=stories,
                unlisted_count=len(alert_rows) - len(stories),
                is_list=is_list,
            )
        )
    return messages


async def sources_of_stories(
    connection: AsyncConnection, story_ids: Collection[int]
) -> dict[int, tuple[str, ...]]:
    """Return the names of the sources of these stories, in the order of their first items."""
    sources: dict[int, tuple[str, ...]] = {}
    for chunk in chunks(sorted(story_ids)):
        for row in await connection.execute(SOURCES_OF_STORIES, {"story_ids": list(chunk)}):
            sources[row.story_id] = (*sources.get(row.story_id, ()), row.source)
    return sources


async def _read_stories(
    connection: AsyncConnection,
    chat_id: int,
    story_ids: Mapping[int, int],
    sources: Mapping[int, tuple[str, ...]],
) -> tuple[BriefingStory, ...]:
    """Return the stories of these alerts, ordered by the chat's topics."""
    reasons = await reasons_of_alerts(connection, list(story_ids))
    rows = await connection.execute(ITEMS_OF_ALERTS, {"alert_ids": list(story_ids)})
    topic_ids = (await connection.execute(TOPICS_OF_CHAT, {"chat_id": chat_id})).scalars()
    positions = {topic_id: position for position, topic_id in enumerate(topic_ids)}
    stories = {
        row.alert_id: BriefingStory(
            ChatItem(row.number, row.id, item_from_row(row), reasons.get(row.alert_id, ())),
            sources.get(story_ids[row.alert_id], ()),
        )
        for row in rows
    }

    def position_of(story: BriefingStory) -> int:
        matched = (positions[reason.topic_id] for reason in story.chat_item.reasons)
        return min(matched, default=len(positions))

    return tuple(sorted((stories[alert_id] for alert_id in story_ids), key=position_of))
