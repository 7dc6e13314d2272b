"""Follow-ups: what is said of a story after its alert. Written with their cause, as alerts are.

    an item joins a story, or gets another title ──► retellings ──► an edit of each alert, in pages
    it matched, and brings news that was not told ──► a reply to the alert

An edit shows what is known when it is made, so one waits for each alert, however much has changed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import bindparam, case, delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.model import Ref, Shown
from bot.store.items import COLUMNS, item_of
from bot.store.shown import shown_item
from bot.store.sql import chunks, insert
from bot.store.stories import items_of_story
from bot.store.tables import (
    EDIT,
    IS_EDIT,
    IS_REPLY,
    QUEUED,
    REPLY,
    SENT,
    alerts,
    chats,
    follow_ups,
    items,
    retellings,
    shown,
)
from watchers import Item
from watchers.stories import news_in

PAGE: Final = 500
"""Edits written in one transaction."""

NEXT_RETELLINGS = (
    select(retellings.c.story_id, retellings.c.chat_id)
    .order_by(retellings.c.story_id)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
)
# Where the alert was sent, or is about to be. What a briefing told has no message of its own.
NEXT_ALERTED = (
    select(alerts.c.chat_id)
    .where(
        alerts.c.story_id == bindparam("story_id"),
        alerts.c.chat_id > bindparam("after"),
        alerts.c.state.in_((QUEUED, SENT)),
        alerts.c.briefing_id.is_(None),
        alerts.c.muted.is_(False),
    )
    .order_by(alerts.c.chat_id)
    .limit(bindparam("most"))
)
END_RETELLING = delete(retellings).where(retellings.c.story_id == bindparam("story"))
ADVANCE_RETELLING = (
    update(retellings)
    .where(retellings.c.story_id == bindparam("story"))
    .values(chat_id=bindparam("last_chat"))
)
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
# Alerts go first: whoever has one queued hears no more of older stories before it.
DUE_FOLLOW_UPS = (
    select(
        follow_ups.c.id,
        follow_ups.c.kind,
        follow_ups.c.chat_id,
        follow_ups.c.story_id,
        follow_ups.c.revision,
        follow_ups.c.attempts,
        follow_ups.c.silent,
        follow_ups.c.created_at,
        chats.c.platform,
        chats.c.account,
        chats.c.chat,
        chats.c.thread,
        chats.c.follow_ups.label("way"),
        shown.c.number,
        alerts.c.message_id,
        alerts.c.state.label("told_as"),
    )
    .join(chats, chats.c.id == follow_ups.c.chat_id)
    .outerjoin(
        alerts,
        (alerts.c.chat_id == follow_ups.c.chat_id) & (alerts.c.story_id == follow_ups.c.story_id),
    )
    .outerjoin(
        shown,
        (shown.c.chat_id == follow_ups.c.chat_id)
        & (
            shown.c.item_id
            == case((follow_ups.c.kind == EDIT, alerts.c.item_id), else_=follow_ups.c.item_id)
        ),
    )
    .where(
        chats.c.platform == bindparam("platform"),
        chats.c.account == bindparam("account"),
        chats.c.suspended_at.is_(None),
        or_(chats.c.paused_until.is_(None), chats.c.paused_until <= bindparam("now")),
        follow_ups.c.ended_at.is_(None),
        follow_ups.c.due_at <= bindparam("now"),
        or_(alerts.c.id.is_(None), alerts.c.ended_at.is_not(None)),
    )
    .order_by(follow_ups.c.id)
    .limit(bindparam("most"))
)
END_FOLLOW_UP = (
    update(follow_ups)
    .where(
        follow_ups.c.id == bindparam("row_id"),
        follow_ups.c.revision == bindparam("as_of"),
        follow_ups.c.ended_at.is_(None),
    )
    .values(
        ended_at=bindparam("at"),
        message_id=bindparam("message"),
        reason=bindparam("because"),
        attempts=follow_ups.c.attempts + 1,
    )
)
PUT_OFF_FOLLOW_UP = (
    update(follow_ups)
    .where(follow_ups.c.id == bindparam("row_id"))
    .values(due_at=bindparam("until"), attempts=follow_ups.c.attempts + bindparam("tries"))
)
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


@dataclass(frozen=True, slots=True)
class FollowUp:
    """Something to be said after an alert.

    Attributes:
        shown: the item it tells of; of an edit, the alert's own.
        newest: of an edit in a chat that gets no replies, the story's newest item.
        way: how the chat wants to be told.
        answers: the message of ours it is about, or "".
        revision: of what it says: see `end_follow_up`.
    """

    id: int
    kind: str
    chat_id: int
    ref: Ref
    shown: Shown | None
    newest: Item | None
    way: str
    answers: str
    revision: int
    attempts: int
    silent: bool
    created_at: datetime


# ── what is written with the cause ────────────────────────────────────────────────────────────────


async def retell(connection: AsyncConnection, story_ids: Collection[int]) -> None:
    """Have the alerts of these stories edited: there is more to say."""
    rows = [{"story_id": story_id} for story_id in sorted(story_ids)]
    if rows:
        again = insert(connection, retellings).on_conflict_do_update(
            index_elements=["story_id"], set_={"chat_id": 0}
        )
        await connection.execute(again, rows)


async def retell_page(connection: AsyncConnection, *, now: datetime, most: int = PAGE) -> int:
    """Write up to ``most`` edits; how many stories were looked at (0: none is left)."""
    waiting = (await connection.execute(NEXT_RETELLINGS, {"most": most})).all()
    left = most
    for row in waiting:
        values = {"story_id": row.story_id, "after": row.chat_id, "most": left}
        chat_ids = list((await connection.execute(NEXT_ALERTED, values)).scalars())
        await _edit(connection, row.story_id, chat_ids, now=now)
        if len(chat_ids) == left:
            where = {"story": row.story_id, "last_chat": chat_ids[-1]}
            await connection.execute(ADVANCE_RETELLING, where)
            break
        await connection.execute(END_RETELLING, {"story": row.story_id})
        left -= len(chat_ids)
    return len(waiting)


async def _edit(
    connection: AsyncConnection, story_id: int, chat_ids: Sequence[int], *, now: datetime
) -> None:
    if not chat_ids:
        return
    writing = insert(connection, follow_ups).on_conflict_do_update(
        index_elements=["chat_id", "story_id"],
        index_where=IS_EDIT,
        set_={"revision": follow_ups.c.revision + 1},
    )
    rows = [
        {"chat_id": chat_id, "story_id": story_id, "kind": EDIT, "created_at": now, "due_at": now}
        for chat_id in chat_ids
    ]
    await connection.execute(writing, rows)


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


# ── what is sent ──────────────────────────────────────────────────────────────────────────────────


async def due_follow_ups(
    connection: AsyncConnection, platform: str, account: str, *, now: datetime, most: int
) -> list[FollowUp]:
    """What is to be said in the chats of an account, in its order."""
    values = {"platform": platform, "account": account, "now": now, "most": most}
    due: list[FollowUp] = []
    for row in (await connection.execute(DUE_FOLLOW_UPS, values)).all():
        item = await shown_item(connection, row.chat_id, row.number or 0)
        newest = None
        if row.kind == EDIT and row.way == EDIT:
            _, several = await items_of_story(connection, row.story_id, most=1)
            newest = several[0][2] if several else None
        due.append(
            FollowUp(
                id=row.id,
                kind=row.kind,
                chat_id=row.chat_id,
                ref=Ref(row.platform, row.account, row.chat, row.thread),
                shown=item,
                newest=newest,
                way=row.way,
                answers=(row.message_id or "") if row.told_as == SENT else "",
                revision=row.revision,
                attempts=row.attempts,
                silent=row.silent,
                created_at=row.created_at,
            )
        )
    return due


async def end_follow_up(
    connection: AsyncConnection,
    one: FollowUp,
    *,
    now: datetime,
    message_id: str | None = None,
    reason: str | None = None,
) -> None:
    """Record that it was said, or why not. An edit that has more to say by now stays."""
    values = {"row_id": one.id, "as_of": one.revision, "at": now}
    await connection.execute(END_FOLLOW_UP, {**values, "message": message_id, "because": reason})


async def put_off_follow_up(
    connection: AsyncConnection, one: FollowUp, *, until: datetime, tried: bool
) -> None:
    """Say it later; ``tried``: this try was in vain."""
    values = {"row_id": one.id, "until": until, "tries": int(tried)}
    await connection.execute(PUT_OFF_FOLLOW_UP, values)


# ── how a chat wants it ───────────────────────────────────────────────────────────────────────────


async def way_of(connection: AsyncConnection, chat_id: int) -> str:
    """How a chat is told what is new in a story: reply, edit, or alert."""
    way: str = (await connection.execute(READ_WAY, {"chat_id": chat_id})).scalar_one()
    return way


async def set_way(connection: AsyncConnection, chat_id: int, way: str) -> None:
    """Tell a chat so from now on."""
    await connection.execute(SET_WAY, {"row_id": chat_id, "way": way})
