"""The due follow-ups of an account, and their results."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import bindparam, case, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.models import ChatItem, ChatRef
from bot.store.chats.item_numbers import get_chat_item
from bot.store.items.items import ITEM_COLUMNS, item_from_row
from bot.store.items.stories import items_of_story
from bot.store.tables import (
    FOLLOW_UP_EDIT,
    SENT,
    alerts,
    chat_item_numbers,
    chats,
    follow_ups,
    items,
)
from watchers import Item

_MAX_EARLIER_ITEMS: Final = 10

# A follow-up waits until the alert of its story has been sent: a reply needs the alert's message ID.
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
        chats.c.follow_ups.label("mode"),
        chat_item_numbers.c.number,
        alerts.c.message_id,
        alerts.c.state.label("alert_state"),
    )
    .join(chats, chats.c.id == follow_ups.c.chat_id)
    .outerjoin(
        alerts,
        (alerts.c.chat_id == follow_ups.c.chat_id) & (alerts.c.story_id == follow_ups.c.story_id),
    )
    .outerjoin(
        chat_item_numbers,
        (chat_item_numbers.c.chat_id == follow_ups.c.chat_id)
        & (
            chat_item_numbers.c.item_id
            == case(
                (follow_ups.c.kind == FOLLOW_UP_EDIT, alerts.c.item_id), else_=follow_ups.c.item_id
            )
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
    .limit(bindparam("limit"))
)
# The items of a story that a chat received before a reply, oldest first: the alert and earlier replies.
_EARLIER_IDS = (
    select(alerts.c.item_id)
    .where(alerts.c.chat_id == bindparam("chat_id"), alerts.c.story_id == bindparam("story_id"))
    .union(
        select(follow_ups.c.item_id).where(
            follow_ups.c.chat_id == bindparam("chat_id"),
            follow_ups.c.story_id == bindparam("story_id"),
            follow_ups.c.id < bindparam("follow_up_id"),
            follow_ups.c.item_id.is_not(None),
        )
    )
)
EARLIER_ITEMS = (
    select(*ITEM_COLUMNS)
    .where(items.c.id.in_(_EARLIER_IDS))
    .order_by(items.c.id.desc())
    .limit(bindparam("limit"))
)
NUMBER_OF_ALERT = (
    select(chat_item_numbers.c.number)
    .join(
        alerts,
        (alerts.c.chat_id == chat_item_numbers.c.chat_id)
        & (alerts.c.item_id == chat_item_numbers.c.item_id),
    )
    .where(alerts.c.chat_id == bindparam("chat_id"), alerts.c.story_id == bindparam("story_id"))
)
END_FOLLOW_UP = (
    update(follow_ups)
    .where(
        follow_ups.c.id == bindparam("follow_up_id"),
        follow_ups.c.revision == bindparam("sent_revision"),
        follow_ups.c.ended_at.is_(None),
    )
    .values(
        ended_at=bindparam("now"),
        message_id=bindparam("sent_message_id"),
        reason=bindparam("end_reason"),
        attempts=follow_ups.c.attempts + 1,
    )
)
RESCHEDULE_FOLLOW_UP = (
    update(follow_ups)
    .where(follow_ups.c.id == bindparam("follow_up_id"))
    .values(due_at=bindparam("until"), attempts=follow_ups.c.attempts + bindparam("new_attempts"))
)


@dataclass(frozen=True, slots=True)
class FollowUp:
    """A message after the alert of a story.

    Attributes:
        chat_item: the item of a reply; for an edit, the item of the alert.
        earlier_items: for a reply, the items of the story that the chat received before, oldest first.
        alert_number: for a reply, the number of the alert in the chat.
        newest_item: for an edit in a chat without replies, the newest item of the story.
        mode: the follow-up mode of the chat.
        reply_to_message_id: the message of the alert, or "" if it was not sent.
        revision: the revision of the story that the message shows; see `end_follow_up`.
    """

    id: int
    kind: str
    chat_id: int
    ref: ChatRef
    chat_item: ChatItem | None
    newest_item: Item | None
    earlier_items: tuple[Item, ...]
    alert_number: int | None
    mode: str
    reply_to_message_id: str
    revision: int
    attempts: int
    silent: bool
    created_at: datetime


async def due_follow_ups(
    connection: AsyncConnection, platform: str, account: str, *, now: datetime, limit: int
) -> list[FollowUp]:
    """Return the due follow-ups of an account's chats, oldest first."""
    values = {"platform": platform, "account": account, "now": now, "limit": limit}
    due: list[FollowUp] = []
    for row in (await connection.execute(DUE_FOLLOW_UPS, values)).all():
        chat_item = await get_chat_item(connection, row.chat_id, row.number or 0)
        newest = None
        earlier: tuple[Item, ...] = ()
        alert_number = None
        if row.kind != FOLLOW_UP_EDIT:
            story = {"chat_id": row.chat_id, "story_id": row.story_id}
            earlier_rows = await connection.execute(
                EARLIER_ITEMS, {**story, "follow_up_id": row.id, "limit": _MAX_EARLIER_ITEMS}
            )
            earlier = tuple(item_from_row(item) for item in earlier_rows)[::-1]
            alert_number = (await connection.execute(NUMBER_OF_ALERT, story)).scalar_one_or_none()
        if row.kind == FOLLOW_UP_EDIT and row.mode == FOLLOW_UP_EDIT:
            _, newest_items = await items_of_story(connection, row.story_id, limit=1)
            newest = newest_items[0][2] if newest_items else None
        due.append(
            FollowUp(
                id=row.id,
                kind=row.kind,
                chat_id=row.chat_id,
                ref=ChatRef(row.platform, row.account, row.chat, row.thread),
                chat_item=chat_item,
                newest_item=newest,
                earlier_items=earlier,
                alert_number=alert_number,
                mode=row.mode,
                reply_to_message_id=(row.message_id or "") if row.alert_state == SENT else "",
                revision=row.revision,
                attempts=row.attempts,
                silent=row.silent,
                created_at=row.created_at,
            )
        )
    return due


async def end_follow_up(
    connection: AsyncConnection,
    follow_up: FollowUp,
    *,
    now: datetime,
    message_id: str | None = None,
    reason: str | None = None,
) -> None:
    """Record the sent message, or the reason why none was sent.

    An edit stays open if the story has a newer revision by now.
    """
    values = {
        "follow_up_id": follow_up.id,
        "sent_revision": follow_up.revision,
        "now": now,
        "sent_message_id": message_id,
        "end_reason": reason,
    }
    await connection.execute(END_FOLLOW_UP, values)


async def reschedule_follow_up(
    connection: AsyncConnection, follow_up: FollowUp, *, until: datetime, attempted: bool
) -> None:
    """Postpone a follow-up; ``attempted`` counts a failed attempt."""
    values = {"follow_up_id": follow_up.id, "until": until, "new_attempts": int(attempted)}
    await connection.execute(RESCHEDULE_FOLLOW_UP, values)
