"""The list of feeds: how each stands, and what people do with it. How looks end: feed_looks.py.

active ── fails for a week ──► dead ── is read again ──► active
   └── gone for good ──► ended         paused, removed: by somebody's wish
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Case, Row, bindparam, case, func, literal, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.sources import WatchedSource
from bot.store.sql import chunks, insert
from bot.store.tables import ACTIVE, DEAD, PAUSED, REMOVED, Moment, sources
from watchers import Source

FEED: Final = "feed"
LEFT_ALONE: Final = (PAUSED, REMOVED)
"""How a feed stands that is not asked, by somebody's wish."""

FIND_FEED = select(sources).where(sources.c.kind == FEED, sources.c.address == bindparam("address"))
FIND_TWIN = (
    select(sources)
    .where(sources.c.kind == FEED, sources.c.state != REMOVED)
    .order_by(sources.c.id)
    .limit(1)
)
_KEPT = (sources.c.kind == FEED, sources.c.state != REMOVED)
ONE_FEED = select(sources).where(*_KEPT, sources.c.id == bindparam("id"))
LIST_FEEDS = (
    select(sources)
    .where(*_KEPT, sources.c.id > bindparam("after"))
    .order_by(sources.c.id)
    .limit(bindparam("most"))
)
# What is wrong comes first.
SOME_FEEDS = (
    select(sources)
    .where(*_KEPT)
    .order_by(sources.c.problem.is_(None), sources.c.id)
    .limit(bindparam("most"))
)
COUNT_NAMESAKES = (
    select(func.count())
    .select_from(sources)
    .where(*_KEPT, sources.c.id != bindparam("id"))
    .where(func.lower(sources.c.title).contains(func.lower(bindparam("title")), autoescape=False))
)
FEED_NAMES = select(sources.c.id, sources.c.title, sources.c.address).where(*_KEPT)
COUNT_FEEDS = (
    select(sources.c.state, func.count().label("many")).where(*_KEPT).group_by(sources.c.state)
)
REMOVE_FEED = (
    update(sources)
    .where(*_KEPT, sources.c.id == bindparam("row"))
    .values(state=REMOVED, due_at=None)
)


@dataclass(frozen=True, slots=True)
class FeedRow:
    """A feed as the store knows it: how it stands, and what is wrong with it, if something is.

    ``names`` are the titles and addresses that it has and had: topics may ask for it by each.
    """

    id: int
    address: str
    title: str
    site: str | None
    tags: tuple[str, ...]
    host: str
    state: str
    is_baselined: bool
    due_at: datetime | None
    interval: float | None
    polled_at: datetime | None
    succeeded_at: datetime | None
    news_at: datetime | None
    failures: int
    failing_since: datetime | None
    problem: str | None
    told_dead: bool
    names: tuple[str, ...] = ()

    @property
    def watched(self) -> WatchedSource:
        """As ingest takes it."""
        return WatchedSource(
            self.id, Source(FEED, self.address), self.is_baselined, names=self.names
        )

    @property
    def name(self) -> str:
        """What to call it."""
        return self.title or self.address


@dataclass(frozen=True, slots=True)
class NewFeed:
    """A feed that is to be followed; its title is replaced by its own when it is first read.

    ``twins`` are other spellings of its address: where one is followed, this feed is.
    """

    address: str
    host: str
    title: str = ""
    tags: tuple[str, ...] = ()
    twins: tuple[str, ...] = ()


async def add_feed(
    connection: AsyncConnection,
    new: NewFeed,
    *,
    now: datetime,
    due: datetime | None = None,
    again: bool = True,
) -> tuple[FeedRow, bool]:
    """The feed, made if it is new, and whether it is. It is due at once, or ``due``.

    ``again``: also if somebody removed it before.
    """
    known = await find_feed(connection, (new.address, *new.twins))
    if known is not None:
        return known, False
    address, tags = new.address, list(new.tags)
    values: dict[str, Any] = {
        "kind": FEED,
        "address": address,
        "host": new.host,
        "title": new.title,
        "tags": tags,
    }
    values |= {"names": [name for name in (new.title, address) if name]}
    add = insert(connection, sources).values(**values, created_at=now, due_at=due or now)
    made = await connection.execute(add.on_conflict_do_nothing().returning(sources.c.id))
    is_new = made.first() is not None
    row = (await connection.execute(FIND_FEED, {"address": address})).one()
    if row.state == REMOVED and again:
        await connection.execute(
            update(sources).where(sources.c.id == row.id).values(**anew(due or now), tags=tags)
        )
        row = (await connection.execute(FIND_FEED, {"address": address})).one()
        is_new = True
    return feed_of(row), is_new


def anew(due: datetime) -> dict[str, object]:
    """Followed before: what came meanwhile is known first, and no news."""
    return {
        "state": ACTIVE,
        "due_at": due,
        "baseline_at": None,
        "problem": None,
        "failures": 0,
        "failing_since": None,
        "told_dead": False,
    }


