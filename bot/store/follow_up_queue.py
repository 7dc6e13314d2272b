"""The follow-ups that are due: what is said of a story after its alert, and how saying it ended."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, case, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.model import Ref, Shown
from bot.store.shown import shown_item
from bot.store.stories import items_of_story
from bot.store.tables import EDIT, SENT, alerts, chats, follow_ups, shown
from watchers import Item

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
