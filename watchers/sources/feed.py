"""Poll a feed: fetch it, find its new entries, and schedule the next poll.

    fetch ──► 304, or the same bytes ─────────────────────────────► no items ──► due time
      └─────► parse ──► changed entries ──► items ──► known keys ──► items ────► due time

State comes in as a cursor, and its changes go out with the items:

    etag · modified      the validators of the server
    complete             the time of the last response with a body, in seconds since 1970
    body                 a hash of the last bytes
    entries              the known entries: see `entry_memory`
    shared               the guids and links that several entries share: see `watchers.feeds.identity`
    about                the polling hints of the feed and the publication times of its entries
    moved                the target of a permanent redirect, and how often it was seen
    denied               a new address in the feed itself that is not a feed
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from hashlib import sha256
from typing import Final

from watchers.errors import SourceError
from watchers.feeds.identity import SharedKeys, identify_entries
from watchers.feeds.models import Feed, Hints
from watchers.feeds.plain_text import title_line
from watchers.feeds.reader import entries_to_items, read_feed
from watchers.fetching.result import Fetch, FetchResult, Validators
from watchers.item import Item
from watchers.process_pool import SandboxPool
from watchers.sources.entry_memory import EntryMemory
from watchers.sources.schedule import IntervalLimits, next_poll_time, poll_interval
from watchers.sources.source import Cursor, FeedInfo, PollResult, Problem, Source

REDIRECTS_BEFORE_MOVE: Final = 3
"""Consecutive polls with the same permanent redirect before the feed counts as moved.