async def list_feeds(connection: AsyncConnection, *, most: int, after: int = 0) -> list[FeedRow]:
    """Up to ``most`` feeds in the order they were added, those behind number ``after``."""
    return [
        feed_of(row) for row in await connection.execute(LIST_FEEDS, {"after": after, "most": most})
    ]


async def some_feeds(connection: AsyncConnection, *, most: int) -> list[FeedRow]:
    """Up to ``most`` feeds, those with something wrong first."""
    return [feed_of(row) for row in await connection.execute(SOME_FEEDS, {"most": most})]


async def feed_names(connection: AsyncConnection) -> Sequence[tuple[int, str, str]]:
    """Number, title and address of every feed."""
    rows = await connection.execute(FEED_NAMES)
    return [(row.id, row.title, row.address) for row in rows]


async def has_namesakes(connection: AsyncConnection, feed: FeedRow) -> bool:
    """Whether the title of another feed is the same, or holds it."""
    counted = await connection.execute(COUNT_NAMESAKES, {"id": feed.id, "title": feed.title})
    return bool(feed.title) and counted.scalar_one() > 0


async def find_feed(connection: AsyncConnection, addresses: Collection[str]) -> FeedRow | None:
    """The feed that is followed at one of these addresses."""
    among = FIND_TWIN.where(sources.c.address.in_(addresses))
    row = (await connection.execute(among)).first()
    return feed_of(row) if row is not None else None


async def one_feed(connection: AsyncConnection, feed_id: int) -> FeedRow | None:
    """The feed with this number."""
    row = (await connection.execute(ONE_FEED, {"id": feed_id})).first()
    return feed_of(row) if row is not None else None


async def count_feeds(connection: AsyncConnection) -> dict[str, int]:
    """How many feeds stand how."""
    return {row.state: row.many for row in await connection.execute(COUNT_FEEDS)}


async def remove_feed(connection: AsyncConnection, feed_id: int) -> bool:
    """Follow it no more; what it brought stays in the archive. Whether it was followed."""
    return (await connection.execute(REMOVE_FEED, {"row": feed_id})).rowcount > 0


async def pause_feed(connection: AsyncConnection, feed_id: int) -> bool:
    """Ask it no more, until it is resumed; whether it was being asked."""
    where = (sources.c.id == feed_id, sources.c.kind == FEED, sources.c.state.not_in(LEFT_ALONE))
    done = await connection.execute(update(sources).where(*where).values(state=PAUSED, due_at=None))
    return done.rowcount > 0


async def resume_feed(connection: AsyncConnection, feed_id: int, *, now: datetime) -> bool:
    """Ask it again from now on, whatever it was before; whether it is followed."""
    where = (*_KEPT, sources.c.id == feed_id)
    done = await connection.execute(update(sources).where(*where).values(state=ACTIVE, due_at=now))
    return done.rowcount > 0


def _not_after(now: datetime) -> Case[Any]:
    """Due now at the latest: one that waits for its turn already keeps its place."""
    return case((sources.c.due_at <= now, sources.c.due_at), else_=literal(now, Moment()))


async def ask_now(
    connection: AsyncConnection,
    feed_ids: Collection[int] | None,
    *,
    now: datetime,
    not_since: datetime,
) -> int:
    """Make feeds due at once (``None``: all), and tell how many.

    Not those that are paused or gone, nor those that were asked after ``not_since``, or that another
    process is just taking or writing down.
    """
    where = [
        sources.c.kind == FEED,
        or_(sources.c.state == ACTIVE, sources.c.state == DEAD),
        or_(sources.c.polled_at.is_(None), sources.c.polled_at <= not_since),
    ]
    runs = [[]] if feed_ids is None else [[sources.c.id.in_(run)] for run in chunks(feed_ids)]
    done = 0
    for run in runs:
        # Who holds one is asking it right now; to wait for several could lock two out for good.
        free = select(sources.c.id).where(*where, *run).with_for_update(skip_locked=True)
        due = update(sources).where(sources.c.id.in_(free)).values(due_at=_not_after(now))
        done += (await connection.execute(due)).rowcount
    return done


def feed_of(row: Row[Any]) -> FeedRow:
    """The feed in a whole row of the table."""
    return FeedRow(
        id=row.id,
        address=row.address,
        title=row.title,
        site=row.site,
        tags=tuple(row.tags),
        host=row.host,
        state=row.state,
        is_baselined=row.baseline_at is not None,
        due_at=row.due_at,
        interval=row.interval,
        polled_at=row.polled_at,
        succeeded_at=row.succeeded_at,
        news_at=row.news_at,
        failures=row.failures,
        failing_since=row.failing_since,
        problem=row.problem,
        told_dead=row.told_dead,
        names=tuple(row.names),
    )
