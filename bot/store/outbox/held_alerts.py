"""Held alerts: hold, postpone, drop or release them, and re-check quiet hours just before a send."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from sqlalchemy import bindparam, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.scheduling.decision import (
    Decision,
    HoldUntil,
    SendNow,
    Skip,
    StoryFacts,
    apply_quiet_hours,
    combine,
    decide,
    quiet_until,
)
from bot.store.outbox.alert_decisions import (
    TopicMatchFacts,
    chat_timings,
    load_story_facts,
    load_topic_matches,
)
from bot.store.tables import EXPIRED, HELD, IS_HELD, IS_QUEUED, QUEUED, alerts, chats

_MAX_HELD_ALERTS: Final = 5_000
"""Held alerts of one chat that are processed at once."""

_UNSUBSCRIBED: Final = "no topic of the chat matched any more when the briefing was due"

HELD_ALERTS_OF_CHAT = (
    select(alerts.c.id, alerts.c.item_id, alerts.c.story_id, alerts.c.held_until)
    .where(alerts.c.chat_id == bindparam("chat_id"), IS_HELD)
    .order_by(alerts.c.id)
    .limit(_MAX_HELD_ALERTS)
)
DUE_HELD_ALERTS_OF_CHAT = HELD_ALERTS_OF_CHAT.where(alerts.c.held_until <= bindparam("due"))
_IS_HELD_ALERT = (alerts.c.id == bindparam("alert_id")) & IS_HELD
POSTPONE_HELD_ALERT = update(alerts).where(_IS_HELD_ALERT).values(held_until=bindparam("until"))
DROP_HELD_ALERT = (
    update(alerts)
    .where(_IS_HELD_ALERT)
    .values(state=EXPIRED, ended_at=bindparam("now"), reason=_UNSUBSCRIBED)
)
REQUEUE_HELD_ALERT = update(alerts).where(_IS_HELD_ALERT).values(state=QUEUED, held_until=None)
HOLD_ALERT = (
    update(alerts)
    .where(alerts.c.id == bindparam("alert_id"), IS_QUEUED)
    .values(state=HELD, held_until=bindparam("until"))
)
HOLD_ALERTS_OF_CHAT = (
    update(alerts)
    .where(alerts.c.chat_id == bindparam("chat_id_param"), IS_QUEUED)
    .values(state=HELD, held_until=bindparam("until"))
)
# Every transaction locks chats in the order of their IDs, so that no deadlock can occur.
LOCK_CHATS_OF_ALERTS = (
    select(chats.c.id)
    .where(
        chats.c.id.in_(
            select(alerts.c.chat_id).where(alerts.c.id.in_(bindparam("alert_ids", expanding=True)))
        )
    )
    .order_by(chats.c.id)
    .with_for_update(key_share=True)
)
# The given alerts, and the alerts of the given briefings.
ALERTS_TO_RECHECK = select(
    alerts.c.id, alerts.c.briefing_id, alerts.c.chat_id, alerts.c.item_id, alerts.c.story_id
).where(
    or_(
        alerts.c.id.in_(bindparam("alert_ids", expanding=True)),
        alerts.c.briefing_id.in_(bindparam("alert_ids", expanding=True)),
    ),
    alerts.c.item_id.is_not(None),
    alerts.c.ended_at.is_(None),
)


@dataclass(frozen=True, slots=True)
class HeldAlert:
    """An alert that is held; a row without an item is a briefing or announcement held as a whole."""

    id: int
    item_id: int | None
    story_id: int | None
    held_until: datetime

    @property
    def is_spike(self) -> bool:
        """Return True if the alert reports a spike; see `DetectedSpike.story_id`.

        A briefing contains stories, so it cannot contain a spike.
        """
        return self.story_id is not None and self.story_id < 0


@dataclass(frozen=True, slots=True)
class QuietHoursVerdict:
    """The effect of quiet hours on an alert or briefing; valid before ``valid_until``, if that is set."""

    verdict: Decision
    valid_until: datetime | None


async def held_alerts_of_chat(
    connection: AsyncConnection, chat_id: int, *, due: datetime | None = None
) -> list[HeldAlert]:
    """Return the held alerts of a chat; with ``due``, those that are held until that time at most."""
    if due is None:
        rows = await connection.execute(HELD_ALERTS_OF_CHAT, {"chat_id": chat_id})
    else:
        values = {"chat_id": chat_id, "due": due}
        rows = await connection.execute(DUE_HELD_ALERTS_OF_CHAT, values)
    return [HeldAlert(row.id, row.item_id, row.story_id, row.held_until) for row in rows]


async def hold_alerts(connection: AsyncConnection, until: Mapping[int, datetime]) -> None:
    """Hold queued alerts or briefings, each until its own time."""
    rows = [{"alert_id": alert_id, "until": until[alert_id]} for alert_id in sorted(until)]
    if rows:
        await connection.execute(LOCK_CHATS_OF_ALERTS, {"alert_ids": sorted(until)})
        await connection.execute(HOLD_ALERT, rows)


async def hold_all_of_chat(connection: AsyncConnection, chat_id: int, *, until: datetime) -> None:
    """Hold all queued alerts of a chat."""
    await connection.execute(HOLD_ALERTS_OF_CHAT, {"chat_id_param": chat_id, "until": until})


async def requeue_held(connection: AsyncConnection, alert_ids: Sequence[int]) -> None:
    """Queue held alerts as they are."""
    rows = [{"alert_id": alert_id} for alert_id in alert_ids]
    await connection.execute(REQUEUE_HELD_ALERT, rows)


async def postpone_or_drop(
    connection: AsyncConnection,
    postponed: Mapping[int, datetime],
    dropped: Sequence[int],
    *,
    now: datetime,
) -> None:
    """Hold some alerts until another time, and let others expire."""
    if postponed:
        rows = [{"alert_id": alert_id, "until": until} for alert_id, until in postponed.items()]
        await connection.execute(POSTPONE_HELD_ALERT, rows)
    if dropped:
        expired = [{"alert_id": alert_id, "now": now} for alert_id in dropped]
        await connection.execute(DROP_HELD_ALERT, expired)


async def reschedule_held(connection: AsyncConnection, chat_id: int, *, now: datetime) -> None:
    """Reschedule the held alerts of a chat whose settings have changed.

    Alerts that no longer have to wait are sent in one briefing, at once.
    """
    timings = await chat_timings(connection, [chat_id])
    held_alerts = await held_alerts_of_chat(connection, chat_id)
    item_ids = {alert.item_id for alert in held_alerts if alert.item_id is not None}
    topic_matches = await load_topic_matches(connection, timings, item_ids, now=now)
    story_ids = {alert.story_id for alert in held_alerts if alert.story_id is not None}
    story_facts = await load_story_facts(connection, story_ids, now=now)
    new_times: dict[int, datetime] = {}
    dropped: list[int] = []
    for alert in held_alerts:
        if alert.item_id is None or alert.story_id is None:
            new_times[alert.id] = now
            continue
        facts = story_facts.get(alert.story_id, StoryFacts())
        verdict = combine(
            # The story has reached the thresholds already, so they are not applied again.
            decide(
                replace(match.rules, min_sources=1, breaking=False),
                facts,
                now,
                alerts_today=match.alerts_today,
            )
            for match in topic_matches.get((chat_id, alert.item_id), ())
        )
        match verdict:
            case Skip():
                dropped.append(alert.id)
            case HoldUntil(moment):
                is_due = alert.held_until <= now
                new_times[alert.id] = alert.held_until if is_due else moment
            case _:
                new_times[alert.id] = now
    await postpone_or_drop(connection, new_times, dropped, now=now)


async def recheck_quiet_hours(
    connection: AsyncConnection, alert_ids: Sequence[int], *, now: datetime
) -> dict[int, QuietHoursVerdict]:
    """Return the effect of quiet hours on these rows; rows without a matched topic are left out.

    Quiet hours may have begun since an alert was queued.
    """
    rows = (await connection.execute(ALERTS_TO_RECHECK, {"alert_ids": list(alert_ids)})).all()
    timings = await chat_timings(connection, {row.chat_id for row in rows})
    item_ids = {row.item_id for row in rows}
    topic_matches = await load_topic_matches(connection, timings, item_ids, now=now)
    story_facts = await load_story_facts(connection, {row.story_id for row in rows}, now=now)
    verdicts: dict[int, QuietHoursVerdict] = {}
    for row in rows:
        unmuted = [
            match
            for match in topic_matches.get((row.chat_id, row.item_id), ())
            if not match.is_muted(now)
        ]
        if not unmuted:
            continue
        facts = story_facts.get(row.story_id, StoryFacts())
        if row.briefing_id is None:
            verdicts[row.id] = QuietHoursVerdict(
                combine(apply_quiet_hours(match.rules, facts, now) for match in unmuted),
                _next_change(unmuted, now),
            )
        else:
            verdict = _recheck_in_briefing(unmuted, now)
            verdicts[row.briefing_id] = _merge(verdicts.get(row.briefing_id), verdict)
    return verdicts


def _recheck_in_briefing(matches: Sequence[TopicMatchFacts], now: datetime) -> QuietHoursVerdict:
    """Return the effect on an alert of a briefing: it waits only if all of its topics are quiet."""
    ends = [quiet_until(match.rules, now) for match in matches]
    quiet_ends = [end for end in ends if end is not None]
    is_quiet = len(quiet_ends) == len(ends)
    verdict = HoldUntil(min(quiet_ends)) if is_quiet else SendNow()
    return QuietHoursVerdict(verdict, _next_change(matches, now))


def _merge(first: QuietHoursVerdict | None, second: QuietHoursVerdict) -> QuietHoursVerdict:
    """Return the effect on a briefing of two stories: it waits if one of them has to wait."""
    if first is None:
        return second
    held = [each for each in (first, second) if isinstance(each.verdict, HoldUntil)]
    changes = [each.valid_until for each in (first, second) if each.valid_until is not None]
    verdict = held[0].verdict if held else first.verdict
    return QuietHoursVerdict(verdict, min(changes, default=None))


def _next_change(matches: Sequence[TopicMatchFacts], now: datetime) -> datetime | None:
    """Return when quiet hours next begin or end for one of the topics."""
    changes = [match.rules.quiet.next_change(now, match.rules.zone) for match in matches]
    return min((change for change in changes if change is not None), default=None)
