"""A day in the life of many feeds, with a turned clock: the made-up web, and what must hold of it.

    web: feeds publish, edit, shuffle, drop, bring back, move, lie about dates, change all their ids, fail
      │        ▲
      │        └── each answer is checked: was its host, and was this feed, asked too soon?
      ▼
    the real watch, schedule and store (SQLite) ──► items: each entry once

One ask takes no time here; how requests to one host are spaced within one is the HTTP client's affair,
and tested there. What is checked here is who is asked when.
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

from sqlalchemy import event, func, select
from sqlalchemy.engine import make_url

from bot.feed_look import FeedWorld
from bot.feed_watch import FeedWatch
from bot.ingest import Ingest
from bot.matcher import Matcher
from bot.model import Ref
from bot.store import Database, migrate
from bot.store.chats import ensure_chat
from bot.store.feeds import NewFeed, add_feed
from bot.store.subscriptions import add_subscription
from bot.store.tables import items, sources
from watchers import TopicIndex, parse_query
from watchers.errors import Refused, TooSlow
from watchers.fetching.addresses import host_of
from watchers.fetching.fetched import MAX_BODY, NO_VALIDATORS, Fetched, Validators
from watchers.isolation import Isolation
from watchers.sources.schedule import Limits

START = datetime(2026, 6, 1, tzinfo=UTC)
DAY = timedelta(days=1)
SPACING = timedelta(seconds=1)
LIMITS = Limits()
RATES = (
    (0.02, 288.0),
    (0.10, 48.0),
    (0.30, 12.0),
    (0.38, 2.0),
    (0.20, 0.2),
)  # share, entries a day
SHOWN = 30  # entries in a feed at one time
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
    """One feed of the made-up web."""

    number: int
    host: str
    rate: float  # entries a day
    dates: str
    shown: list[Entry] = field(default_factory=list)
    dropped: list[Entry] = field(default_factory=list)
    count: int = 0
    ids: int = 0  # how often it changed all its ids
    links: int = 0
    moves: int = 0
    moved_by: str = ""  # how it says that it has gone: a redirect, or nothing at all
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
    """All feeds, and everybody who was asked."""

    def __init__(self, many: int, chance: Random) -> None:
        self.now = START
        self.chance = chance
        self.feeds = [self._made(number, many) for number in range(many)]
        self.at = {feed.url: feed for feed in self.feeds}
        self.sites = {feed.site: feed for feed in self.feeds}
        self.true: dict[tuple[int, int], datetime] = {}  # feed and entry: when it was published
        self.served: set[tuple[int, int]] = set()
        self.asked: Counter[str] = Counter()
        self.faults: list[str] = []
        self.searched: set[str] = set()
        self._busy: set[str] = set()
        self._last_of_host: dict[str, datetime] = {}
        self._last_of_feed: dict[str, datetime] = {}
        self._not_before: dict[str, datetime] = {}
        self._agenda: list[tuple[datetime, int, MadeFeed, str]] = []
        for feed in self.feeds:
            for _ in range(SHOWN):
                self._publish(feed, START - DAY * chance.random() * min(30.0, SHOWN / feed.rate))
            feed.shown.sort(key=lambda one: one.published, reverse=True)
            self._plan(feed, "publish", chance.expovariate(feed.rate))
            self._plan(feed, "event", chance.random() * 0.5)
            if chance.random() < 0.01:
                self._plan(feed, "gone", chance.random())

    def _made(self, number: int, many: int) -> MadeFeed:
        shares, rates = zip(*RATES, strict=True)
        (rate,) = self.chance.choices(rates, shares)
        host = self.chance.randrange(max(1, many // 3))
        # One feed in ten is of a host that serves many.
        name = "busy.example" if number % 10 == 0 else f"h{host}.example"
        return MadeFeed(number, name, rate, self.chance.choice(DATES))

    # ── what feeds do ─────────────────────────────────────────────────────────────────────────────

    def turn(self, to: datetime) -> None:
        """Let everything happen that happens until then."""
        while self._agenda and self._agenda[0][0] <= to:
            self.now, _, feed, what = heapq.heappop(self._agenda)
            if what == "publish":
                self._publish(feed, self.now)
                self._plan(feed, "publish", self.chance.expovariate(feed.rate))
            elif what == "gone":
                feed.gone = True
            else:
                self._happen(feed, self.chance.choice(EVENTS))
                self._plan(feed, "event", 0.1 + self.chance.random())
        self.now = to

    def _plan(self, feed: MadeFeed, what: str, days: float) -> None:
        heapq.heappush(self._agenda, (self.now + days * DAY, id(feed), feed, what))

    def _publish(self, feed: MadeFeed, when: datetime) -> None:
        many = 1 if when < START or self.chance.random() < 0.98 else self.chance.randrange(2, 25)
        for _ in range(many):
            feed.count += 1
            words = " ".join(self.chance.choices(WORDS, k=14))
            feed.shown.insert(0, Entry(feed.count, when, words))
            self.true[feed.number, feed.count] = when
        feed.dropped += feed.shown[SHOWN:]
        del feed.shown[SHOWN:]

    def _happen(self, feed: MadeFeed, what: str) -> None:
        chance, shown = self.chance, feed.shown
        match what:
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
                feed.moved_by = what
                feed.host = f"new{feed.number}.example"
                self.at[feed.url] = feed
            case _:
                pass

    # ── what it answers ───────────────────────────────────────────────────────────────────────────

    async def __call__(
        self, url: str, *, validators: Validators = NO_VALIDATORS, most: int = MAX_BODY
    ) -> Fetched:
        if url in self.sites:
            return self._site(self.sites[url])
        feed = self.at.get(url)
        if feed is None:
            raise Refused(404, "404: there is no such page", address=url)
        if url in self.searched:  # somebody looks for a lost feed, and asks what was found
            self.searched.discard(url)
            return self._answer(feed, url, validators)
        host = host_of(url)
        self._check(url, host)
        self._busy.add(host)
        await asyncio.sleep(0)
        self._busy.discard(host)
        return self._answer(feed, url, validators)

    def _check(self, url: str, host: str) -> None:
        self.asked[url] += 1
        for name, last, least in (
            (host, self._last_of_host.get(host), SPACING),
            (url, self._last_of_feed.get(url), LIMITS.floor),
        ):
            if last is not None and self.now - last < least:
                self.faults.append(f"{name} was asked again after {self.now - last}")
        if host in self._busy:
            self.faults.append(f"{host} was asked by two at once")
        if self.now < self._not_before.get(url, START):
            self.faults.append(f"{url} was asked before it allowed that")
        self._last_of_host[host] = self._last_of_feed[url] = self.now

    def _answer(self, feed: MadeFeed, url: str, validators: Validators) -> Fetched:
        if feed.gone:
            raise Refused(410, "410: gone for good", address=url)
        if self.now < feed.down_until:
            if feed.number % 2:
                raise Refused(503, "503: it is overloaded", address=url)
            raise TooSlow(20, address=url)
        if self.now < feed.busy_until:
            seconds = (feed.busy_until - self.now).total_seconds()
            self._not_before[url] = feed.busy_until
            raise Refused(429, "429: too many requests", address=url, retry_after=seconds)
        if url != feed.url and feed.moved_by == "lost":
            raise Refused(404, "404: there is no such page", address=url)
        body = self._body(feed)
        self.served |= {(feed.number, one.number) for one in feed.shown}
        etag = f'"{sha256(body).hexdigest()[:12]}"' if feed.number % 4 else None
        moved = feed.url if url != feed.url else None
        known = Validators(etag=etag)
        if etag is not None and validators == known:
            return Fetched(url=feed.url, moved_to=moved, not_modified=True, validators=known)
        return Fetched(
            url=feed.url,
            moved_to=moved,
            body=body,
            content_type="application/rss+xml",
            validators=known,
        )

    def _site(self, feed: MadeFeed) -> Fetched:
        self.searched.add(feed.url)
        about = f'type="application/rss+xml" title="Feed {feed.number}" href="{feed.url}"'
        page = f'<link rel="alternate" {about}>'
        return Fetched(url=feed.site, body=page.encode(), content_type="text/html")

    def _body(self, feed: MadeFeed) -> bytes:
        listed = "".join(self._entry(feed, one) for one in feed.shown)
        head = f"<title>Feed {feed.number}</title><link>{feed.site}</link>"
        return f'<rss version="2.0"><channel>{head}{listed}</channel></rss>'.encode()

    def _entry(self, feed: MadeFeed, one: Entry) -> str:
        date = {
            "true": one.published,
            "future": one.published + 400 * DAY,
            "now": self.now,
            "epoch": datetime(1970, 1, 1, tzinfo=UTC),
        }.get(feed.dates)
        link = f"https://h{feed.number}.example/v{feed.links}/{one.number}"
        dated = f"<pubDate>{format_datetime(date)}</pubDate>" if date is not None else ""
        return (
            f"<item><title>Entry {one.number} of feed {feed.number}</title><link>{link}</link>"
            f"<guid isPermaLink='false'>v{feed.ids}-{one.number}</guid>{dated}"
            f"<description>{one.words}, edited {one.edits} times</description></item>"
        )


@dataclass
class Report:
    """How the day was."""

    feeds: int
    entries: int  # published within the day
    missed: int  # gone from their feeds before anybody could have seen them
    items: int
    asks: int
    told: int  # handed on to be told
    moved: int
    mean_delay: float  # seconds from publication to item
    delays: dict[float, float]  # entries a day: the same, for feeds of that rate
    hottest: int  # asks of the feed that was asked most


class Turned:
    """The clock of the simulation."""

    def __init__(self, web: Web) -> None:
        self.web = web

    def __call__(self) -> datetime:
        return self.web.now


async def live(
    many: int, folder: Path, *, seed: int = 1, tick: float = 10.0, days: float = 1.0
) -> Report:
    """Live through it, and check that all that must hold held.

    Raises:
        AssertionError: it did not.
    """
    chance = Random(seed)
    web = Web(many, chance)
    clock = Turned(web)
    database = Database(make_url(f"sqlite+aiosqlite:///{folder / 'day.sqlite3'}"))
    # Nothing here outlives the simulation: no write has to reach the disk.
    event.listen(
        database._engine.sync_engine, "connect", lambda c, _: c.execute("PRAGMA synchronous=OFF")
    )
    try:
        await migrate(database)
        async with Isolation() as isolation:
            told = await _live(web, database, clock, isolation, tick=tick, days=days)
        return await _judge(web, database, told)
    finally:
        await database.close()


async def _live(web, database, clock, isolation, *, tick: float, days: float) -> int:
    ingest = _Counting(Ingest(database, Matcher(TopicIndex()), clock))
    world = FeedWorld(web, isolation, LIMITS, web.chance)
    watch = FeedWatch(database, ingest, world, clock, on_news=lambda: None)
    async with database.writing() as connection:
        chat = await ensure_chat(connection, Ref("fake", "bot", "you"), now=clock())
        query = parse_query("entry")
        await add_subscription(connection, chat, query, label="entry", by="me", now=clock())
        for feed in web.feeds:
            await add_feed(connection, NewFeed(feed.url, host_of(feed.url)), now=clock())
    end = START + days * DAY
    while web.now < end:
        while await watch.step():
            await watch._asking.settled()
        web.turn(web.now + timedelta(seconds=tick))
    return ingest.announced


class _Counting:
    """Ingest, and how much of it is for people."""

    def __init__(self, ingest: Ingest) -> None:
        self._ingest = ingest
        self.announced = 0

    async def take(self, watched, polled, *, complete):
        done = await self._ingest.take(watched, polled, complete=complete)
        self.announced += done.announced
        return done


async def _judge(web: Web, database: Database, told: int) -> Report:
    async with database.reading() as connection:
        rows = (
            await connection.execute(select(items.c.title, items.c.found_at, items.c.source_id))
        ).all()
        moved = select(func.count()).where(sources.c.address.like("https://new%"))
        moves = (await connection.execute(moved)).scalar_one()
        first = {
            row.id: row.baseline_at
            for row in await connection.execute(select(sources.c.id, sources.c.baseline_at))
        }
    assert not web.faults, web.faults[:5]
    found = Counter(_which(row.title) for row in rows)
    twice = [one for one, times in found.items() if times > 1]
    assert not twice, f"more than one item: {twice[:5]}"
    lost = web.served - set(found)
    assert not lost, f"no item: {sorted(lost)[:5]}"
    later = [row for row in rows if row.found_at > first[row.source_id]]
    assert told == len(later), f"{told} handed on of {len(later)} that are new"
    of_rate = {feed.number: feed.rate for feed in web.feeds}
    delays: dict[float, list[float]] = defaultdict(list)
    for row in later:
        which = _which(row.title)
        if web.true[which] >= START:
            delays[of_rate[which[0]]].append((row.found_at - web.true[which]).total_seconds())
    everything = [one for some in delays.values() for one in some]
    published = {which for which, when in web.true.items() if when >= START}
    return Report(
        feeds=len(web.feeds),
        entries=len(published),
        missed=len(
            {one for one in published - web.served if not _is_shown(web.feeds[one[0]], one[1])}
        ),
        items=len(rows),
        asks=web.asked.total(),
        told=told,
        moved=moves,
        mean_delay=mean(everything),
        delays={rate: mean(some) for rate, some in sorted(delays.items(), reverse=True)},
        hottest=max(web.asked.values()),
    )


def _is_shown(feed: MadeFeed, number: int) -> bool:
    return any(one.number == number for one in feed.shown)


def _which(title: str) -> tuple[int, int]:
    """The feed and the entry."""
    _, number, _, _, feed = title.split()
    return int(feed), int(number)
