"""When a feed is asked again: a pure decision from what it publishes, says and answers.

    entries' times ─► rhythm ─┐
    ttl, max-age   ─► at least ├─► interval ─► jitter ─► not in an hour it skips ─► due
    floor, ceiling ───────────┘
    errors ─► back-off, doubling ─► dead after a week, asked once a day; 410 ends it

A feed is asked about twice between two entries of its own, and less often the longer it is silent.
``sy:updatePeriod`` counts only where the entries tell nothing: every WordPress says "hourly" there,
whatever it publishes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Final, Literal

from watchers.errors import Refused, SourceError
from watchers.feeds.values import Hints

State = Literal["active", "dead", "ended"]
"""Asked as its schedule says; failing for long, asked once a day; gone for good, not asked."""

DEAD_AFTER: Final = timedelta(days=7)
"""Failing for this long, a feed is called dead. Shorter spells are a site being moved."""

_LONGEST_HINT: Final = timedelta(days=1)
_LONGEST_RETRY: Final = timedelta(days=31)
_MOST_TIMES: Final = 30  # entries whose times tell the rhythm
_PER_GAP: Final = 2.0  # looks between two entries
_SILENCE: Final = 6.0  # a silence counts as a gap this many times shorter
_PUSHED: Final = 12.0  # a feed that is pushed to us is asked this many times less often
_JITTER: Final = 0.15  # of the interval, at most
_MOST_DOUBLINGS: Final = 10
_LONGEST_REST: Final = timedelta(hours=1)  # that one answer can keep everybody from its host
_RESTING: Final = frozenset({429, 503})
_HOURS_A_WEEK: Final = 168


@dataclass(frozen=True, slots=True)
class Limits:
    """How often a feed may be asked at most (``floor``), and at least (``ceiling``)."""

    floor: timedelta = timedelta(minutes=5)
    ceiling: timedelta = timedelta(hours=24)

    def hold(self, interval: timedelta) -> timedelta:
        """``interval``, not shorter than the floor and not longer than the ceiling."""
        return max(self.floor, min(interval, self.ceiling))


@dataclass(frozen=True, slots=True)
class Failure:
    """What is to become of a source that could not be read."""

    state: State
    due: datetime | None


def interval_of(
    times: Sequence[datetime],
    *,
    now: datetime,
    hints: Hints,
    max_age: float | None,
    limits: Limits,
    pushed: bool = False,
) -> timedelta:
    """How long to wait for the next look at a feed whose entries have these ``times``.

    ``max_age`` is what the server said, in seconds; ``pushed``: a hub tells us of news.
    """
    if hints.is_complete:
        return limits.ceiling
    newest = list(islice(sorted((t for t in times if t <= now), reverse=True), _MOST_TIMES))
    interval = _rhythm(newest) or _seconds(hints.update_period) or limits.ceiling / 24
    if newest:
        interval = max(interval, (now - newest[0]) / _SILENCE / _PER_GAP)
    at_least = max(_seconds(hints.ttl) or timedelta(), _seconds(max_age) or timedelta())
    interval = limits.hold(max(interval, min(at_least, _LONGEST_HINT)))
    return min(interval * _PUSHED, limits.ceiling) if pushed else interval


def due_after(
    interval: timedelta, *, now: datetime, hints: Hints, chance: float, limits: Limits
) -> datetime:
    """The moment of the next look. ``chance`` from 0 to 1 spreads feeds that came together.

    Later than ``interval`` by a little, or earlier where that would be beyond the ceiling. Hours that
    the feed skips are waited for, beyond the ceiling too.
    """
    wait = interval * (1 + _JITTER * chance)
    if wait > limits.ceiling:
        wait = max(limits.ceiling * (1 - _JITTER * chance), limits.floor)
    due = now + wait
    for _ in range(_HOURS_A_WEEK):
        utc = due.astimezone(UTC)
        if utc.hour not in hints.skip_hours and utc.weekday() not in hints.skip_days:
            break
        due += timedelta(hours=1)
    return due


def after_failure(
    error: SourceError,
    *,
    now: datetime,
    failures: int,
    failing_since: datetime,
    chance: float,
    limits: Limits,
) -> Failure:
    """What to do after ``failures`` failed looks in a row, this one among them.

    ``failing_since`` is when the first of them was. What the server asks us to wait is kept to.
    """
    if isinstance(error, Refused) and error.is_final:
        return Failure("ended", None)
    is_dead = now - failing_since >= DEAD_AFTER
    pause = limits.floor * 2 ** min(failures - 1, _MOST_DOUBLINGS)
    pause = limits.ceiling if is_dead else min(pause, limits.ceiling)
    if isinstance(error, Refused) and error.retry_after is not None:
        pause = max(pause, min(timedelta(seconds=error.retry_after), _LONGEST_RETRY))
    return Failure("dead" if is_dead else "active", now + pause * (1 + _JITTER * chance))


def rest_of_host(error: SourceError) -> timedelta:
    """How long its whole host is to be left alone: it asked for that with 429 or 503, an hour at most."""
    if isinstance(error, Refused) and error.status in _RESTING and error.retry_after is not None:
        return min(timedelta(seconds=error.retry_after), _LONGEST_REST)
    return timedelta()


def _rhythm(newest: Sequence[datetime]) -> timedelta | None:
    """Half the mean gap between entries of these times, newest first; ``None`` where there is none."""
    if len(newest) < 2:  # noqa: PLR2004 - a gap has two ends
        return None
    # All at once has a rhythm too: the floor, until silence makes it slower.
    return max((newest[0] - newest[-1]) / (len(newest) - 1) / _PER_GAP, timedelta(seconds=1))


def _seconds(value: float | None) -> timedelta | None:
    return timedelta(seconds=min(value, _LONGEST_RETRY.total_seconds())) if value else None
