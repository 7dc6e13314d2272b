"""Fan-out: from an item that matched to one alert for each chat, in pages.

    fanouts (item, last chat done) ──► the next chats that follow a topic of it ──► verdict ──► alerts

A page is one transaction, and the row remembers how far it came: a topic with 100,000 followers never
makes a transaction of 100,000 rows, and a crash repeats nothing. A chat is alerted once a story,
whichever of its topics matched; all of them are named. When it is told is decided in the same
transaction: an alert is queued, or held for a briefing, or not made as long as the story is too small.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import (
    Boolean,
    and_,
    bindparam,
    case,
    delete,
    func,
    or_,
    select,
    union_all,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.deciding import Told, count_made, joined, verdicts_of
from bot.store.follow_ups import follow_up
from bot.store.judging import causes, facts, needs_facts
from bot.store.retellings import retell_page
from bot.store.sql import insert
from bot.store.tables import (
    HELD,
    IS_CHOOSY,
    IS_HELD,
    QUEUED,
    alert_topics,
    alerts,
    chats,
    fanouts,
    items,
    matches,
    shown,
    subscriptions,
)
from bot.store.timing import CHAT_TIMING, chat_timing
from bot.timing.verdict import HoldUntil, SendSilently, Verdict

PAGE: Final = 500
"""Chats alerted in one transaction."""

_SOONER: Final = (
    "item_id",
    "state",
    "held_until",
    "priority",
    "created_at",
)  # of what waits no more

_OF_STORY = items.alias("of_story")
NEXT_FANOUTS = (
    select(
        fanouts.c.id,
        fanouts.c.item_id,
        fanouts.c.chat_id,
        items.c.story_id,
        select(_OF_STORY.c.id)
        .where(_OF_STORY.c.story_id == items.c.story_id, _OF_STORY.c.id != items.c.id)
        .exists()
        .label("has_more"),
    )
    .join(items, items.c.id == fanouts.c.item_id)
    .order_by(fanouts.c.id)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True, of=fanouts)
)
_HEARS = and_(
    or_(subscriptions.c.muted_until.is_(None), subscriptions.c.muted_until <= bindparam("now")),
    chats.c.suspended_at.is_(None),
    or_(chats.c.paused_until.is_(None), chats.c.paused_until <= bindparam("now")),
    subscriptions.c.chat_id > bindparam("after"),
)
_FOLLOWERS = (
    select(subscriptions.c.chat_id, matches.c.item_id)
    .join(matches, matches.c.topic_id == subscriptions.c.topic_id)
    .join(chats, chats.c.id == subscriptions.c.chat_id)
    .where(matches.c.item_id == bindparam("item_id"), _HEARS)
    .distinct()
    .order_by(subscriptions.c.chat_id)
    .limit(bindparam("most"))
)
# A story may be big enough only now for those whom an earlier item of it concerns: they are told that.
_WAITING_FOR_MORE = (
    select(subscriptions.c.chat_id, func.max(matches.c.item_id).label("item_id"))
    .join(matches, matches.c.topic_id == subscriptions.c.topic_id)
    .join(chats, chats.c.id == subscriptions.c.chat_id)
    .join(items, items.c.id == matches.c.item_id)
    .where(
        items.c.story_id == bindparam("story_id"),
        items.c.id != bindparam("item_id"),
        IS_CHOOSY,
        _HEARS,
    )
    .group_by(subscriptions.c.chat_id)
    .order_by(subscriptions.c.chat_id)
    .limit(bindparam("most"))
)
NEXT_CHATS = _FOLLOWERS
_EITHER = union_all(
    select(_FOLLOWERS.subquery("followers")), select(_WAITING_FOR_MORE.subquery("waiting"))
).subquery("either")
NEXT_CHATS_OF_GROWN = (
    select(
        _EITHER.c.chat_id,
        func.coalesce(
            func.max(case((_EITHER.c.item_id == bindparam("item_id"), _EITHER.c.item_id))),
            func.max(_EITHER.c.item_id),
        ).label("item_id"),
    )
    .group_by(_EITHER.c.chat_id)
    .order_by(_EITHER.c.chat_id)
    .limit(bindparam("most"))
)
# Which of a chat's topics an alert names: those that matched, muted or not.
TOPICS_OF_ALERTS = (
    select(alerts.c.id, subscriptions.c.topic_id)
    .join(subscriptions, subscriptions.c.chat_id == alerts.c.chat_id)
    .join(
        matches,
        (matches.c.topic_id == subscriptions.c.topic_id) & (matches.c.item_id == alerts.c.item_id),
    )
)
SHOWN_ALREADY = select(shown.c.chat_id, shown.c.item_id)
# In the order of their ids, as everybody who locks several chats: two at once cannot lock each other out.
HOLD_CHATS = (
    select(chats.c.id, chats.c.last_number, *CHAT_TIMING)
    .where(chats.c.id.in_(bindparam("ids", expanding=True)))
    .order_by(chats.c.id)
    .with_for_update(key_share=True)
)
QUEUE_FOR_CHAT = (
    update(chats)
    .where(chats.c.id == bindparam("chat_id"))
    .values(
        last_number=bindparam("last"),
        due_at=case(
            (chats.c.suspended_at.is_not(None), None),
            (
                bindparam("is_queued", type_=Boolean()),
                func.coalesce(chats.c.due_at, bindparam("now")),
            ),
            else_=chats.c.due_at,
        ),
    )
)
END_FANOUTS = delete(fanouts).where(fanouts.c.id.in_(bindparam("ids", expanding=True)))
ADVANCE_FANOUT = (
    update(fanouts)
    .where(fanouts.c.id == bindparam("fanout_id"))
    .values(chat_id=bindparam("last_chat"))
)


async def fan_out_page(connection: AsyncConnection, *, now: datetime, most: int = PAGE) -> int:
    """Make alerts for up to ``most`` chats; how many rows of work were looked at (0: none is left)."""
    waiting = (await connection.execute(NEXT_FANOUTS, {"most": most})).all()
    left, ended, page = most, list[int](), list[Told]()
    for fanout in waiting:
        values = {"item_id": fanout.item_id, "after": fanout.chat_id, "now": now, "most": left}
        if fanout.has_more:
            values["story_id"] = fanout.story_id
        found = await connection.execute(
            NEXT_CHATS_OF_GROWN if fanout.has_more else NEXT_CHATS, values
        )
        told = [Told(row.chat_id, row.item_id, fanout.story_id) for row in found]
        page += told
        if len(told) == left:
            where = {"fanout_id": fanout.id, "last_chat": told[-1].chat_id}
            await connection.execute(ADVANCE_FANOUT, where)
            break
        ended.append(fanout.id)
        left -= len(told)
    await _alert(connection, page, now=now)
    if ended:
        await connection.execute(END_FANOUTS, {"ids": ended})
    return len(waiting) or await retell_page(connection, now=now, most=most)


async def _alert(connection: AsyncConnection, page: Sequence[Told], *, now: datetime) -> None:
    """Make the alerts of a page: the same few statements, however many items it is about."""
    if not page:
        return
    ids = sorted({one.chat_id for one in page})
    held = (await connection.execute(HOLD_CHATS, {"ids": ids})).all()
    last = {row.id: row.last_number for row in held}
    page = [one for one in page if one.chat_id in last]  # the others were erased meanwhile
    timings = {row.id: chat_timing(row.mode, row.quiet, row.zone) for row in held}
    known = await causes(connection, timings, {one.item_id for one in page}, now=now)
    stories = {one.story_id for one in page}
    grown = await facts(connection, stories, now=now) if needs_facts(known) else {}
    verdicts = await verdicts_of(connection, page, known, grown, now=now)
    made = await _write(connection, verdicts, now=now)
    if made:
        naming = TOPICS_OF_ALERTS.where(alerts.c.id.in_([alert_id for alert_id, *_ in made]))
        pairs = insert(connection, alert_topics).from_select(["alert_id", "topic_id"], naming)
        await connection.execute(pairs.on_conflict_do_nothing())
    later = await follow_up(connection, joined(page, known, grown, now), now=now)
    told = [(chat, item) for _, chat, item, _ in made] + later
    if told:
        await _number(connection, told, last, {chat for _, chat, _, now_ in made if now_}, now=now)
    await count_made(connection, made, known, now=now)


async def _write(
    connection: AsyncConnection,
    verdicts: Mapping[tuple[int, int], tuple[Told, Verdict]],
    *,
    now: datetime,
) -> list[tuple[int, int, int, bool]]:
    """The alerts that are new, or come sooner: row, chat, item, and whether it goes now."""
    made: list[tuple[int, int, int, bool]] = []
    for goes_now in (True, False):
        rows = [
            _row(one, verdict, now)
            for one, verdict in verdicts.values()
            if isinstance(verdict, HoldUntil) is not goes_now
        ]
        if not rows:
            continue
        new = insert(connection, alerts)
        key = ["chat_id", "story_id"]
        if goes_now:  # what was held for a briefing comes at once, if something makes it
            sooner = {name: new.excluded[name] for name in _SOONER}
            writing = new.on_conflict_do_update(
                index_elements=key, set_=sooner, where=and_(IS_HELD, ~alerts.c.muted)
            )
        else:
            writing = new.on_conflict_do_nothing(index_elements=key)
        written = await connection.execute(
            writing.returning(alerts.c.id, alerts.c.chat_id, alerts.c.item_id), rows
        )
        made += [(row.id, row.chat_id, row.item_id, goes_now) for row in written]
    return sorted(made)


def _row(one: Told, verdict: Verdict, now: datetime) -> dict[str, object]:
    until = verdict.moment if isinstance(verdict, HoldUntil) else None
    return {
        "chat_id": one.chat_id,
        "story_id": one.story_id,
        "item_id": one.item_id,
        "created_at": now,
        "state": QUEUED if until is None else HELD,
        "held_until": until,
        "priority": 2 if isinstance(verdict, SendSilently) else 1,
    }


async def _number(
    connection: AsyncConnection,
    told: Sequence[tuple[int, int]],
    last: dict[int, int],
    queued: set[int],
    *,
    now: datetime,
) -> None:
    """Make the chats that are ``queued`` due, and number the items where a list has not done so."""
    chat_ids = sorted({chat_id for chat_id, _ in told})
    items_told = sorted({item_id for _, item_id in told})
    known = SHOWN_ALREADY.where(shown.c.item_id.in_(items_told), shown.c.chat_id.in_(chat_ids))
    already = {(row.chat_id, row.item_id) for row in await connection.execute(known)}
    rows = []
    for chat_id, item_id in told:
        if (chat_id, item_id) not in already:
            last[chat_id] += 1
            rows.append({"chat_id": chat_id, "number": last[chat_id], "item_id": item_id})
    if rows:
        await connection.execute(insert(connection, shown), rows)
    queue = [
        {"chat_id": one, "last": last[one], "now": now, "is_queued": one in queued}
        for one in chat_ids
    ]
    await connection.execute(QUEUE_FOR_CHAT, queue)
