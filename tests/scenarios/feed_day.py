"""Simulate a day of many feeds with a simulated clock and a simulated web, and check the result.

    web: feeds publish, edit, reorder, drop and restore entries, move, send wrong dates, change IDs, fail
      │        ▲
      │        └── each request is checked: was the host or the feed polled too soon?
      ▼
    the real poller, schedule and store (SQLite) ──► items: each entry exactly once

A request takes no simulated time. The spacing of the requests within one poll is tested with the HTTP
client. This simulation checks which feed is polled when.
"""

from __future__ import annotations

import asyncio
import heapq
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from hashlib import sha256
from pathlib import Path
from random import Random
from statistics import mean
from typing import cast

from sqlalchemy import event, func, select
from sqlalchemy.engine import make_url

from bot.ingest.feed_poll import FeedPoll, FeedPollContext
from bot.ingest.feed_poller import FeedPoller
from bot.ingest.pipeline import IngestPipeline, Matcher
from bot.models import ChatRef
from bot.store import Database, migrate
from bot.store.chats.chats import get_or_create_chat
from bot.store.chats.subscriptions import add_subscription
from bot.store.feeds.feeds import NewFeed, add_feed
from bot.store.tables import items, sources
from watchers import TopicIndex, parse_query
from watchers.errors import FetchTimeout, HttpStatusError
from watchers.fetching.addresses import url_host
from watchers.fetching.result import MAX_BODY_BYTES, NO_VALIDATORS, FetchResult, Validators
from watchers.process_pool import SandboxPool
from watchers.sources.schedule import IntervalLimits

START = datetime(2026, 6, 1, tzinfo=UTC)
DAY = timedelta(days=1)
SPACING = timedelta(seconds=1)
LIMITS = IntervalLimits()
# Pairs of a share of the feeds and their entries per day.
RATES = (
    (0.02, 288.0),
    (0.10, 48.0),
    (0.30, 12.0),
    (0.38, 2.0),
    (0.20, 0.2),
)
ENTRIES_PER_FEED = 30
DATES = ("true",) * 6 + ("none", "future", "now", "epoch")
EVENTS = (
    "edit",
    "edit",
    "shuffle",
    "drop",
    "return",
    "ids",
    "links",
    "down",
    "busy",
    "move",
    "lost",
)
_SAME_MOMENT = timedelta(seconds=1)
WORDS = (
    "envoy harbour treaty winter council bridge harvest signal market river border school".split()
)


@dataclass
class Entry:
    number: int
    published: datetime
    words: str
    edits: int = 0


@dataclass
class MadeFeed:
    """One feed of the simulated web.

    Attributes:
        rate: entries per day.
        ids: how often the feed changed all its IDs.
        moved_by: how the feed moved: "move" (with a redirect) or "lost" (without one).
    """

    number: int
    host: str
    rate: float
    dates: str
    shown: list[Entry] = field(default_factory=list)
    dropped: list[Entry] = field(default_factory=list)
    count: int = 0
    ids: int = 0
    links: int = 0
    moves: int = 0
    moved_by: str = ""
    down_until: datetime = START
    busy_until: datetime = START
    gone: bool = False

    @property
    def url(self) -> str:
        return f"https://{self.host}/{self.number}/feed{self.moves or ''}.xml"

    @property
    def site(self) -> str:
        return f"https://site{self.number}.example/"


