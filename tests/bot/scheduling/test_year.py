"""Simulate chats in twenty time zones: no story is lost or sent twice, and quiet hours hold.

By default, the simulation covers two days with offset changes. `YEAR=1 pytest
tests/bot/scheduling/test_year.py -s` simulates 365 days. Items arrive at any time, the network fails at
times, and the process that makes briefings is sometimes killed before it commits.
"""

from __future__ import annotations

import os
import random
import sys
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from itertools import cycle
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select, text

from bot.conversation.request import IncomingMessage
from bot.errors import TransientDeliveryError
from bot.models import ChatRef
from bot.scheduling.parsing import parse_mode, parse_quiet_hours
from bot.scheduling.wall_clock import QuietMode, from_local, to_local
from bot.store.feeds.sources import get_or_create_source
from bot.store.items.items import save_items
from bot.store.items.matches import queue_fan_out, write_matches
from bot.store.outbox.alert_log import oldest_queued_at
from bot.store.outbox.digests import is_briefing_due, make_briefings
from bot.store.tables import alerts
from tests.bot.conftest import one_story_per_item
from watchers import Item, Source
from watchers.topics.engine.tokenised_item import TokenisedItem

FULL = bool(os.environ.get("YEAR"))
SPANS = [("2026-01-05", 365)] if FULL else [("2026-03-28", 1), ("2026-10-24", 1)]
STEP = timedelta(minutes=30)
# Days without new items at the end, in which all held alerts are sent.
DAYS_AFTER_NEWS = 16
NEWS_PROBABILITY = 0.1 if FULL else 0.3
OUTAGE_PROBABILITY, KILL_PROBABILITY = 0.03, 0.2

ZONES = (
    "Europe/Berlin Europe/Kyiv Europe/London Europe/Dublin Atlantic/Azores America/New_York"
    " America/St_Johns America/Santiago America/Havana America/Nuuk Asia/Jerusalem Asia/Beirut"
    " Asia/Kathmandu Asia/Tokyo Africa/Casablanca Africa/Cairo Australia/Lord_Howe"
    " Australia/Adelaide Pacific/Chatham Pacific/Kiritimati"
).split()
MODES = "instant,hourly,daily 07:30,daily 02:30,weekly Sun 02:30,instant,daily 23:45".split(",")
QUIETS = ("22:00-07:00 hold,off,01:30-03:30 hold,23:30-06:15 silent,22:00-08:00 breaking").split(
    ","
)


class ProcessKilled(Exception):
    """The process is killed at this point."""


