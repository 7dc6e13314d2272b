"""A feed as a source: what is new in it, and when to look again.

    fetch ──► 304, or the same bytes ──────────────────────────────► nothing new ──► due
      └─────► read ──► entries that changed ──► Items ──► known? ──► Items ────────► due

State comes in as a cursor, and what changed in it goes out with the Items:

    etag · modified      the server's validators
    body                 a hash of the bytes that were read last
    entries              what is known of the entries: see remembered.py
    about                how the feed wants to be read, and when its entries were published
    moved                where the server says it has gone, and how often it said so
    denied               where the feed itself says it has gone, and is not
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any, Final

from watchers.errors import SourceError
from watchers.feeds.plain import title_line
from watchers.feeds.reader import items_of, read_feed
from watchers.feeds.values import Entry, Feed, Hints
from watchers.fetching.fetched import Fetch, Fetched, Validators
from watchers.isolation import Isolation
from watchers.item import Item
from watchers.sources.remembered import Remembered
from watchers.sources.schedule import Limits, due_after, interval_of
from watchers.sources.source import About, Cursor, Polled, Problem, Source

MOVES_BELIEVED: Final = 3
"""Looks in a row at which a permanent redirect must lead to one place before it is followed for good:
a captive portal, or somebody's mistake of an hour, is no move."""