class Web:
    """All feeds, and the requests to them."""

    def __init__(self, feed_count: int, chance: Random) -> None:
        self.now = START
        self.chance = chance
        self.feeds = [self._make_feed(number, feed_count) for number in range(feed_count)]
        self.feed_by_url = {feed.url: feed for feed in self.feeds}
        self.sites = {feed.site: feed for feed in self.feeds}
        # Publication times by feed and entry.
        self.published: dict[tuple[int, int], datetime] = {}
        self.served: set[tuple[int, int]] = set()
        self.requests: Counter[str] = Counter()
        self.faults: list[str] = []
        self.rediscovered: set[str] = set()
        self._busy: set[str] = set()
        self._last_of_host: dict[str, datetime] = {}
        self._last_of_feed: dict[str, datetime] = {}
        self._not_before: dict[str, datetime] = {}
        self._agenda: list[tuple[datetime, int, MadeFeed, str]] = []
        for feed in self.feeds:
            for _ in range(ENTRIES_PER_FEED):
                self._publish(
                    feed, START - DAY * chance.random() * min(30.0, ENTRIES_PER_FEED / feed.rate)
                )
            feed.shown.sort(key=lambda entry: entry.published, reverse=True)
            self._plan(feed, "publish", chance.expovariate(feed.rate))
            self._plan(feed, "event", chance.random() * 0.5)
            if chance.random() < 0.01:
                self._plan(feed, "gone", chance.random())

    def _make_feed(self, number: int, feed_count: int) -> MadeFeed:
        shares, rates = zip(*RATES, strict=True)
        (rate,) = self.chance.choices(rates, shares)
        host = self.chance.randrange(max(1, feed_count // 3))
        # One feed in ten is on a host with many feeds.
        name = "busy.example" if number % 10 == 0 else f"h{host}.example"
        return MadeFeed(number, name, rate, self.chance.choice(DATES))

    # ── changes of feeds ─────────────────────────────────────────────────────────────────────────────

    def advance(self, to: datetime) -> None:
        """Advance the clock and apply the changes that are planned until then."""
        while self._agenda and self._agenda[0][0] <= to:
            self.now, _, feed, action = heapq.heappop(self._agenda)
            if action == "publish":
                self._publish(feed, self.now)
                self._plan(feed, "publish", self.chance.expovariate(feed.rate))
            elif action == "gone":
                feed.gone = True
            else:
                self._change(feed, self.chance.choice(EVENTS))
                self._plan(feed, "event", 0.1 + self.chance.random())
        self.now = to

    def _plan(self, feed: MadeFeed, action: str, days: float) -> None:
        heapq.heappush(self._agenda, (self.now + days * DAY, id(feed), feed, action))

    def _publish(self, feed: MadeFeed, when: datetime) -> None:
        is_single = when < START or self.chance.random() < 0.98
        count = 1 if is_single else self.chance.randrange(2, 25)
        for _ in range(count):
            feed.count += 1
            words = " ".join(self.chance.choices(WORDS, k=14))
            feed.shown.insert(0, Entry(feed.count, when, words))
            self.published[feed.number, feed.count] = when
        feed.dropped += feed.shown[ENTRIES_PER_FEED:]
        del feed.shown[ENTRIES_PER_FEED:]

    def _change(self, feed: MadeFeed, action: str) -> None:
        chance, shown = self.chance, feed.shown
        match action:
            case "edit" if shown:
                chance.choice(shown).edits += 1
            case "shuffle":
                chance.shuffle(shown)
            case "drop" if shown:
                feed.dropped.append(shown.pop(chance.randrange(len(shown))))
            case "return" if feed.dropped:
                shown.append(feed.dropped.pop(chance.randrange(len(feed.dropped))))
            case "ids":
                feed.ids += 1
            case "links":
                feed.links += 1
            case "down":
                feed.down_until = self.now + timedelta(hours=4 * chance.random())
            case "busy":
                feed.busy_until = self.now + timedelta(hours=1 * chance.random())
            case "move" | "lost" if not feed.moves:
                feed.moves = 1
                feed.moved_by = action
                feed.host = f"new{feed.number}.example"
                self.feed_by_url[feed.url] = feed
            case _:
                pass

    # ── answers ───────────────────────────────────────────────────────────────────────────

    async def __call__(
        self, url: str, *, validators: Validators = NO_VALIDATORS, max_bytes: int = MAX_BODY_BYTES
    ) -> FetchResult:
        if url in self.sites:
            return self._site_page(self.sites[url])
        feed = self.feed_by_url.get(url)
        if feed is None:
            raise HttpStatusError(404, "404: there is no such page", address=url)
        # The rediscovery of a lost feed requests the feeds that the site names.
        if url in self.rediscovered:
            self.rediscovered.discard(url)
            return self._answer(feed, url, validators)
        host = url_host(url)
        self._check(url, host)
        self._busy.add(host)
        await asyncio.sleep(0)
        self._busy.discard(host)
        return self._answer(feed, url, validators)

    def _check(self, url: str, host: str) -> None:
        self.requests[url] += 1
        for name, last, min_interval in (
            (host, self._last_of_host.get(host), SPACING),
            (url, self._last_of_feed.get(url), LIMITS.floor),
        ):
            if last is not None and self.now - last < min_interval:
                self.faults.append(f"{name} was polled again after {self.now - last}")
        if host in self._busy:
            self.faults.append(f"{host} was polled twice at the same time")
        if self.now < self._not_before.get(url, START):
            self.faults.append(f"{url} was polled before its Retry-After")
        self._last_of_host[host] = self._last_of_feed[url] = self.now

    def _answer(self, feed: MadeFeed, url: str, validators: Validators) -> FetchResult:
        if feed.gone:
            raise HttpStatusError(410, "410: gone for good", address=url)
        if self.now < feed.down_until:
            if feed.number % 2:
                raise HttpStatusError(503, "503: it is overloaded", address=url)
            raise FetchTimeout(20, address=url)
        if self.now < feed.busy_until:
            seconds = (feed.busy_until - self.now).total_seconds()
            self._not_before[url] = feed.busy_until
            raise HttpStatusError(429, "429: too many requests", address=url, retry_after=seconds)
        if url != feed.url and feed.moved_by == "lost":
            raise HttpStatusError(404, "404: there is no such page", address=url)
        body = self._body(feed)
        self.served |= {(feed.number, entry.number) for entry in feed.shown}
        etag = f'"{sha256(body).hexdigest()[:12]}"' if feed.number % 4 else None
        moved = feed.url if url != feed.url else None
        current = Validators(etag=etag)
        if etag is not None and validators == current:
            return FetchResult(url=feed.url, moved_to=moved, not_modified=True, validators=current)
        return FetchResult(
            url=feed.url,
            moved_to=moved,
            body=body,
            content_type="application/rss+xml",
            validators=current,
        )

    def _site_page(self, feed: MadeFeed) -> FetchResult:
        self.rediscovered.add(feed.url)
        attributes = f'type="application/rss+xml" title="Feed {feed.number}" href="{feed.url}"'
        page = f'<link rel="alternate" {attributes}>'
        return FetchResult(url=feed.site, body=page.encode(), content_type="text/html")

    def _body(self, feed: MadeFeed) -> bytes:
        items = "".join(self._entry_xml(feed, entry) for entry in feed.shown)
        head = f"<title>Feed {feed.number}</title><link>{feed.site}</link>"
        return f'<rss version="2.0"><channel>{head}{items}</channel></rss>'.encode()

    def _entry_xml(self, feed: MadeFeed, entry: Entry) -> str:
        date = {
            "true": entry.published,
            "future": entry.published + 400 * DAY,
            "now": self.now,
            "epoch": datetime(1970, 1, 1, tzinfo=UTC),
        }.get(feed.dates)
        link = f"https://h{feed.number}.example/v{feed.links}/{entry.number}"
        pub_date = f"<pubDate>{format_datetime(date)}</pubDate>" if date is not None else ""
        return (
            f"<item><title>Entry {entry.number} of feed {feed.number}</title><link>{link}</link>"
            f"<guid isPermaLink='false'>v{feed.ids}-{entry.number}</guid>{pub_date}"
            f"<description>{entry.words}, edited {entry.edits} times</description></item>"
        )


@dataclass
class Report:
    """The figures of a simulated period.

    Attributes:
        entries: entries that were published in the period.
        missed: entries that left their feeds before a poll could see them.
        asks: requests to feeds.
        told: items that the fan-out would turn into alerts.
        mean_delay: seconds from publication to item.
        delays: the mean delay by the rate of the feed (entries per day).
        hottest: requests to the feed with the most requests.
    """

    feeds: int
    entries: int
    missed: int
    items: int
    requests: int
    announced: int
    moved: int
    mean_delay: float
    delays: dict[float, float]
    max_requests_per_feed: int


class SimulatedClock:
    """The clock of the simulated web."""

    def __init__(self, web: Web) -> None:
        self.web = web

    def __call__(self) -> datetime:
        return self.web.now


async def simulate(
    feed_count: int, folder: Path, *, seed: int = 1, tick: float = 10.0, days: float = 1.0
) -> Report:
    """Simulate the period and check the result.

    Raises:
        AssertionError: an item is missing or stored twice, or a feed was polled too soon.
    """
    chance = Random(seed)
    web = Web(feed_count, chance)
    clock = SimulatedClock(web)
    database = Database(make_url(f"sqlite+aiosqlite:///{folder / 'day.sqlite3'}"))
    # The database is temporary, so no write has to reach the disk.
    event.listen(
        database._engine.sync_engine, "connect", lambda c, _: c.execute("PRAGMA synchronous=OFF")
    )
    try:
        await migrate(database)
        async with SandboxPool() as isolation:
            announced = await _simulate(web, database, clock, isolation, tick=tick, days=days)
        return await _check(web, database, announced)
    finally:
        await database.close()


async def _simulate(web, database, clock, isolation, *, tick: float, days: float) -> int:
    ingest = _CountingPipeline(IngestPipeline(database, Matcher(TopicIndex()), clock))
    context = FeedPollContext(web, isolation, web.chance)
    poller = FeedPoller(
        database,
        FeedPoll(database, cast("IngestPipeline", ingest), context, clock, limits=LIMITS),
        clock,
    )
    async with database.writing() as connection:
        chat = await get_or_create_chat(connection, ChatRef("fake", "bot", "you"), now=clock())
        query = parse_query("entry")
        await add_subscription(connection, chat, query, label="entry", user_id="me", now=clock())
        for feed in web.feeds:
            await add_feed(connection, NewFeed(feed.url, url_host(feed.url)), now=clock())
    end = START + days * DAY
    while web.now < end:
        while await poller.step():
            await poller._polls.wait_idle()
        web.advance(web.now + timedelta(seconds=tick))
    return ingest.announced


class _CountingPipeline:
    """Counts the items that the fan-out would turn into alerts."""

    def __init__(self, ingest: IngestPipeline) -> None:
        self._ingest = ingest
        self.announced = 0

    async def ingest(self, watched, polled, *, is_complete):
        result = await self._ingest.ingest(watched, polled, is_complete=is_complete)
        self.announced += result.announced
        return result


async def _check(web: Web, database: Database, announced: int) -> Report:
    async with database.reading() as connection:
        rows = (
            await connection.execute(select(items.c.title, items.c.found_at, items.c.source_id))
        ).all()
        statement = select(func.count()).where(sources.c.address.like("https://new%"))
        moves = (await connection.execute(statement)).scalar_one()
        baseline_by_source = {
            row.id: row.baseline_at
            for row in await connection.execute(select(sources.c.id, sources.c.baseline_at))
        }
    assert not web.faults, web.faults[:5]
    stored = Counter(_feed_and_entry(row.title) for row in rows)
    duplicates = [key for key, count in stored.items() if count > 1]
    assert not duplicates, f"more than one item: {duplicates[:5]}"
    lost = web.served - set(stored)
    assert not lost, f"no item: {sorted(lost)[:5]}"
    # The items of one moment are stored at slightly different times.
    later = [row for row in rows if row.found_at > baseline_by_source[row.source_id] + _SAME_MOMENT]
    assert announced == len(later), f"{announced} announced of {len(later)} new items"
    rate_by_feed = {feed.number: feed.rate for feed in web.feeds}
    delays: dict[float, list[float]] = defaultdict(list)
    for row in later:
        key = _feed_and_entry(row.title)
        if web.published[key] >= START:
            delays[rate_by_feed[key[0]]].append((row.found_at - web.published[key]).total_seconds())
    all_delays = [delay for of_rate in delays.values() for delay in of_rate]
    published = {key for key, when in web.published.items() if when >= START}
    return Report(
        feeds=len(web.feeds),
        entries=len(published),
        missed=len(
            {
                (feed, entry)
                for feed, entry in published - web.served
                if not _is_shown(web.feeds[feed], entry)
            }
        ),
        items=len(rows),
        requests=web.requests.total(),
        announced=announced,
        moved=moves,
        mean_delay=mean(all_delays),
        delays={rate: mean(values) for rate, values in sorted(delays.items(), reverse=True)},
        max_requests_per_feed=max(web.requests.values()),
    )


def _is_shown(feed: MadeFeed, number: int) -> bool:
    return any(entry.number == number for entry in feed.shown)


def _feed_and_entry(title: str) -> tuple[int, int]:
    """Return the numbers of the feed and the entry in the title of an item."""
    _, number, _, _, feed = title.split()
    return int(feed), int(number)