A captive portal or a short misconfiguration also sends permanent redirects.
"""

_MAX_ENTRY_TIMES: Final = 30
# This many entries with one time are suspicious; fewer may really be of one moment.
_MIN_ENTRIES_OF_ONE_MOMENT: Final = 3
_ONE_MOMENT: Final = timedelta(seconds=2)
# Server clocks are wrong by up to this much.
_MAX_CLOCK_SKEW: Final = timedelta(minutes=10)
# A feed is polled at least once per day, so the date of a new entry is not much older.
_MAX_DISCOVERY_DELAY: Final = timedelta(days=2)
_MAX_TITLE_CHARS: Final = 200
# A feed that answers 304 for this many of its usual gaps, and for at least this time, is read completely.
_MAX_UNMODIFIED_GAPS: Final = 10
_MIN_UNMODIFIED_TIME: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class PollOptions:
    """The context of one poll.

    Attributes:
        now: the current time, with a time zone.
        fetch: the HTTP client.
        sandbox: the process pool for the parsers.
        limits: the shortest and longest poll interval.
        jitter: from 0 to 1; spreads the next polls of feeds with equal intervals.
        has_push: a hub sends new entries of this feed.
    """

    now: datetime
    fetch: Fetch
    sandbox: SandboxPool
    limits: IntervalLimits = field(default_factory=IntervalLimits)
    jitter: float = 0.5
    has_push: bool = False


async def poll_feed(source: Source, cursor: Cursor, options: PollOptions) -> PollResult:
    """Return what is new in the feed ``source`` since ``cursor``.

    Raises:
        SourceError: the feed cannot be fetched or parsed; the cursor stays unchanged.
    """
    fetched = await options.fetch(
        source.address, validators=_usable_validators(cursor, options.now)
    )
    changes = _validator_changes(fetched, options.now) if not fetched.not_modified else {}
    moved_to = _confirmed_move(fetched, cursor, changes)
    # Many servers ignore validators and send the same bytes again.
    if fetched.not_modified or _body_digest(fetched.body) == cursor.get("body"):
        timing = _FeedTiming.from_text(cursor.get("about", ""))
        due = _due_time(options, fetched, timing)
        return PollResult(cursor=changes, due_at=due, moved_to=moved_to)
    return await _read_changed_feed(source, cursor, options, fetched, changes, moved_to)


async def read_pushed(
    source: Source, cursor: Cursor, options: PollOptions, fetched: FetchResult
) -> PollResult:
    """Return what is new in a feed body that a hub has pushed (a "fat ping"); see `poll_feed`.

    A hub sends only the entries that changed. Other entries have not disappeared, and the metadata in
    the push is ignored: only responses of the feed itself count.
    """
    feed, items, changes = await _read_entries(cursor, options, fetched, is_complete=False)
    timing = _FeedTiming.from_text(cursor.get("about", ""))
    new_timing = _new_timing(feed, items, _FeedTiming(timing.hints), now=options.now)
    times = sorted({*timing.times, *new_timing.times}, reverse=True)[:_MAX_ENTRY_TIMES]
    timing = replace(timing, times=tuple(times))
    changes["about"] = timing.to_text()
    return PollResult(
        cursor=changes,
        due_at=_due_time(options, fetched, timing),
        items=items,
        problems=_feed_problems(source, feed),
    )


async def _read_changed_feed(
    source: Source,
    cursor: Cursor,
    options: PollOptions,
    fetched: FetchResult,
    changes: dict[str, str | None],
    moved_to: str | None,
) -> PollResult:
    feed, items, entry_changes = await _read_entries(cursor, options, fetched)
    old_timing = _FeedTiming.from_text(cursor.get("about", ""))
    timing = _new_timing(feed, items, old_timing, now=options.now)
    changes |= entry_changes | {"body": _body_digest(fetched.body), "about": timing.to_text()}
    announced_url = feed.hints.moved_to
    ignored_urls = {None, source.address, fetched.url, cursor.get("denied")}
    if moved_to is None and announced_url not in ignored_urls:
        moved_to = (
            announced_url if announced_url and await _is_feed(announced_url, options) else None
        )
        changes["denied"] = None if moved_to else announced_url
    return PollResult(
        cursor=changes,
        due_at=_due_time(options, fetched, timing),
        items=items,
        problems=_feed_problems(source, feed),
        feed_info=_feed_info(feed, fetched),
        moved_to=moved_to,
    )


async def _read_entries(
    cursor: Cursor, options: PollOptions, fetched: FetchResult, *, is_complete: bool = True
) -> tuple[Feed, tuple[Item, ...], dict[str, str | None]]:
    """Return the feed, its new or changed items, and the cursor changes for its entries."""
    feed = await read_feed(
        fetched.body,
        content_type=fetched.content_type,
        url=fetched.url,
        now=options.now,
        sandbox=options.sandbox,
    )
    shared_text = cursor.get("shared", "")
    identified = identify_entries(feed.entries, SharedKeys.from_text(shared_text))
    feed = replace(feed, entries=identified.entries)
    memory = EntryMemory(cursor.get("entries", ""))
    changed = memory.changed_entries(feed.entries)
    if not changed:
        return feed, (), {}
    parsed_items = await entries_to_items(changed, feed, url=fetched.url, sandbox=options.sandbox)
    items = memory.update(
        feed.entries,
        {item.key: item for item in parsed_items},
        renamed_keys=identified.changed_keys,
        is_complete=is_complete,
    )
    changes: dict[str, str | None] = {"entries": memory.to_text()}
    if (text := identified.shared.to_text()) != shared_text:
        changes["shared"] = text
    return feed, _oldest_first(items), changes


async def _is_feed(url: str, options: PollOptions) -> bool:
    """Return True if ``url`` is a readable feed: many announced new addresses are years old."""
    try:
        fetched = await options.fetch(url)
        await read_feed(
            fetched.body,
            content_type=fetched.content_type,
            url=fetched.url,
            now=options.now,
            sandbox=options.sandbox,
        )
    except SourceError:
        return False
    return True


def _due_time(options: PollOptions, fetched: FetchResult, timing: _FeedTiming) -> datetime:
    interval = poll_interval(
        timing.times,
        now=options.now,
        hints=timing.hints,
        max_age=fetched.max_age,
        limits=options.limits,
        pushed=options.has_push,
    )
    return next_poll_time(
        interval,
        now=options.now,
        hints=timing.hints,
        jitter=options.jitter,
        limits=options.limits,
    )


@dataclass(frozen=True, slots=True)
class _FeedTiming:
    """The polling hints of a feed and the times of its entries.

    ``times`` are publication times, or times of discovery if ``by_discovery``.
    """

    hints: Hints
    times: tuple[datetime, ...] = ()
    by_discovery: bool = False

    def to_text(self) -> str:
        hints = self.hints
        values = {
            "ttl": hints.ttl_seconds,
            "period": hints.update_period_seconds,
            "hours": sorted(hints.skip_hours),
            "days": sorted(hints.skip_days),
            "complete": hints.is_complete,
            "times": [int(time.timestamp()) for time in self.times],
            "discovered": self.by_discovery,
        }
        return json.dumps({name: value for name, value in values.items() if value}, sort_keys=True)

    @classmethod
    def from_text(cls, text: str) -> _FeedTiming:
        values = json.loads(text) if text else {}
        hints = Hints(
            ttl_seconds=values.get("ttl"),
            update_period_seconds=values.get("period"),
            skip_hours=frozenset(values.get("hours", ())),
            skip_days=frozenset(values.get("days", ())),
            is_complete=values.get("complete", False),
        )
        times = (datetime.fromtimestamp(time, UTC) for time in values.get("times", ()))
        return cls(hints, tuple(times), values.get("discovered", False))


def _new_timing(
    feed: Feed, items: Sequence[Item], old_timing: _FeedTiming, *, now: datetime
) -> _FeedTiming:
    """Return the publication times of the newest entries, or else the times of their discovery.

    Some feeds date every entry at the moment of the request, at one constant moment, or years ago. Such
    dates do not show when the feed publishes.
    """
    dates = [
        entry.published
        for entry in feed.entries
        if entry.published is not None and entry.is_date_plausible
    ]
    newest = max(dates, default=None)
    has_one_date = (
        newest is not None
        and len(dates) >= _MIN_ENTRIES_OF_ONE_MOMENT
        and newest - min(dates) <= _ONE_MOMENT
    )
    is_first_poll = not old_timing.times
    # New entries with old dates, now or since the last poll with a new entry.
    last_discovery = now if items and not is_first_poll else None
    if last_discovery is None and old_timing.by_discovery and old_timing.times:
        last_discovery = old_timing.times[0]
    are_dates_old = (
        newest is not None
        and last_discovery is not None
        and last_discovery - newest > _MAX_DISCOVERY_DELAY
    )
    if newest is None or has_one_date or are_dates_old or 2 * len(dates) < len(feed.entries):
        # The first poll counts as one time: when its entries were published is unknown.
        known = old_timing.times if old_timing.by_discovery else ()
        times = [*known, *(now for _ in items if known)] or [now]
        return _FeedTiming(feed.hints, _newest(times), by_discovery=True)
    return _FeedTiming(feed.hints, _newest(dates))


def _newest(times: Sequence[datetime]) -> tuple[datetime, ...]:
    return tuple(sorted(times, reverse=True)[:_MAX_ENTRY_TIMES])


def _feed_problems(source: Source, feed: Feed) -> tuple[Problem, ...]:
    return tuple(Problem(source.address, reason) for reason in feed.problems)


def _feed_info(feed: Feed, fetched: FetchResult) -> FeedInfo:
    # Link headers come before links in the feed (WebSub, section 4).
    hubs = dict.fromkeys((*fetched.links.get("hub", ()), *feed.hints.hubs))
    self_url = next(iter(fetched.links.get("self", ())), None) or feed.hints.self_url
    title = title_line(feed.title)[:_MAX_TITLE_CHARS]
    return FeedInfo(title=title, site=feed.link, hubs=tuple(hubs), topic=self_url)


def _confirmed_move(
    fetched: FetchResult, cursor: Mapping[str, str], changes: dict[str, str | None]
) -> str | None:
    """Return the new address once enough polls in a row were redirected to it permanently.

    The redirect count is stored in ``changes``.
    """
    count_text, _, last_url = cursor.get("moved", "0 ").partition(" ")
    if fetched.moved_to is None:
        if last_url:
            changes["moved"] = None
        return None
    times_seen = int(count_text) + 1 if last_url == fetched.moved_to else 1
    if times_seen < REDIRECTS_BEFORE_MOVE:
        changes["moved"] = f"{times_seen} {fetched.moved_to}"
        return None
    changes["moved"] = None
    return fetched.moved_to


def _oldest_first(items: Sequence[Item]) -> tuple[Item, ...]:
    """Return the items in chronological order: feeds begin with the newest."""
    ordered = list(reversed(items))
    if all(item.published is not None for item in ordered):
        ordered.sort(key=lambda item: item.published or datetime.max.replace(tzinfo=UTC))
    return tuple(ordered)


def _usable_validators(cursor: Cursor, now: datetime) -> Validators:
    """Return the validators of the last response, or none if the server's 304 cannot be believed.

    A server that sends one validator for ever, or a date in the future, would answer 304 for ever.
    """
    complete_at = datetime.fromtimestamp(int(cursor.get("complete", "0")), UTC)
    times = _FeedTiming.from_text(cursor.get("about", "")).times
    mean_gap = (times[0] - times[-1]) / (len(times) - 1) if len(times) > 1 else timedelta()
    if now - complete_at >= max(_MIN_UNMODIFIED_TIME, mean_gap * _MAX_UNMODIFIED_GAPS):
        return Validators()
    return Validators(etag=cursor.get("etag"), last_modified=_past(cursor.get("modified"), now))


def _past(http_date: str | None, now: datetime) -> str | None:
    """Return the value of a Last-Modified header, or None for a date in the future."""
    if http_date is None:
        return None
    try:
        modified = parsedate_to_datetime(http_date)
    except ValueError:
        # Some servers send another text and expect it back: only a date can be wrong.
        return http_date
    modified = modified if modified.tzinfo else modified.replace(tzinfo=UTC)
    return http_date if modified <= now + _MAX_CLOCK_SKEW else None


def _validator_changes(fetched: FetchResult, now: datetime) -> dict[str, str | None]:
    validators = fetched.validators
    changes = {"etag": validators.etag, "modified": validators.last_modified}
    # Without validators the server cannot answer 304, and the time is not needed.
    if validators.etag or validators.last_modified:
        changes["complete"] = str(int(now.timestamp()))
    return changes


def _body_digest(body: bytes) -> str:
    return sha256(body).hexdigest()[:32]