_MOST_TIMES: Final = 30  # entries whose times are kept
_FEW: Final = 3  # entries that may well be of one moment
_ONE_MOMENT: Final = timedelta(seconds=2)
_SKEW: Final = timedelta(minutes=10)  # of a server's clock
_LONGEST_TITLE: Final = 200  # characters


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How to look at a feed.

    Attributes:
        now: the clock, with a time zone.
        fetch: the client.
        isolation: where what may never end is done.
        limits: how often it may be asked.
        chance: from 0 to 1; spreads feeds that came together.
        pushed: a hub tells us of its news.
    """

    now: datetime
    fetch: Fetch
    isolation: Isolation
    limits: Limits = field(default_factory=Limits)
    chance: float = 0.5
    pushed: bool = False


async def poll_feed(source: Source, cursor: Cursor, look: Look) -> Polled:
    """What is new in the feed ``source`` since ``cursor``.

    Raises:
        SourceError: it cannot be had or read; the cursor stays as it is.
    """
    known = Validators(etag=cursor.get("etag"), last_modified=cursor.get("modified"))
    fetched = await look.fetch(source.address, validators=known)
    changes = _validators(fetched) if not fetched.not_modified else {}
    moved_to = _moved_to(fetched, cursor, changes)
    if fetched.not_modified or _digest(fetched.body) == cursor.get("body"):
        manners = _Manners.from_text(cursor.get("about", ""))
        return _polled(look, fetched, manners, changes, moved_to=moved_to)
    return await _read(source, cursor, look, fetched, changes, moved_to)


async def read_pushed(source: Source, cursor: Cursor, look: Look, fetched: Fetched) -> Polled:
    """What is new in a feed whose body a hub has sent (a "fat ping"): see `poll_feed`.

    A hub sends the entries that changed, and no more: what is not among them has not vanished, and
    what the feed says about itself is left to its own answers.
    """
    feed, items, changes = await _entries(cursor, look, fetched, whole=False)
    before = _Manners.from_text(cursor.get("about", ""))
    known = _times(feed.entries, items, _Manners(before.hints), now=look.now)
    times = sorted({*before.times, *known}, reverse=True)[:_MOST_TIMES]
    manners = _Manners(before.hints, tuple(times))
    changes["about"] = manners.to_text()
    problems = tuple(Problem(source.address, reason) for reason in feed.problems)
    return _polled(look, fetched, manners, changes, items=items, problems=problems)


async def _read(
    source: Source,
    cursor: Cursor,
    look: Look,
    fetched: Fetched,
    changes: dict[str, str | None],
    moved_to: str | None,
) -> Polled:
    feed, items, entries = await _entries(cursor, look, fetched)
    before = _Manners.from_text(cursor.get("about", ""))
    manners = _Manners(feed.hints, _times(feed.entries, items, before, now=look.now))
    changes |= entries | {"body": _digest(fetched.body), "about": manners.to_text()}
    said = feed.hints.moved_to
    if moved_to is None and said not in {None, source.address, fetched.url, cursor.get("denied")}:
        moved_to = said if said and await _is_feed(said, look) else None
        changes["denied"] = None if moved_to else said
    return _polled(
        look,
        fetched,
        manners,
        changes,
        items=items,
        problems=tuple(Problem(source.address, reason) for reason in feed.problems),
        about=_about(feed, fetched),
        moved_to=moved_to,
    )


async def _entries(
    cursor: Cursor, look: Look, fetched: Fetched, *, whole: bool = True
) -> tuple[Feed, tuple[Item, ...], dict[str, str | None]]:
    """The feed, its Items that are new or changed, and what is to be remembered of its entries."""
    feed = await read_feed(
        fetched.body,
        content_type=fetched.content_type,
        url=fetched.url,
        now=look.now,
        isolation=look.isolation,
    )
    remembered = Remembered(cursor.get("entries", ""))
    changed = remembered.changed(feed.entries)
    if not changed:
        return feed, (), {}
    made = await items_of(changed, feed, url=fetched.url, isolation=look.isolation)
    items = remembered.take(feed.entries, {item.key: item for item in made}, whole=whole)
    return feed, _oldest_first(items), {"entries": remembered.to_text()}


async def _is_feed(address: str, look: Look) -> bool:
    """Whether a feed can be read where one says that it has gone: many such notes are years old."""
    try:
        fetched = await look.fetch(address)
        await read_feed(
            fetched.body,
            content_type=fetched.content_type,
            url=fetched.url,
            now=look.now,
            isolation=look.isolation,
        )
    except SourceError:
        return False
    return True


def _polled(
    look: Look,
    fetched: Fetched,
    manners: _Manners,
    changes: dict[str, str | None],
    **found: Any,
) -> Polled:
    interval = interval_of(
        manners.times,
        now=look.now,
        hints=manners.hints,
        max_age=fetched.max_age,
        limits=look.limits,
        pushed=look.pushed,
    )
    due = due_after(
        interval, now=look.now, hints=manners.hints, chance=look.chance, limits=look.limits
    )
    return Polled(cursor=changes, due=due, **found)


@dataclass(frozen=True, slots=True)
class _Manners:
    """How a feed wants to be read, and when its entries were published."""

    hints: Hints
    times: tuple[datetime, ...] = ()

    def to_text(self) -> str:
        hints = self.hints
        said = {
            "ttl": hints.ttl,
            "period": hints.update_period,
            "hours": sorted(hints.skip_hours),
            "days": sorted(hints.skip_days),
            "complete": hints.is_complete,
            "times": [int(time.timestamp()) for time in self.times],
        }
        return json.dumps({name: value for name, value in said.items() if value}, sort_keys=True)

    @classmethod
    def from_text(cls, text: str) -> _Manners:
        said = json.loads(text) if text else {}
        hints = Hints(
            ttl=said.get("ttl"),
            update_period=said.get("period"),
            skip_hours=frozenset(said.get("hours", ())),
            skip_days=frozenset(said.get("days", ())),
            is_complete=said.get("complete", False),
        )
        times = (datetime.fromtimestamp(time, UTC) for time in said.get("times", ()))
        return cls(hints, tuple(times))


def _times(
    entries: Sequence[Entry], items: Sequence[Item], before: _Manners, *, now: datetime
) -> tuple[datetime, ...]:
    """When the newest entries were published, as they say; else, when they were first seen.

    Some feeds say of every entry that it is of this very moment: that is no date.
    """
    said = [e.published for e in entries if e.published is not None and e.is_believable]
    is_one = len(said) >= _FEW and max(said) - min(said) <= _ONE_MOMENT
    is_of_now = is_one and abs(now - said[0]) <= _SKEW
    if is_of_now or 2 * len(said) < len(entries):
        said = [*before.times, *(now for _ in items if before.times)] or [now]
    return tuple(sorted(said, reverse=True)[:_MOST_TIMES])


def _about(feed: Feed, fetched: Fetched) -> About:
    hubs = dict.fromkeys((*fetched.links.get("hub", ()), *feed.hints.hubs))
    own = next(iter(fetched.links.get("self", ())), None) or feed.hints.self_url
    title = title_line(feed.title)[:_LONGEST_TITLE]
    return About(title=title, site=feed.link, hubs=tuple(hubs), topic=own)


def _moved_to(
    fetched: Fetched, cursor: Mapping[str, str], changes: dict[str, str | None]
) -> str | None:
    """Where it has moved, once the server said the same often enough in a row."""
    times, _, place = cursor.get("moved", "0 ").partition(" ")
    if fetched.moved_to is None:
        if place:
            changes["moved"] = None
        return None
    again = int(times) + 1 if place == fetched.moved_to else 1
    if again < MOVES_BELIEVED:
        changes["moved"] = f"{again} {fetched.moved_to}"
        return None
    changes["moved"] = None
    return fetched.moved_to


def _oldest_first(items: Sequence[Item]) -> tuple[Item, ...]:
    """In the order in which things happened: feeds begin with the newest."""
    ordered = list(reversed(items))
    if all(item.published is not None for item in ordered):
        ordered.sort(key=lambda item: item.published or datetime.max.replace(tzinfo=UTC))
    return tuple(ordered)


def _validators(fetched: Fetched) -> dict[str, str | None]:
    return {"etag": fetched.validators.etag, "modified": fetched.validators.last_modified}


def _digest(body: bytes) -> str:
    return sha256(body).hexdigest()[:32]
