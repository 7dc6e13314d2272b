"""The list of feeds, their state, and the changes that users make. Poll results: poll_results.py.

active ── fails for a week ──► dead ── a poll succeeds ──► active
   └── gone (410) ──► ended          paused, removed: by a user
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Case, Row, bindparam, case, func, literal, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.dialect import chunks, insert
from bot.store.feeds.sources import WatchedSource
from bot.store.tables import ACTIVE, DEAD, PAUSED, REMOVED, UtcDateTime, sources
from watchers import Source
from watchers.fetching.addresses import public_url

FEED: Final = "feed"
INACTIVE_STATES: Final = (PAUSED, REMOVED)
"""The states of a feed that is not polled because of a user."""

FIND_FEED = select(sources).where(sources.c.kind == FEED, sources.c.address == bindparam("address"))
FIND_EQUIVALENT = (
    select(sources)
    .where(sources.c.kind == FEED, sources.c.state != REMOVED)
    .order_by(sources.c.id)
    .limit(1)
)
_IS_LISTED = (sources.c.kind == FEED, sources.c.state != REMOVED)
GET_FEED = select(sources).where(*_IS_LISTED, sources.c.id == bindparam("id"))
LIST_FEEDS = (
    select(sources)
    .where(*_IS_LISTED, sources.c.id > bindparam("after"))
    .order_by(sources.c.id)
    .limit(bindparam("limit"))
)
# Feeds with a problem come first: false sorts before true.
LIST_FEEDS_BY_HEALTH = (
    select(sources)
    .where(*_IS_LISTED)
    .order_by(sources.c.problem.is_(None), sources.c.id)
    .limit(bindparam("limit"))
)
COUNT_NAMESAKES = (
    select(func.count())
    .select_from(sources)
    .where(*_IS_LISTED, sources.c.id != bindparam("id"))
    .where(func.lower(sources.c.title).contains(func.lower(bindparam("title")), autoescape=False))
)
FEED_NAMES = select(sources.c.id, sources.c.title, sources.c.address).where(*_IS_LISTED)
COUNT_FEEDS = (
    select(sources.c.state, func.count().label("feed_count"))
    .where(*_IS_LISTED)
    .group_by(sources.c.state)
)
REMOVE_FEED = (
    update(sources)
    .where(*_IS_LISTED, sources.c.id == bindparam("row"))
    .values(state=REMOVED, due_at=None)
)


@dataclass(frozen=True, slots=True)
class FeedRow:
    """A stored feed with its state and its problem, if it has one.

    ``names`` are the current and former titles and addresses: a topic may name any of them.
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
    are_operators_notified: bool
    names: tuple[str, ...] = ()

    @property
    def watched(self) -> WatchedSource:
        """The feed as a source for the ingest pipeline."""
        return WatchedSource(
            self.id, Source(FEED, self.address), self.is_baselined, names=self.names
        )

    @property
    def name(self) -> str:
        """The title, or the address of a feed without a title, without its secrets."""
        return self.title or public_url(self.address)


@dataclass(frozen=True, slots=True)
class NewFeed:
    """A feed to add. Its first successful poll replaces the title.

    ``equivalent_addresses`` are other spellings of its address: a feed at one of them is the same feed.
    """

    address: str
    host: str
    title: str = ""
    tags: tuple[str, ...] = ()
    equivalent_addresses: tuple[str, ...] = ()


# ── adding and finding ────────────────────────────────────────────────────────────────────────────


async def add_feed(
    connection: AsyncConnection,
    new: NewFeed,
    *,
    now: datetime,
    due: datetime | None = None,
    restore_removed: bool = True,
) -> tuple[FeedRow, bool]:
    """Return the feed, and True if this call added it. A new feed is due at ``due``, or now.

    ``restore_removed`` also adds a feed that a user removed before.
    """
    existing = await find_feed(connection, (new.address, *new.equivalent_addresses))
    if existing is not None:
        return existing, False
    address, tags = new.address, list(new.tags)
    values: dict[str, Any] = {
        "kind": FEED,
        "address": address,
        "host": new.host,
        "title": new.title,
        "tags": tags,
        "names": [name for name in (new.title, public_url(address)) if name],
        "created_at": now,
        "due_at": due or now,
    }
    statement = insert(connection, sources).values(**values)
    inserted = await connection.execute(statement.on_conflict_do_nothing().returning(sources.c.id))
    is_new = inserted.first() is not None
    row = (await connection.execute(FIND_FEED, {"address": address})).one()
    if row.state == REMOVED and restore_removed:
        await connection.execute(
            update(sources)
            .where(sources.c.id == row.id)
            .values(**reset_feed_values(due or now), tags=tags)
        )
        row = (await connection.execute(FIND_FEED, {"address": address})).one()
        is_new = True
    return feed_from_row(row), is_new


def reset_feed_values(due: datetime) -> dict[str, object]:
    """Return the column values that start a removed feed again, with a new initial import."""
    return {
        "state": ACTIVE,
        "due_at": due,
        "baseline_at": None,
        "problem": None,
        "failures": 0,
        "failing_since": None,
        "told_dead": False,
    }


