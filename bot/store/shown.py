"""The number an item goes by in a chat: given when it is first shown there, and never changed."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import bindparam, func, select, update
from sqlalchemy import insert as plain_insert
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.model import Reason, Shown
from bot.store.items import COLUMNS, item_of
from bot.store.matches import reasons_for
from bot.store.stories import also_in
from bot.store.tables import alerts, chats, follow_ups, items, matches, shown, subscriptions

NEXT_NUMBERS = (
    update(chats)
    .where(chats.c.id == bindparam("chat_id"))
    .values(last_number=chats.c.last_number + bindparam("many"))
    .returning(chats.c.last_number)
)
SHOWN_BY_NUMBER = (
    select(shown.c.number, *COLUMNS)
    .join(items, items.c.id == shown.c.item_id)
    .where(shown.c.chat_id == bindparam("chat_id"), shown.c.number == bindparam("number"))
)
LAST_ALERTED = (
    select(shown.c.number)
    .join(alerts, (alerts.c.chat_id == shown.c.chat_id) & (alerts.c.item_id == shown.c.item_id))
    .where(shown.c.chat_id == bindparam("chat_id"), alerts.c.state == "sent")
    .order_by(alerts.c.id.desc())
    .limit(1)
)
NUMBER_OF_MESSAGE = (
    select(shown.c.number)
    .join(alerts, (alerts.c.chat_id == shown.c.chat_id) & (alerts.c.item_id == shown.c.item_id))
    .where(alerts.c.chat_id == bindparam("chat_id"), alerts.c.message_id == bindparam("message"))
    .order_by(alerts.c.id.desc())
    .limit(1)
)
NUMBER_OF_FOLLOW_UP = (
    select(shown.c.number)
    .join(
        follow_ups,
        (follow_ups.c.chat_id == shown.c.chat_id) & (follow_ups.c.item_id == shown.c.item_id),
    )
    .where(
        follow_ups.c.chat_id == bindparam("chat_id"),
        follow_ups.c.message_id == bindparam("message"),
    )
    .limit(1)
)
LAST_NUMBER = select(func.max(shown.c.number)).where(shown.c.chat_id == bindparam("chat_id"))
LATEST_FOR_CHAT = (
    select(matches.c.item_id)
    .join(subscriptions, subscriptions.c.topic_id == matches.c.topic_id)
    .where(subscriptions.c.chat_id == bindparam("chat_id"))
    .group_by(matches.c.item_id)
    .order_by(matches.c.item_id.desc())
    .limit(bindparam("most"))
)


async def number_items(
    connection: AsyncConnection, chat_id: int, item_ids: Iterable[int]
) -> dict[int, int]:
    """The numbers of these items in a chat, in the order given; new ones are handed out."""
    wanted = list(item_ids)
    known = {
        row.item_id: row.number
        for row in await connection.execute(
            select(shown.c.item_id, shown.c.number).where(
                shown.c.chat_id == chat_id, shown.c.item_id.in_(wanted)
            )
        )
    }
    new = [item_id for item_id in wanted if item_id not in known]
    if new:
        last = await connection.execute(NEXT_NUMBERS, {"chat_id": chat_id, "many": len(new)})
        first = last.scalar_one() - len(new) + 1
        rows = [
            {"chat_id": chat_id, "number": first + place, "item_id": item_id}
            for place, item_id in enumerate(new)
        ]
        await connection.execute(plain_insert(shown), rows)
        known.update({row["item_id"]: row["number"] for row in rows})
    return {item_id: known[item_id] for item_id in wanted}


async def latest_for_chat(connection: AsyncConnection, chat_id: int, most: int) -> list[int]:
    """The newest items that any topic of the chat matches, newest first."""
    values = {"chat_id": chat_id, "most": most}
    return list((await connection.execute(LATEST_FOR_CHAT, values)).scalars())


async def last_number(connection: AsyncConnection, chat_id: int) -> int | None:
    """The number of the latest alert that was sent; else of the item shown last."""
    for statement in (LAST_ALERTED, LAST_NUMBER):
        values = {"chat_id": chat_id}
        found: int | None = (await connection.execute(statement, values)).scalar_one_or_none()
        if found is not None:
            return found
    return None


async def number_of_message(
    connection: AsyncConnection, chat_id: int, message_id: str
) -> int | None:
    """The number of the item that a message of ours, named as the platform does, told of."""
    values = {"chat_id": chat_id, "message": message_id}
    for statement in (NUMBER_OF_MESSAGE, NUMBER_OF_FOLLOW_UP):
        found: int | None = (await connection.execute(statement, values)).scalar_one_or_none()
        if found is not None:
            return found
    return None


async def shown_item(connection: AsyncConnection, chat_id: int, number: int) -> Shown | None:
    """The item that goes by ``number`` in the chat, with the reasons it is of interest there."""
    values = {"chat_id": chat_id, "number": number}
    row = (await connection.execute(SHOWN_BY_NUMBER, values)).one_or_none()
    if row is None:
        return None
    reasons: dict[int, tuple[Reason, ...]] = await reasons_for(connection, chat_id, [row.id])
    also = await also_in(connection, [row.id])
    return Shown(row.number, row.id, item_of(row), reasons.get(row.id, ()), also.get(row.id, ()))