class Simulation:
    """Chats with different zones, modes and quiet hours, and the alerts that each of them got."""

    def __init__(self, world, seed: int) -> None:
        self.world = world
        self.random = random.Random(seed)
        self.chats = {
            ChatRef("fake", "bot", zone): (
                ZoneInfo(zone),
                parse_mode(mode),
                parse_quiet_hours(quiet),
            )
            for zone, mode, quiet in zip(ZONES, cycle(MODES), cycle(QUIETS), strict=False)
        }
        self.published: dict[str, datetime] = {}
        self.alerted: dict[ChatRef, Counter[str]] = defaultdict(Counter)
        self.digests: dict[ChatRef, list[datetime]] = defaultdict(list)
        self.kills = 0
        self.has_queued_alerts = False
        self.checked_count = 0

    async def set_up_chats(self) -> None:
        for ref, (zone, mode, quiet) in self.chats.items():
            for command in (
                f"/timezone {zone.key}",
                f"/digest {mode}",
                f"/quiet {quiet}",
                "/subscribe sanctions",
            ):
                message = IncomingMessage(ref, command, "me")
                (card,) = await self.world.conversation.handle_message(message)
                # Errors are private cards.
                assert not card.private, (command, card)

    async def step(self, length: timedelta = STEP, *, news: bool) -> None:
        self.world.clock.now += length
        if news and self.random.random() < NEWS_PROBABILITY:
            await self.publish(self.random.randrange(1, 4))
            await self.world.fan_out()
            self.has_queued_alerts = True
        is_out = self.random.random() < OUTAGE_PROBABILITY
        self.world.chat.fail = lambda ref, card: (
            TransientDeliveryError("no network") if is_out else None
        )
        await self.make_briefings()
        if self.has_queued_alerts:
            await self.world.deliver()
            async with self.world.database.reading() as connection:
                self.has_queued_alerts = await oldest_queued_at(connection) is not None
        self.check_new_messages()

    async def publish(self, count: int) -> None:
        world, now = self.world, self.world.clock()
        first = len(self.published)
        items = [
            Item(key=f"k{n}", title=f"Sanctions [{n}]", source="radio")
            for n in range(first, first + count)
        ]
        self.published.update((item.title, now) for item in items)
        async with world.database.writing() as connection:
            await world.matcher.sync(connection)
            _, matches = await world.matcher.match([TokenisedItem(item) for item in items])
            watched = await get_or_create_source(connection, Source("folder", "/seeds"), now=now)
            saved = await save_items(
                connection, watched.id, items, one_story_per_item(connection, world.clock), now=now
            )
            by_key = dict(zip((item.key for item in items), matches, strict=True))
            await write_matches(connection, {row.id: by_key[row.item.key] for row in saved})
            await queue_fan_out(connection, [row.id for row in saved])

    async def make_briefings(self) -> None:
        now = self.world.clock()
        async with self.world.database.reading() as connection:
            if not await is_briefing_due(connection, now=now):
                return
        if self.random.random() < KILL_PROBABILITY:
            with pytest.raises(ProcessKilled):
                async with self.world.database.writing() as connection:
                    await make_briefings(connection, now=now)
                    raise ProcessKilled
            self.kills += 1
        await self.world.make_briefings()
        self.has_queued_alerts = True

    def check_new_messages(self) -> None:
        now = self.world.clock()
        sent, options_of = self.world.chat.sent, self.world.chat.options
        new = list(zip(sent[self.checked_count :], options_of[self.checked_count :], strict=True))
        self.checked_count += len(new)
        for (ref, card), options in new:
            zone, _, quiet = self.chats[ref]
            is_quiet = quiet.contains(now, zone)
            assert not is_quiet or quiet.mode is QuietMode.SILENT, (ref, now, card.lines[0])
            assert options.silent or not is_quiet
            lines = ["".join(span.text for span in line) for line in card.lines]
            is_briefing = lines[0].startswith("Briefing")
            if is_briefing:
                self.digests[ref].append(now)
            titles = [line for line in lines if "Sanctions [" in line]
            assert is_briefing or len(titles) == 1
            for line in titles:
                title = line[line.index("Sanctions [") : line.index("]") + 1]
                self.alerted[ref][title] += 1

    def check(self) -> None:
        for ref, (zone, mode, _) in self.chats.items():
            counts = self.alerted[ref]
            assert set(counts) == set(self.published), (ref, set(self.published) - set(counts))
            duplicates = [title for title, count in counts.items() if count > 1]
            assert not duplicates, (ref, duplicates)
            if str(mode).startswith("daily"):
                days = [to_local(moment, zone).date() for moment in self.digests[ref]]
                assert len(self.digests[ref]) <= len(set(days)) * 5
                self.check_punctual(ref)

    def check_punctual(self, ref: ChatRef) -> None:
        """Check that a daily digest is sent at its local time, or at the end of quiet hours."""
        zone, mode, quiet = self.chats[ref]
        for moment in self.digests[ref]:
            due = from_local(to_local(moment, zone).date(), mode.time_of_day, zone)
            before = from_local(
                to_local(moment, zone).date() - timedelta(days=1), mode.time_of_day, zone
            )
            due_times = [time for time in (due, before) if time is not None]
            if quiet.mode is not QuietMode.SILENT:
                due_times = [quiet.end_after(time, zone) for time in due_times]
            lateness = min(moment - time for time in due_times if time <= moment)
            # Outages delay a digest.
            assert lateness <= timedelta(hours=2), (ref, moment, due_times)


@pytest.mark.slow
@pytest.mark.timeout(7_200 if FULL else 120)
@pytest.mark.parametrize(("start", "days"), SPANS)
async def test_every_story_is_sent_once_in_every_zone_and_never_in_quiet_hours(world, start, days):
    world.clock.now = datetime.fromisoformat(start).replace(tzinfo=UTC)
    simulation = Simulation(world, seed=days)
    await simulation.set_up_chats()
    for _ in range(timedelta(days=days) // STEP):
        await simulation.step(news=True)
    ends = world.clock.now + timedelta(days=DAYS_AFTER_NEWS)
    while world.clock.now < ends and (until := await _next_due(world)) is not None:
        await simulation.step(max(STEP, until - world.clock.now), news=False)
    simulation.check()
    total = sum(sum(counts.values()) for counts in simulation.alerted.values())
    briefings = sum(len(moments) for moments in simulation.digests.values())
    sys.stdout.write(
        f"\n{days} days, {len(ZONES)} zones: {len(simulation.published):,} stories sent {total:,}"
        f" times, in {briefings:,} briefings and {len(world.chat.sent) - briefings:,} alerts;"
        f" killed {simulation.kills:,} times\n"
    )
    assert simulation.kills > 0
    async with world.database.reading() as connection:
        unsent = "SELECT count(*) FROM alerts WHERE state <> 'sent' OR ended_at IS NULL"
        assert (await connection.execute(text(unsent))).scalar_one() == 0
        lost = (
            "SELECT count(*) FROM alerts WHERE held_until IS NOT NULL AND briefing_id IS NULL"
            " AND item_id IS NOT NULL"
        )
        assert (await connection.execute(text(lost))).scalar_one() == 0


async def _next_due(world) -> datetime | None:
    """Return when the next pending alert is due; ``None`` if there is none."""
    waiting = select(func.count(), func.min(alerts.c.held_until)).where(alerts.c.ended_at.is_(None))
    async with world.database.reading() as connection:
        count, until = (await connection.execute(waiting)).one()
    return (until or world.clock()) if count else None
