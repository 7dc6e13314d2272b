"""Follow-ups: a reply to an alert, when a later item of its story brings news.

    an item joins a story and matched ──► news in it that the chat was not told? ──► a reply, with its cause

What is new in a story without being news is an edit: see `retellings`. Both wait in one table, and are
sent from `follow_up_queue`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.items import COLUMNS, item_of
from bot.store.sql import chunks, insert
from bot.store.tables import EDIT, IS_REPLY, REPLY, alerts, chats, follow_ups, items
from watchers import Item
from watchers.stories import news_in

ALERTS_OF_STORIES = (
    select(
        alerts.c.chat_id,
        alerts.c.story_id,
        alerts.c.item_id,
        alerts.c.held_until,
        chats.c.follow_ups.label("way"),
    )
    .join(chats, chats.c.id == alerts.c.chat_id)
    .where(
        alerts.c.chat_id.in_(bindparam("chat_ids", expanding=True)),
        alerts.c.story_id.in_(bindparam("story_ids", expanding=True)),
        alerts.c.muted.is_(False),
    )
)
REPLIES_OF_STORIES = select(
    follow_ups.c.chat_id, follow_ups.c.story_id, follow_ups.c.item_id
).where(
    follow_ups.c.chat_id.in_(bindparam("chat_ids", expanding=True)),
    follow_ups.c.story_id.in_(bindparam("story_ids", expanding=True)),
    IS_REPLY,
)
ITEMS_BY_ID = select(*COLUMNS).where(items.c.id.in_(bindparam("ids", expanding=True)))
READ_WAY = select(chats.c.follow_ups).where(chats.c.id == bindparam("chat_id"))
SET_WAY = update(chats).where(chats.c.id == bindparam("row_id")).values(follow_ups=bindparam("way"))


@dataclass(frozen=True, slots=True)
class Joined:
    """An item that concerns a chat, and when the chat may hear of it; ``silent``: without a sound."""

    chat_id: int
    story_id: int
    item_id: int
    due_at: datetime
    silent: bool = False


async def follow_up(
    connection: AsyncConnection, joined: Iterable[Joined], *, now: datetime
) -> list[tuple[int, int]]:
    """Have chats told of items whose story they have an alert of, where these bring news.

    Chats and items that there will be a reply about. Whoever calls holds the chats, and numbers these.
    """
    page = list(joined)
    if not page:
        return []
    told, ways, held = await _told(connection, page)
    later = [
        one
        for one in page
        if one.item_id not in told.get((one.chat_id, one.story_id), (one.item_id,))
        and ways[one.chat_id] != EDIT
    ]
    if not later:
        return []
    wanted = {one.item_id for one in later}
    for one in later:
        wanted |= told[one.chat_id, one.story_id]
    known = await _items(connection, wanted)
    decided: dict[tuple[int, frozenset[int]], bool] = {}
    rows = []
    said: list[Joined] = []
    for one in later:
        before = told[one.chat_id, one.story_id]
        key = (one.item_id, frozenset(before))
        if key not in decided:
            texts = [known[item_id] for item_id in sorted(before)]
            decided[key] = bool(news_in(known[one.item_id], texts))
        if decided[key]:
            before.add(one.item_id)
            said.append(one)
            until = held.get((one.chat_id, one.story_id))
            rows.append(
                {"chat_id": one.chat_id, "story_id": one.story_id, "item_id": one.item_id}
                | {"kind": REPLY, "created_at": now, "silent": one.silent}
                | {"due_at": max(one.due_at, until or one.due_at)}
            )
    if rows:
        new = insert(connection, follow_ups).on_conflict_do_nothing(
            index_elements=["chat_id", "item_id"], index_where=IS_REPLY
        )
        await connection.execute(new, rows)
    return [(one.chat_id, one.item_id) for one in said]


Told = dict[tuple[int, int], set[int]]


async def _told(
    connection: AsyncConnection, page: Sequence[Joined]
) -> tuple[Told, Mapping[int, str], dict[tuple[int, int], datetime]]:
    """Of chats and stories: the items that were told; how chats want it; what is held until when."""
    told: Told = {}
    ways: dict[int, str] = {}
    held: dict[tuple[int, int], datetime] = {}
    story_ids = sorted({one.story_id for one in page})
    for chat_ids in chunks(sorted({one.chat_id for one in page})):
        values = {"chat_ids": list(chat_ids), "story_ids": story_ids}
        for row in await connection.execute(ALERTS_OF_STORIES, values):
            told[row.chat_id, row.story_id] = {row.item_id}
            ways[row.chat_id] = row.way
            if row.held_until is not None:
                held[row.chat_id, row.story_id] = row.held_until
        for reply in await connection.execute(REPLIES_OF_STORIES, values):
            told.setdefault((reply.chat_id, reply.story_id), set()).add(reply.item_id)
    return told, ways, held


async def _items(connection: AsyncConnection, item_ids: Collection[int]) -> dict[int, Item]:
    found: dict[int, Item] = {}
    for ids in chunks(sorted(item_ids)):
        rows = await connection.execute(ITEMS_BY_ID, {"ids": list(ids)})
        found.update((row.id, item_of(row)) for row in rows)
    return found


# ── how a chat wants it ───────────────────────────────────────────────────────────────────────────


async def way_of(connection: AsyncConnection, chat_id: int) -> str:
    """How a chat is told what is new in a story: reply, edit, or alert."""
    way: str = (await connection.execute(READ_WAY, {"chat_id": chat_id})).scalar_one()
    return way


async def set_way(connection: AsyncConnection, chat_id: int, way: str) -> None:
    """Tell a chat so from now on."""
    await connection.execute(SET_WAY, {"row_id": chat_id, "way": way})
