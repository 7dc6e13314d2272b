"""Decide when to poll a feed again, from its entries, its hints and its responses. Pure functions.

    entry times      ─► publication interval ─┐
    ttl, max-age     ─► lower bound ──────────┼─► interval ─► jitter ─► outside skipped hours ─► due
    floor, ceiling ───────────────────────────┘
    errors ─► exponential backoff ─► after a week of failures, once a day; 410 ends the feed

A feed is polled about twice between two of its entries, and less often the longer it publishes
nothing. ``sy:updatePeriod`` only counts for feeds without entry times: every WordPress site declares
"hourly" there, no matter how often it publishes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from itertools import islice
from typing import Final, Literal

from watchers.errors import HttpStatusError, SourceError
from watchers.feeds.models import Hints

FeedState = Literal["active", "dead", "ended"]
"""active: polled by its schedule; dead: failing for a week, polled once a day; ended: not polled."""

DEAD_AFTER: Final = timedelta(days=7)
"""Time of failures after which a feed is dead. Shorter outages happen when a site moves."""

_MAX_HINT: Final = timedelta(days=1)
_MAX_RETRY_AFTER: Final = timedelta(days=31)
_MAX_ENTRY_TIMES: Final = 30
_POLLS_PER_GAP: Final = 2.0
# A silence counts as a gap that is this many times shorter.
_SILENCE_DIVISOR: Final = 6.0
# Feeds with push notifications are polled this many times less often, as a fallback.
_PUSH_FACTOR: Final = 12.0
# The maximum share of the interval that is added at random, so that feeds spread out.
_MAX_JITTER: Final = 0.15
_MAX_DOUBLINGS: Final = 10
# One response must not stop the requests to a host that serves many feeds for longer than this.
_MAX_HOST_COOLDOWN: Final = timedelta(hours=1)
_COOLDOWN_STATUSES: Final = frozenset({429, 503})
_HOURS_PER_WEEK: Final = 168
_DEFAULT_REFUSAL_INTERVAL: Final = timedelta(minutes=10)
_MAX_STATED_INTERVAL: Final = timedelta(minutes=2)
_REFUSAL_FACTOR: Final = 1.5
# After this many successes in a row, the interval of a host shrinks by one step.
_SUCCESSES_PER_STEP: Final = 20
_INTERVAL_STEP: Final = 0.8
# A shorter interval is below that between any two requests to a host, or close to it.
_MIN_LEARNED_INTERVAL: Final = timedelta(seconds=2)


@dataclass(frozen=True, slots=True)
class IntervalLimits:
    """The shortest (``floor``) and the longest (``ceiling``) interval between two polls."""

    floor: timedelta = timedelta(minutes=5)
    ceiling: timedelta = timedelta(hours=24)

    def clamp(self, interval: timedelta) -> timedelta:
        """Return ``interval``, raised to the floor and lowered to the ceiling."""
        return max(self.floor, min(interval, self.ceiling))


@dataclass(frozen=True, slots=True)
class FailurePlan:
    """The new state and the next poll of a feed that could not be read."""

    state: FeedState
    due_at: datetime | None


def poll_interval(
    times: Sequence[datetime],
    *,
    now: datetime,
    hints: Hints,
    max_age: float | None,
    limits: IntervalLimits,
    pushed: bool = False,
) -> timedelta:
    """Return the time until the next poll of a feed whose entries have these publication times.

    ``max_age`` is the cache lifetime from the server, in seconds. ``pushed`` means that a hub sends
    new entries.
    """
    if hints.is_complete:
        return limits.ceiling
    newest = list(
        islice(sorted((time for time in times if time <= now), reverse=True), _MAX_ENTRY_TIMES)
    )
    interval = (
        _publication_interval(newest)
        or _to_delta(hints.update_period_seconds)
        or limits.ceiling / 24
    )
    if newest:
        interval = max(interval, (now - newest[0]) / _SILENCE_DIVISOR / _POLLS_PER_GAP)
    lower_bound = max(
        _to_delta(hints.ttl_seconds) or timedelta(), _to_delta(max_age) or timedelta()
    )
    interval = limits.clamp(max(interval, min(lower_bound, _MAX_HINT)))
    return min(interval * _PUSH_FACTOR, limits.ceiling) if pushed else interval


def next_poll_time(
    interval: timedelta, *, now: datetime, hints: Hints, jitter: float, limits: IntervalLimits
) -> datetime:
    """Return the time of the next poll. ``jitter`` from 0 to 1 spreads feeds with equal intervals.

    The jitter adds to ``interval``, or subtracts from it where the sum would exceed the ceiling. Hours
    that the feed asks to skip are skipped, even beyond the ceiling.
    """
    delay = interval * (1 + _MAX_JITTER * jitter)
    if delay > limits.ceiling:
        delay = max(limits.ceiling * (1 - _MAX_JITTER * jitter), limits.floor)
    due = now + delay
    # A feed that skips every hour of the week must not loop forever.
    for _ in range(_HOURS_PER_WEEK):
        utc = due.astimezone(UTC)
        if utc.hour not in hints.skip_hours and utc.weekday() not in hints.skip_days:
            break
        due += timedelta(hours=1)
    return due


def plan_after_failure(
    error: SourceError,
    *,
    now: datetime,
    failures: int,
    failing_since: datetime,
    jitter: float,
    limits: IntervalLimits,
) -> FailurePlan:
    """Return the plan after ``failures`` failed polls in a row, including this one.

    ``failing_since`` is the time of the first of them. A ``Retry-After`` header is honoured.
    ``jitter`` from 0 to 1 is the jitter.
    """
    if isinstance(error, HttpStatusError) and error.is_gone:
        return FailurePlan("ended", None)
    is_dead = now - failing_since >= DEAD_AFTER
    delay = limits.floor * 2 ** min(failures - 1, _MAX_DOUBLINGS)
    delay = limits.ceiling if is_dead else min(delay, limits.ceiling)
    if isinstance(error, HttpStatusError) and error.retry_after is not None:
        delay = max(delay, min(timedelta(seconds=error.retry_after), _MAX_RETRY_AFTER))
    return FailurePlan("dead" if is_dead else "active", now + delay * (1 + _MAX_JITTER * jitter))


def host_cooldown(error: SourceError) -> timedelta:
    """Return the time without requests to the host that a 429 or 503 asks for, at most an hour."""
    if (
        isinstance(error, HttpStatusError)
        and error.status in _COOLDOWN_STATUSES
        and error.retry_after is not None
    ):
        return min(timedelta(seconds=error.retry_after), _MAX_HOST_COOLDOWN)
    return timedelta()


def is_host_refusal(error: SourceError) -> bool:
    """Return True if a host refuses a request because it got too many, whatever the feed."""
    return isinstance(error, HttpStatusError) and error.status == HTTPStatus.TOO_MANY_REQUESTS


def interval_after_refusal(error: SourceError, interval: timedelta) -> timedelta:
    """Return the time between two requests to a host that refused one at ``interval``.

    A Retry-After header gives the time until the next request only; its use as the interval is limited,
    because a host may also refuse requests for the rest of an hour. Without the header, the interval is
    ten minutes. Each further refusal makes it longer.
    """
    first = _DEFAULT_REFUSAL_INTERVAL
    if isinstance(error, HttpStatusError) and error.retry_after:
        first = min(timedelta(seconds=error.retry_after), _MAX_STATED_INTERVAL)
    return min(max(first, interval * _REFUSAL_FACTOR), _MAX_HOST_COOLDOWN)


def interval_after_successes(interval: timedelta, successes: int) -> timedelta:
    """Return the time between two requests to a host that answered ``successes`` in a row.

    The interval shrinks slowly: a host that allows fewer requests refuses one, and no feed suffers.
    """
    if successes < _SUCCESSES_PER_STEP:
        return interval
    shorter = interval * _INTERVAL_STEP
    return shorter if shorter >= _MIN_LEARNED_INTERVAL else timedelta()


def _publication_interval(newest: Sequence[datetime]) -> timedelta | None:
    """Return half the mean gap between these times, newest first; None for fewer than two."""
    if len(newest) < 2:  # noqa: PLR2004 - a gap has two ends
        return None
    # Entries that were all published at once give the floor, until a silence makes it longer.
    mean_gap = (newest[0] - newest[-1]) / (len(newest) - 1)
    return max(mean_gap / _POLLS_PER_GAP, timedelta(seconds=1))


def _to_delta(seconds: float | None) -> timedelta | None:
    # A huge number from a feed would overflow a timedelta.
    return timedelta(seconds=min(seconds, _MAX_RETRY_AFTER.total_seconds())) if seconds else None
