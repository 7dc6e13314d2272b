from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchers.errors import FetchTimeout, HttpStatusError, NotAFeedError
from watchers.feeds.models import Hints
from watchers.sources.schedule import (
    DEAD_AFTER,
    IntervalLimits,
    host_cooldown,
    next_poll_time,
    plan_after_failure,
    poll_interval,
)

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)  # a Monday
LIMITS = IntervalLimits()
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def times(gap: timedelta, *, newest: timedelta = timedelta(), count: int = 10):
    return [NOW - newest - gap * n for n in range(count)]


def interval(published=(), *, hints=None, max_age=None, limits=LIMITS, pushed=False):
    return poll_interval(
        published, now=NOW, hints=hints or Hints(), max_age=max_age, limits=limits, pushed=pushed
    )


@pytest.mark.parametrize(
    ("published", "expected"),
    [
        (times(MINUTE), 5 * MINUTE),  # the floor
        (times(20 * MINUTE), 10 * MINUTE),
        (times(4 * HOUR), 2 * HOUR),
        (times(10 * DAY), DAY),  # the ceiling
        ([NOW] * 10, 5 * MINUTE),  # ten entries at once
        ([NOW - DAY] * 10, 2 * HOUR),  # ten entries at once, a day ago
        (times(10 * MINUTE, newest=DAY), 2 * HOUR),  # silent for a day
        (times(10 * MINUTE, newest=30 * DAY), DAY),
        ([], HOUR),
        ([NOW], HOUR),  # one entry gives no interval
        ([NOW - 10 * DAY], 20 * HOUR),  # but a silence
        (times(20 * MINUTE, newest=-10 * HOUR, count=5), HOUR),  # all dates in the future
    ],
)
def test_a_feed_is_polled_twice_per_gap_and_less_often_when_silent(published, expected):
    assert interval(published) == expected


@pytest.mark.parametrize(
    ("hints", "max_age", "expected"),
    [
        (Hints(ttl_seconds=1800), None, 30 * MINUTE),
        (Hints(ttl_seconds=60), None, 10 * MINUTE),  # a short ttl does not make polls more frequent
        (Hints(), 3600, HOUR),
        (Hints(ttl_seconds=1800), 3600, HOUR),
        (Hints(ttl_seconds=1e9), None, DAY),  # a wrong ttl is bounded
        (Hints(update_period_seconds=7 * 86_400), None, 10 * MINUTE),  # entry times come first
        (Hints(is_complete=True), None, DAY),
        (Hints(), 0.0, 10 * MINUTE),
    ],
)
def test_hints_make_polls_slower_but_never_faster(hints, max_age, expected):
    assert interval(times(20 * MINUTE), hints=hints, max_age=max_age) == expected


def test_the_update_period_counts_for_a_feed_without_entry_times():
    assert interval(hints=Hints(update_period_seconds=7200)) == 2 * HOUR


def test_a_pushed_feed_is_polled_far_less_often():
    assert interval(times(20 * MINUTE), pushed=True) == 2 * HOUR
    assert interval(times(4 * HOUR), pushed=True) == DAY


def test_the_configured_limits_apply():
    limits = IntervalLimits(HOUR, 2 * HOUR)
    assert interval(times(MINUTE), limits=limits) == HOUR
    assert interval(times(DAY), limits=limits) == 2 * HOUR


@given(
    gaps=st.lists(st.integers(-(10**6), 10**8), max_size=40),
    ttl=st.none() | st.floats(0, 1e12),
    max_age=st.none() | st.floats(0, 1e12),
    jitter=st.floats(0, 1),
    floor=st.integers(1, 10**5),
    extra=st.integers(0, 10**6),
    pushed=st.booleans(),
)
def test_the_next_poll_is_always_between_floor_and_ceiling(
    gaps, ttl, max_age, jitter, floor, extra, pushed
):
    limits = IntervalLimits(timedelta(seconds=floor), timedelta(seconds=floor + extra))
    published = [NOW - timedelta(seconds=gap) for gap in gaps]
    hints = Hints(ttl_seconds=ttl)
    wait = interval(published, hints=hints, max_age=max_age, limits=limits, pushed=pushed)
    due = next_poll_time(wait, now=NOW, hints=hints, jitter=jitter, limits=limits)
    assert limits.floor <= due - NOW <= limits.ceiling


def test_jitter_spreads_feeds_with_equal_intervals():
    dues = {
        next_poll_time(DAY, now=NOW, hints=Hints(), jitter=n / 10, limits=LIMITS) for n in range(10)
    }
    assert len(dues) == 10


@pytest.mark.parametrize(
    ("hints", "expected"),
    [
        (Hints(skip_hours=frozenset({12, 13})), NOW + 2 * HOUR + 10 * MINUTE),
        (Hints(skip_days=frozenset({0})), NOW + 12 * HOUR + 10 * MINUTE),
        (
            Hints(skip_days=frozenset(range(6)), skip_hours=frozenset(range(23))),
            NOW + 6 * DAY + 11 * HOUR + 10 * MINUTE,
        ),
    ],
)
def test_skipped_hours_and_days_delay_the_poll(hints, expected):
    assert next_poll_time(10 * MINUTE, now=NOW, hints=hints, jitter=0, limits=LIMITS) == expected


def http_error(status: int, retry_after: float | None = None) -> HttpStatusError:
    return HttpStatusError(status, "no", address="https://a/", retry_after=retry_after)


def plan(error, failures: int, since: timedelta = timedelta()):
    return plan_after_failure(
        error, now=NOW, failures=failures, failing_since=NOW - since, jitter=0, limits=LIMITS
    )


@pytest.mark.parametrize(
    "error", [http_error(404), http_error(500), FetchTimeout(20, address="x"), NotAFeedError("y")]
)
def test_failures_double_the_delay_up_to_a_day(error):
    delays = [plan(error, n).due_at - NOW for n in range(1, 12)]
    assert delays[:4] == [5 * MINUTE, 10 * MINUTE, 20 * MINUTE, 40 * MINUTE]
    assert delays[-1] == DAY
    assert plan(error, 10**6).due_at - NOW == DAY


def test_a_feed_is_dead_after_a_week_of_failures():
    before = plan(http_error(404), 14, DEAD_AFTER - MINUTE)
    after = plan(http_error(404), 15, DEAD_AFTER)
    assert (before.state, after.state) == ("active", "dead")
    assert after.due_at == NOW + DAY


def test_a_gone_feed_ends():
    assert plan(http_error(410), 1).state == "ended"
    assert plan(http_error(410), 1).due_at is None


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [(60, 5 * MINUTE), (7200, 2 * HOUR), (3 * 86_400, 3 * DAY), (1e12, 31 * DAY)],
)
def test_retry_after_is_honoured(seconds, expected):
    assert plan(http_error(429, seconds), 1).due_at == NOW + expected
    assert plan(http_error(503, seconds), 1).due_at == NOW + expected


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (http_error(429, 600), 10 * MINUTE),
        (http_error(503, 600), 10 * MINUTE),
        (http_error(429, 10**6), HOUR),  # bounded, for the other feeds of the host
        (http_error(429), timedelta()),
        (http_error(404, 600), timedelta()),
        (FetchTimeout(20, address="x"), timedelta()),
    ],
)
def test_a_host_cooldown_follows_429_and_503_only(error, expected):
    assert host_cooldown(error) == expected
