"""The number of an item in a chat: assigned when the chat first sees the item, and never changed."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import bindparam, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.models import ChatItem, TopicMatch
from bot.store.items.items import ITEM_COLUMNS, item_from_row
from bot.store.items.matches import reasons_of_items
from bot.store.items.stories import other_sources
from bot.store.tables import (
    SENT,
    alerts,
    chat_item_numbers,
    chats,
    follow_ups,
    items,
    matches,
    subscriptions,
)

READ_NUMBERS = select(chat_item_numbers.c.item_id, chat_item_numbers.c.number).where(
    chat_item_numbers.c.chat_id == bindparam("chat_id"),
    chat_item_numbers.c.item_id.in_(bindparam("item_ids", expanding=True)),
)
RESERVE_NUMBERS = (
    update(chats)
    .where(chats.c.id == bindparam("chat_id"))
    .values(last_number=chats.c.last_number + bindparam("count"))
    .returning(chats.c.last_number)
)
ITEM_BY_NUMBER = (
    select(chat_item_numbers.c.number, *ITEM_COLUMNS)
    .join(items, items.c.id == chat_item_numbers.c.item_id)
    .where(
        chat_item_numbers.c.chat_id == bindparam("chat_id"),
        chat_item_numbers.c.number == bindparam("number"),
    )
)
LAST_SENT_NUMBER = (
    select(chat_item_numbers.c.number)
    .join(
        alerts,
        (alerts.c.chat_id == chat_item_numbers.c.chat_id)
        & (alerts.c.item_id == chat_item_numbers.c.item_id),
    )
    .where(chat_item_numbers.c.chat_id == bindparam("chat_id"), alerts.c.state == SENT)
    .order_by(alerts.c.id.desc())
    .limit(1)
)
LAST_NUMBER = select(func.max(chat_item_numbers.c.number)).where(
    chat_item_numbers.c.chat_id == bindparam("chat_id")
)
NUMBER_OF_ALERT = (
    select(chat_item_numbers.c.number)
    .join(
        alerts,
        (alerts.c.chat_id == chat_item_numbers.c.chat_id)
        & (alerts.c.item_id == chat_item_numbers.c.item_id),
    )
    .where(alerts.c.chat_id == bindparam("chat_id"), alerts.c.message_id == bindparam("message_id"))
    .order_by(alerts.c.id.desc())
    .limit(1)
)
NUMBER_OF_FOLLOW_UP = (
    select(chat_item_numbers.c.number)
    .join(
        follow_ups,
        (follow_ups.c.chat_id == chat_item_numbers.c.chat_id)
        & (follow_ups.c.item_id == chat_item_numbers.c.item_id),
    )
    .where(
        follow_ups.c.chat_id == bindparam("chat_id"),
        follow_ups.c.message_id == bindparam("message_id"),
    )
    .limit(1)
)
LATEST_FOR_CHAT = (
    select(matches.c.item_id)
    .join(subscriptions, subscriptions.c.topic_id == matches.c.topic_id)
    .where(subscriptions.c.chat_id == bindparam("chat_id"))
    .group_by(matches.c.item_id)
    .order_by(matches.c.item_id.desc())
    .limit(bindparam("limit"))
)


async def assign_numbers(
    connection: AsyncConnection, chat_id: int, item_ids: Iterable[int]
) -> dict[int, int]:
    """Return the number of each item in the chat, in the given order; assign the missing ones."""
    ordered_ids = list(item_ids)
    rows = await connection.execute(READ_NUMBERS, {"chat_id": chat_id, "item_ids": ordered_ids})
    numbers = {row.item_id: row.number for row in rows}
    new_ids = [item_id for item_id in ordered_ids if item_id not in numbers]
    if new_ids:
        values = {"chat_id": chat_id, "count": len(new_ids)}
        last = (await connection.execute(RESERVE_NUMBERS, values)).scalar_one()
        first = last - len(new_ids) + 1
        new_rows = [
            {"chat_id": chat_id, "number": first + index, "item_id": item_id}
            for index, item_id in enumerate(new_ids)
        ]
        await connection.execute(chat_item_numbers.insert(), new_rows)
        numbers.update({row["item_id"]: row["number"] for row in new_rows})
    return {item_id: numbers[item_id] for item_id in ordered_ids}


async def latest_item_ids(connection: AsyncConnection, chat_id: int, limit: int) -> list[int]:
    """Return the newest ``limit`` items that match any topic of the chat, newest first."""
    values = {"chat_id": chat_id, "limit": limit}
    return list((await connection.execute(LATEST_FOR_CHAT, values)).scalars())


async def last_number(connection: AsyncConnection, chat_id: int) -> int | None:
    """Return the number of the last sent alert, or else the highest number of the chat."""
    for statement in (LAST_SENT_NUMBER, LAST_NUMBER):
        number: int | None = (
            await connection.execute(statement, {"chat_id": chat_id})
        ).scalar_one_or_none()
        if number is not None:
            return number
    return None


async def number_of_message(
    connection: AsyncConnection, chat_id: int, message_id: str
) -> int | None:
    """Return the number of the item in a sent message, or ``None`` if the message had no item."""
    values = {"chat_id": chat_id, "message_id": message_id}
    for statement in (NUMBER_OF_ALERT, NUMBER_OF_FOLLOW_UP):
        number: int | None = (await connection.execute(statement, values)).scalar_one_or_none()
        if number is not None:
            return number
    return None


async def get_chat_item(connection: AsyncConnection, chat_id: int, number: int) -> ChatItem | None:
    """Return the item with this number in the chat, with the chat's topics that it matched."""
    values = {"chat_id": chat_id, "number": number}
    row = (await connection.execute(ITEM_BY_NUMBER, values)).one_or_none()
    if row is None:
        return None
    reasons: dict[int, tuple[TopicMatch, ...]] = await reasons_of_items(
        connection, chat_id, [row.id]
    )
    sources = await other_sources(connection, [row.id])
    return ChatItem(
        row.number, row.id, item_from_row(row), reasons.get(row.id, ()), sources.get(row.id, ())
    )
