from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchers.errors import NotAFeed, Refused, TooSlow
from watchers.feeds.values import Hints
from watchers.sources.schedule import (
    DEAD_AFTER,
    Limits,
    after_failure,
    due_after,
    interval_of,
    rest_of_host,
)

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)  # a Monday
LIMITS = Limits()
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def times(gap: timedelta, *, newest: timedelta = timedelta(), many: int = 10):
    return [NOW - newest - gap * n for n in range(many)]


def interval(published=(), *, hints=None, max_age=None, limits=LIMITS, pushed=False):
    return interval_of(
        published, now=NOW, hints=hints or Hints(), max_age=max_age, limits=limits, pushed=pushed
    )


@pytest.mark.parametrize(
    ("published", "expected"),
    [
        (times(MINUTE), 5 * MINUTE),  # the floor
        (times(20 * MINUTE), 10 * MINUTE),
        (times(4 * HOUR), 2 * HOUR),
        (times(10 * DAY), DAY),  # the ceiling
        ([NOW] * 10, 5 * MINUTE),  # ten at once: there may be more
        ([NOW - DAY] * 10, 2 * HOUR),  # ten at once a day ago
        (times(10 * MINUTE, newest=DAY), 2 * HOUR),  # has fallen silent
        (times(10 * MINUTE, newest=30 * DAY), DAY),
        ([], HOUR),
        ([NOW], HOUR),  # one says nothing of a rhythm
        ([NOW - 10 * DAY], 20 * HOUR),  # but of silence
        (times(20 * MINUTE, newest=-10 * HOUR, many=5), HOUR),  # all of it to come
    ],
)
def test_a_feed_is_asked_twice_between_two_entries_and_less_often_when_it_falls_silent(
    published, expected
):
    assert interval(published) == expected


@pytest.mark.parametrize(
    ("hints", "max_age", "expected"),
    [
        (Hints(ttl=1800), None, 30 * MINUTE),
        (Hints(ttl=60), None, 10 * MINUTE),  # no reason to ask more often than it publishes
        (Hints(), 3600, HOUR),
        (Hints(ttl=1800), 3600, HOUR),
        (Hints(ttl=1e9), None, DAY),  # a slip of the pen silences nobody for ever
        (Hints(update_period=7 * 86_400), None, 10 * MINUTE),  # the entries know better
        (Hints(is_complete=True), None, DAY),
        (Hints(), 0.0, 10 * MINUTE),
    ],
)
def test_what_a_feed_and_its_server_say_makes_it_slower_never_faster(hints, max_age, expected):
    assert interval(times(20 * MINUTE), hints=hints, max_age=max_age) == expected


def test_the_period_that_a_feed_states_counts_where_its_entries_tell_nothing():
    assert interval(hints=Hints(update_period=7200)) == 2 * HOUR


def test_a_feed_that_is_pushed_is_asked_far_less_often():
    assert interval(times(20 * MINUTE), pushed=True) == 2 * HOUR
    assert interval(times(4 * HOUR), pushed=True) == DAY


def test_the_limits_are_those_that_were_set():
    limits = Limits(HOUR, 2 * HOUR)
    assert interval(times(MINUTE), limits=limits) == HOUR
    assert interval(times(DAY), limits=limits) == 2 * HOUR


@given(
    gaps=st.lists(st.integers(-(10**6), 10**8), max_size=40),
    ttl=st.none() | st.floats(0, 1e12),
    max_age=st.none() | st.floats(0, 1e12),
    chance=st.floats(0, 1),
    floor=st.integers(1, 10**5),
    more=st.integers(0, 10**6),
    pushed=st.booleans(),
)
def test_whatever_is_said_the_next_look_is_between_floor_and_ceiling(
    gaps, ttl, max_age, chance, floor, more, pushed
):
    limits = Limits(timedelta(seconds=floor), timedelta(seconds=floor + more))
    published = [NOW - timedelta(seconds=gap) for gap in gaps]
    hints = Hints(ttl=ttl)
    length = interval(published, hints=hints, max_age=max_age, limits=limits, pushed=pushed)
    due = due_after(length, now=NOW, hints=hints, chance=chance, limits=limits)
    assert limits.floor <= due - NOW <= limits.ceiling


def test_feeds_that_came_together_are_spread():
    dues = {due_after(DAY, now=NOW, hints=Hints(), chance=n / 10, limits=LIMITS) for n in range(10)}
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
def test_hours_and_days_that_a_feed_skips_are_waited_for(hints, expected):
    assert due_after(10 * MINUTE, now=NOW, hints=hints, chance=0, limits=LIMITS) == expected


def refused(status: int, retry_after: float | None = None) -> Refused:
    return Refused(status, "no", address="https://a/", retry_after=retry_after)


def failed(error, failures: int, since: timedelta = timedelta()):
    return after_failure(
        error, now=NOW, failures=failures, failing_since=NOW - since, chance=0, limits=LIMITS
    )


@pytest.mark.parametrize(
    "error", [refused(404), refused(500), TooSlow(20, address="x"), NotAFeed("y")]
)
def test_a_feed_that_fails_is_asked_half_as_often_each_time_and_once_a_day_at_last(error):
    waits = [failed(error, n).due - NOW for n in range(1, 12)]
    assert waits[:4] == [5 * MINUTE, 10 * MINUTE, 20 * MINUTE, 40 * MINUTE]
    assert waits[-1] == DAY
    assert failed(error, 10**6).due - NOW == DAY


def test_after_a_week_of_failing_a_feed_is_dead_and_asked_once_a_day():
    before = failed(refused(404), 14, DEAD_AFTER - MINUTE)
    after = failed(refused(404), 15, DEAD_AFTER)
    assert (before.state, after.state) == ("active", "dead")
    assert after.due == NOW + DAY


def test_a_feed_that_is_gone_for_good_is_never_asked_again():
    assert failed(refused(410), 1).state == "ended"
    assert failed(refused(410), 1).due is None


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [(60, 5 * MINUTE), (7200, 2 * HOUR), (3 * 86_400, 3 * DAY), (1e12, 31 * DAY)],
)
def test_what_a_server_asks_us_to_wait_is_kept_to(seconds, expected):
    assert failed(refused(429, seconds), 1).due == NOW + expected
    assert failed(refused(503, seconds), 1).due == NOW + expected


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (refused(429, 600), 10 * MINUTE),
        (refused(503, 600), 10 * MINUTE),
        (refused(429, 10**6), HOUR),  # one feed's answer silences its host for no longer
        (refused(429), timedelta()),
        (refused(404, 600), timedelta()),
        (TooSlow(20, address="x"), timedelta()),
    ],
)
def test_a_host_that_asks_for_rest_gets_it_from_all_its_feeds(error, expected):
    assert rest_of_host(error) == expected
