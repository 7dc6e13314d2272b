"""Twenty time zones through the changes of their clocks: nothing lost, nothing twice, quiet is quiet.

A few days around a change in the everyday tests; `YEAR=1 pytest tests/bot/timing/test_year.py -s` for
365 days. News comes at any time, the network fails now and then, and a process that makes briefings is
killed before it commits.
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

from bot.errors import Transient
from bot.model import Ref
from bot.store.digests import brief_page, is_brief_due
from bot.store.items import save_items
from bot.store.matches import announce, write_matches
from bot.store.sources import ensure_source
from bot.store.tables import alerts
from bot.store.waiting import oldest_waiting
from bot.timing.moments import at, wall
from bot.timing.quiet import Way
from bot.timing.spoken import read_mode, read_quiet
from tests.bot.conftest import own_stories
from watchers import Item, Source

FULL = bool(os.environ.get("YEAR"))
SPANS = [("2026-01-05", 365)] if FULL else [("2026-03-28", 1), ("2026-10-24", 1)]
STEP = timedelta(minutes=30)
AFTER = 16  # days in which nothing comes any more, and all that is held is told
NEWS_A_STEP = 0.1 if FULL else 0.3
OUTAGE, KILLED = 0.03, 0.2

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


class Killed(Exception):
    """The process ends here."""


class Year:
    """One simulation: chats that differ in zone, mode and quiet hours, and what each was told."""

    def __init__(self, world, seed: int) -> None:
        self.world = world
        self.chance = random.Random(seed)
        self.chats = {
            Ref("fake", "bot", zone): (ZoneInfo(zone), read_mode(mode), read_quiet(quiet))
            for zone, mode, quiet in zip(ZONES, cycle(MODES), cycle(QUIETS), strict=False)
        }
        self.found: dict[str, datetime] = {}
        self.told: dict[Ref, Counter[str]] = defaultdict(Counter)
        self.digests: dict[Ref, list[datetime]] = defaultdict(list)
        self.kills = 0
        self.waits = False  # something is queued
        self.seen = 0

    async def settle(self) -> None:
        for ref, (zone, mode, quiet) in self.chats.items():
            for command in (
                f"/timezone {zone.key}",
                f"/digest {mode}",
                f"/quiet {quiet}",
                "/subscribe sanctions",
            ):
                answer = await self.world.say(command, ref)
                assert "is no" not in answer, answer

    async def step(self, length: timedelta = STEP, *, news: bool) -> None:
        self.world.clock.now += length
        if news and self.chance.random() < NEWS_A_STEP:
            await self.bring(self.chance.randrange(1, 4))
            await self.world.fan_out()
            self.waits = True
        is_out = self.chance.random() < OUTAGE
        self.world.chat.fail = lambda ref, card: Transient("no network") if is_out else None
        await self.brief()
        if self.waits:  # as a woken sender, and one whose pause after an outage is over
            await self.world.deliver()
            async with self.world.database.reading() as connection:
                self.waits = await oldest_waiting(connection) is not None
        self.look()

    async def bring(self, many: int) -> None:
        world, now = self.world, self.world.clock()
        first = len(self.found)
        items = [
            Item(key=f"k{n}", title=f"Sanctions [{n}]", source="radio")
            for n in range(first, first + many)
        ]
        self.found.update((item.title, now) for item in items)
        async with world.database.writing() as connection:
            await world.matcher.follow(connection)
            _, found = await world.matcher.match(items)
            watched = await ensure_source(connection, Source("folder", "/seeds"), now=now)
            saved = await save_items(
                connection, watched.id, items, own_stories(connection, world.clock), now=now
            )
            by_key = dict(zip((item.key for item in items), found, strict=True))
            await write_matches(connection, {one.id: by_key[one.item.key] for one in saved})
            await announce(connection, [one.id for one in saved])

    async def brief(self) -> None:
        now = self.world.clock()
        async with self.world.database.reading() as connection:
            if not await is_brief_due(connection, now=now):
                return
        if self.chance.random() < KILLED:
            with pytest.raises(Killed):
                async with self.world.database.writing() as connection:
                    await brief_page(connection, now=now)
                    raise Killed
            self.kills += 1
        await self.world.brief()
        self.waits = True

    def look(self) -> None:
        now = self.world.clock()
        sent, options_of = self.world.chat.sent, self.world.chat.options
        new = list(zip(sent[self.seen :], options_of[self.seen :], strict=True))
        self.seen += len(new)
        for (ref, card), options in new:
            zone, _, quiet = self.chats[ref]
            is_quiet = quiet.covers(now, zone)
            assert not is_quiet or quiet.way is Way.SILENT, (ref, now, card.lines[0])
            assert options.silent or not is_quiet
            said = ["".join(piece.text for piece in one) for one in card.lines]
            is_briefing = said[0].startswith("Briefing")
            if is_briefing:
                self.digests[ref].append(now)
            told = [one for one in said if "Sanctions [" in one]
            assert is_briefing or len(told) == 1
            for one in told:
                self.told[ref][one[one.index("Sanctions [") : one.index("]") + 1]] += 1

    def check(self) -> None:
        for ref, (zone, mode, _) in self.chats.items():
            told = self.told[ref]
            assert set(told) == set(self.found), (ref, set(self.found) - set(told))
            assert set(told.values()) <= {1}, (ref, [t for t, many in told.items() if many > 1])
            if str(mode).startswith("daily"):
                days = [wall(moment, zone).date() for moment in self.digests[ref]]
                assert len(self.digests[ref]) <= len(set(days)) * 5
                self.check_punctual(ref)

    def check_punctual(self, ref: Ref) -> None:
        """Whatever the clocks do, a daily digest comes at its time, or when quiet hours are over."""
        zone, mode, quiet = self.chats[ref]
        for moment in self.digests[ref]:
            due = at(wall(moment, zone).date(), mode.clock, zone)
            before = at(wall(moment, zone).date() - timedelta(days=1), mode.clock, zone)
            awake = [one for one in (due, before) if one is not None]
            if quiet.way is not Way.SILENT:
                awake = [quiet.over(one, zone) for one in awake]
            lateness = min(moment - one for one in awake if one <= moment)
            assert lateness <= timedelta(hours=2), (ref, moment, awake)  # outages


@pytest.mark.timeout(7_200 if FULL else 120)
@pytest.mark.parametrize(("start", "days"), SPANS)
async def test_every_story_is_told_once_in_every_zone_and_never_in_quiet_hours(world, start, days):
    world.clock.now = datetime.fromisoformat(start).replace(tzinfo=UTC)
    year = Year(world, seed=days)
    await year.settle()
    for _ in range(timedelta(days=days) // STEP):
        await year.step(news=True)
    ends = world.clock.now + timedelta(days=AFTER)
    while world.clock.now < ends and (until := await _next(world)) is not None:
        await year.step(max(STEP, until - world.clock.now), news=False)
    year.check()
    many = sum(sum(told.values()) for told in year.told.values())
    briefed = sum(len(found) for found in year.digests.values())
    sys.stdout.write(
        f"\n{days} days, {len(ZONES)} zones: {len(year.found):,} stories told {many:,} times, in"
        f" {briefed:,} briefings and {len(world.chat.sent) - briefed:,} alerts;"
        f" killed {year.kills:,} times\n"
    )
    assert year.kills > 0
    async with world.database.reading() as connection:
        left = "SELECT count(*) FROM alerts WHERE state <> 'sent' OR ended_at IS NULL"
        assert (await connection.execute(text(left))).scalar_one() == 0
        lost = (
            "SELECT count(*) FROM alerts WHERE held_until IS NOT NULL AND briefing_id IS NULL"
            " AND item_id IS NOT NULL"
        )
        assert (await connection.execute(text(lost))).scalar_one() == 0


async def _next(world) -> datetime | None:
    """When something that waits is to be told; ``None`` if nothing waits."""
    waiting = select(func.count(), func.min(alerts.c.held_until)).where(alerts.c.ended_at.is_(None))
    async with world.database.reading() as connection:
        many, until = (await connection.execute(waiting)).one()
    return (until or world.clock()) if many else None
