"""What waits for a briefing: held, held longer, or dropped because nobody wants it any more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from sqlalchemy import bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.judging import causes, chat_timings, facts
from bot.store.tables import EXPIRED, HELD, IS_HELD, IS_QUEUED, QUEUED, alerts, chats
from bot.timing.verdict import Facts, HoldUntil, NotTold, combine, decide

_MOST: Final = 5_000  # held alerts of one chat looked at at once
_UNWANTED: Final = "not followed any more when its briefing came"

HELD_IN_CHAT = (
    select(alerts.c.id, alerts.c.item_id, alerts.c.story_id, alerts.c.held_until)
    .where(alerts.c.chat_id == bindparam("chat_id"), IS_HELD)
    .order_by(alerts.c.id)
    .limit(_MOST)
)
HELD_AND_DUE = HELD_IN_CHAT.where(alerts.c.held_until <= bindparam("due"))
POSTPONE = (
    update(alerts)
    .where(alerts.c.id == bindparam("alert_id"), IS_HELD)
    .values(held_until=bindparam("until"))
)
DROP = (
    update(alerts)
    .where(alerts.c.id == bindparam("alert_id"), IS_HELD)
    .values(state=EXPIRED, ended_at=bindparam("at"), reason=_UNWANTED)
)
HOLD = (
    update(alerts)
    .where(alerts.c.id == bindparam("alert_id"), IS_QUEUED)
    .values(state=HELD, held_until=bindparam("until"))
)
HOLD_ALL_IN_CHAT = (
    update(alerts)
    .where(alerts.c.chat_id == bindparam("in_chat"), IS_QUEUED)
    .values(state=HELD, held_until=bindparam("until"))
)
REQUEUE = (
    update(alerts)
    .where(alerts.c.id == bindparam("alert_id"), IS_HELD)
    .values(state=QUEUED, held_until=None)
)
# In the order of their ids, as everybody who locks several chats.
HOLD_CHATS_OF = (
    select(chats.c.id)
    .where(
        chats.c.id.in_(
            select(alerts.c.chat_id).where(alerts.c.id.in_(bindparam("ids", expanding=True)))
        )
    )
    .order_by(chats.c.id)
    .with_for_update(key_share=True)
)


@dataclass(frozen=True, slots=True)
class Held:
    """A row that waits; without an item, it is a briefing that has to wait as a whole."""

    id: int
    item_id: int | None
    story_id: int | None
    held_until: datetime

    @property
    def is_spike(self) -> bool:
        """Whether it tells of a topic, not of its item: no briefing can say that (see `SpikeSeen`)."""
        return self.story_id is not None and self.story_id < 0


async def held_in_chat(
    connection: AsyncConnection, chat_id: int, *, due: datetime | None = None
) -> list[Held]:
    """What waits in a chat, or what of it is ``due``."""
    if due is None:
        rows = await connection.execute(HELD_IN_CHAT, {"chat_id": chat_id})
    else:
        rows = await connection.execute(HELD_AND_DUE, {"chat_id": chat_id, "due": due})
    return [Held(row.id, row.item_id, row.story_id, row.held_until) for row in rows]


async def hold_back(connection: AsyncConnection, until: Mapping[int, datetime]) -> None:
    """Let what was queued wait for its moment: alerts, which a briefing tells then, and briefings."""
    rows = [{"alert_id": one, "until": until[one]} for one in sorted(until)]
    if rows:
        await connection.execute(HOLD_CHATS_OF, {"ids": sorted(until)})
        await connection.execute(HOLD, rows)


async def hold_everything(connection: AsyncConnection, chat_id: int, *, until: datetime) -> None:
    """Let all that is queued for a chat wait."""
    await connection.execute(HOLD_ALL_IN_CHAT, {"in_chat": chat_id, "until": until})


async def requeue(connection: AsyncConnection, ids: Sequence[int]) -> None:
    """Let what waited go as it is."""
    await connection.execute(REQUEUE, [{"alert_id": one} for one in ids])


async def settle_held(
    connection: AsyncConnection,
    later: Mapping[int, datetime],
    dropped: Sequence[int],
    *,
    now: datetime,
) -> None:
    """Let some wait until another moment, and some no more."""
    if later:
        rows = [{"alert_id": one, "until": until} for one, until in later.items()]
        await connection.execute(POSTPONE, rows)
    if dropped:
        await connection.execute(DROP, [{"alert_id": one, "at": now} for one in dropped])


async def retime(connection: AsyncConnection, chat_id: int, *, now: datetime) -> None:
    """Settings have changed: see anew when what waits for this chat is told.

    What goes at once from now on comes in one briefing, at once.
    """
    timings = await chat_timings(connection, [chat_id])
    held = await held_in_chat(connection, chat_id)
    items = {one.item_id for one in held if one.item_id is not None}
    known = await causes(connection, timings, items, now=now)
    stories = {one.story_id for one in held if one.story_id is not None}
    sizes = await facts(connection, stories, now=now)
    moved: dict[int, datetime] = {}
    dropped: list[int] = []
    for one in held:
        if one.item_id is None or one.story_id is None:
            moved[one.id] = now
            continue
        verdict = combine(
            decide(
                replace(cause.rules, at_least=1, breaking=False),  # it was big enough already
                sizes.get(one.story_id, Facts()),
                now,
                told=cause.told,
            )
            for cause in known.get((chat_id, one.item_id), ())
        )
        match verdict:
            case NotTold():
                dropped.append(one.id)
            case HoldUntil(moment):
                moved[one.id] = one.held_until if one.held_until <= now else moment
            case _:
                moved[one.id] = now
    await settle_held(connection, moved, dropped, now=now)
