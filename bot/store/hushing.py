"""Quiet hours at the door: alerts that were queued before they began, and could not go until now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.judging import Cause, causes, chat_timings, facts
from bot.store.tables import alerts
from bot.timing.verdict import Facts, HoldUntil, SendNow, Verdict, combine, holds_back, hush

TO_BE_SENT = select(
    alerts.c.id, alerts.c.briefing_id, alerts.c.chat_id, alerts.c.item_id, alerts.c.story_id
).where(
    or_(
        alerts.c.id.in_(bindparam("ids", expanding=True)),
        alerts.c.briefing_id.in_(bindparam("ids", expanding=True)),
    ),
    alerts.c.item_id.is_not(None),
    alerts.c.ended_at.is_(None),
)


@dataclass(frozen=True, slots=True)
class Hush:
    """What quiet hours say of an alert or a briefing now, and when that has to be asked again."""

    verdict: Verdict
    until: datetime | None


async def hushed(
    connection: AsyncConnection, alert_ids: Sequence[int], *, now: datetime
) -> dict[int, Hush]:
    """What quiet hours say of these rows; those that they do not concern are left out."""
    rows = (await connection.execute(TO_BE_SENT, {"ids": list(alert_ids)})).all()
    timings = await chat_timings(connection, {row.chat_id for row in rows})
    known = await causes(connection, timings, {row.item_id for row in rows}, now=now)
    sizes = await facts(connection, {row.story_id for row in rows}, now=now)
    found: dict[int, Hush] = {}
    for row in rows:
        several = [
            cause for cause in known.get((row.chat_id, row.item_id), ()) if not cause.is_muted(now)
        ]
        if not several:
            continue
        size = sizes.get(row.story_id, Facts())
        if row.briefing_id is None:
            found[row.id] = Hush(
                combine(hush(cause.rules, size, now) for cause in several), _change(several, now)
            )
        else:
            found[row.briefing_id] = _later(found.get(row.briefing_id), _of_briefed(several, now))
    return found


def _of_briefed(several: Sequence[Cause], now: datetime) -> Hush:
    until = [holds_back(cause.rules, now) for cause in several]
    quiet = [moment for moment in until if moment is not None]
    verdict = HoldUntil(min(quiet)) if len(quiet) == len(until) else SendNow()
    return Hush(verdict, _change(several, now))


def _later(one: Hush | None, other: Hush) -> Hush:
    """A briefing waits for the story in it that has to wait longest."""
    if one is None:
        return other
    held = [each for each in (one, other) if isinstance(each.verdict, HoldUntil)]
    changes = [each.until for each in (one, other) if each.until is not None]
    return Hush(held[0].verdict if held else one.verdict, min(changes, default=None))


def _change(several: Sequence[Cause], now: datetime) -> datetime | None:
    """When quiet hours begin or end for one of the topics."""
    found = [cause.rules.quiet.next_change(now, cause.rules.zone) for cause in several]
    return min((moment for moment in found if moment is not None), default=None)