async def find_feed(connection: AsyncConnection, addresses: Collection[str]) -> FeedRow | None:
    """Return the feed at one of these addresses."""
    statement = FIND_EQUIVALENT.where(sources.c.address.in_(addresses))
    row = (await connection.execute(statement)).first()
    return feed_from_row(row) if row is not None else None


async def get_feed(connection: AsyncConnection, feed_id: int) -> FeedRow | None:
    """Return the feed with this number."""
    row = (await connection.execute(GET_FEED, {"id": feed_id})).first()
    return feed_from_row(row) if row is not None else None


# ── lists ─────────────────────────────────────────────────────────────────────────────────────────


async def list_feeds(connection: AsyncConnection, *, limit: int, after: int = 0) -> list[FeedRow]:
    """Return up to ``limit`` feeds with numbers above ``after``, in the order of their numbers."""
    rows = await connection.execute(LIST_FEEDS, {"after": after, "limit": limit})
    return [feed_from_row(row) for row in rows]


async def list_feeds_by_health(connection: AsyncConnection, *, limit: int) -> list[FeedRow]:
    """Return up to ``limit`` feeds. Feeds with a problem come first."""
    rows = await connection.execute(LIST_FEEDS_BY_HEALTH, {"limit": limit})
    return [feed_from_row(row) for row in rows]


async def list_feed_names(connection: AsyncConnection) -> Sequence[tuple[int, str, str]]:
    """Return the number, the title and the address without secrets of every feed."""
    rows = await connection.execute(FEED_NAMES)
    return [(row.id, row.title, public_url(row.address)) for row in rows]


async def is_title_ambiguous(connection: AsyncConnection, feed: FeedRow) -> bool:
    """Return True if the title of another feed contains the title of this feed."""
    values = {"id": feed.id, "title": feed.title}
    count = (await connection.execute(COUNT_NAMESAKES, values)).scalar_one()
    return bool(feed.title) and count > 0


async def count_feeds(connection: AsyncConnection) -> dict[str, int]:
    """Return the number of feeds by state."""
    return {row.state: row.feed_count for row in await connection.execute(COUNT_FEEDS)}


# ── changes ───────────────────────────────────────────────────────────────────────────────────────


async def remove_feed(connection: AsyncConnection, feed_id: int) -> bool:
    """Remove a feed from the list and keep its items. Return False if it was not on the list."""
    return (await connection.execute(REMOVE_FEED, {"row": feed_id})).rowcount > 0


async def pause_feed(connection: AsyncConnection, feed_id: int) -> bool:
    """Stop polling a feed until it is resumed. Return False if it was not polled."""
    where = (
        sources.c.id == feed_id,
        sources.c.kind == FEED,
        sources.c.state.not_in(INACTIVE_STATES),
    )
    statement = update(sources).where(*where).values(state=PAUSED, due_at=None)
    return (await connection.execute(statement)).rowcount > 0


async def resume_feed(connection: AsyncConnection, feed_id: int, *, now: datetime) -> bool:
    """Poll a feed from now on, whatever its state is. Return False if it is not on the list."""
    where = (*_IS_LISTED, sources.c.id == feed_id)
    statement = update(sources).where(*where).values(state=ACTIVE, due_at=now)
    return (await connection.execute(statement)).rowcount > 0


async def schedule_now(
    connection: AsyncConnection,
    feed_ids: Collection[int] | None,
    *,
    now: datetime,
    not_polled_since: datetime,
) -> int:
    """Make feeds (``None``: all feeds) due now. Return the number of these feeds.

    Feeds that are paused or gone, that were polled after ``not_polled_since``, or whose rows
    another process
    has locked are left out.
    """
    where = [
        sources.c.kind == FEED,
        or_(sources.c.state == ACTIVE, sources.c.state == DEAD),
        or_(sources.c.polled_at.is_(None), sources.c.polled_at <= not_polled_since),
    ]
    selections = (
        [[]] if feed_ids is None else [[sources.c.id.in_(batch)] for batch in chunks(feed_ids)]
    )
    count = 0
    for selection in selections:
        # A locked feed is being polled, so it needs no change. To wait for the locks of several
        # rows could end in a deadlock.
        unlocked = select(sources.c.id).where(*where, *selection).with_for_update(skip_locked=True)
        statement = update(sources).where(sources.c.id.in_(unlocked)).values(due_at=_at_latest(now))
        count += (await connection.execute(statement)).rowcount
    return count


def _at_latest(now: datetime) -> Case[Any]:
    """Return ``now``, or the earlier due time of a feed that already waits in the queue."""
    return case((sources.c.due_at <= now, sources.c.due_at), else_=literal(now, UtcDateTime()))


def public_names(names: Iterable[str]) -> tuple[str, ...]:
    """Return the names of a feed without the secrets of its addresses.

    ``source:`` compares them for every chat, so a password among them could be guessed word by word.
    """
    return tuple(public_url(name) if "://" in name else name for name in names)


def feed_from_row(row: Row[Any]) -> FeedRow:
    """Return the feed in a row with all columns of `sources`."""
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
        are_operators_notified=row.told_dead,
        names=public_names(row.names),
    )
