from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from bot.scheduling.wall_clock import (
    find_zone,
    from_local,
    interval_end,
    interval_start,
    is_between,
    next_hour,
    next_time,
    suggest_timezones,
    to_local,
)

BERLIN = ZoneInfo("Europe/Berlin")
ZONES = [
    ZoneInfo(name)
    for name in (
        "UTC Europe/Berlin Europe/Kyiv Europe/London Europe/Dublin Africa/Casablanca Africa/Cairo"
        " America/New_York America/St_Johns America/Santiago America/Sao_Paulo America/Havana"
        " Asia/Kathmandu Asia/Tehran Asia/Beirut Asia/Tokyo Australia/Lord_Howe Australia/Adelaide"
        " Pacific/Chatham Pacific/Apia Pacific/Kiritimati Antarctica/Troll America/Nuuk"
    ).split()
]
zones = some.sampled_from(ZONES)
clocks = some.builds(time, some.integers(0, 23), some.integers(0, 59))


def between(first: str, last: str):
    """Return moments between two days; hypothesis requires naive limits."""
    limits = datetime.fromisoformat(first), datetime.fromisoformat(last)
    return some.datetimes(*limits, timezones=some.just(UTC))


moments = between("2005-01-01", "2037-01-01")


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


@pytest.mark.parametrize(
    ("after", "clock", "expected"),
    [
        ("2026-03-28T09:00+01:00", "08:00", "2026-03-29T08:00+02:00"),
        ("2026-10-24T09:00+02:00", "08:00", "2026-10-25T08:00+01:00"),
        # Skipped: the moment of the change.
        ("2026-03-28T09:00+01:00", "02:30", "2026-03-29T03:00+02:00"),
        # Twice: the first occurrence.
        ("2026-10-24T09:00+02:00", "02:30", "2026-10-25T02:30+02:00"),
        ("2026-10-25T02:30+02:00", "02:30", "2026-10-26T02:30+01:00"),
        ("2026-06-01T08:00+02:00", "08:00", "2026-06-02T08:00+02:00"),
        ("2026-06-01T07:59:59+02:00", "08:00", "2026-06-01T08:00+02:00"),
    ],
)
def test_a_daily_time_is_a_local_time(after, clock, expected):
    moment = next_time(_moment(after), time.fromisoformat(clock), BERLIN)
    assert moment == _moment(expected)


@given(moments, clocks, zones)
def test_the_next_time_is_the_local_time_or_the_change_that_skips_it(after, clock, zone):
    moment = next_time(after, clock, zone)
    assert after < moment < after + timedelta(days=2, hours=2)
    local = to_local(moment, zone)
    if local.time() != clock:
        before = to_local(moment - timedelta(seconds=1), zone)
        assert before.time() < clock < local.time() or before.date() < local.date()


@given(moments, clocks, zones)
def test_a_daily_time_occurs_once_per_day(start, clock, zone):
    days = []
    for _ in range(40):
        start = next_time(start, clock, zone)
        days.append(to_local(start, zone).date())
    assert len(set(days)) == 40
    # Samoa had no 30 December 2011.
    assert (days[-1] - days[0]).days in {39, 40}


@given(moments, clocks, zones, some.integers(0, 6))
def test_a_weekly_time_is_on_its_day(after, clock, zone, weekday):
    moment = next_time(after, clock, zone, weekday=weekday)
    assert to_local(moment, zone).weekday() == weekday
    assert moment - after < timedelta(days=14, hours=2)


@given(moments, zones)
def test_the_next_full_hour_is_at_most_one_hour_away(after, zone):
    moment = next_hour(after, zone)
    assert timedelta(0) < moment - after <= timedelta(hours=1)
    if moment.astimezone(zone).utcoffset() == after.astimezone(zone).utcoffset():
        assert (to_local(moment, zone).minute, to_local(moment, zone).second) == (0, 0)


def test_a_skipped_day_has_no_moments():
    assert from_local(date(2011, 12, 30), time(8), ZoneInfo("Pacific/Apia")) is None


def _first_by_brute_force(moment, zone, is_match) -> datetime:
    """Return the first minute after ``moment`` whose local time matches."""
    minute = moment.replace(second=0, microsecond=0)
    while minute <= moment or not is_match(to_local(minute, zone).time()):
        minute += timedelta(minutes=1)
    return minute


@settings(max_examples=40)
@given(
    zones,
    between("2026-01-01", "2026-12-31"),
    clocks,
    clocks,
)
def test_interval_edges_equal_those_found_by_brute_force(zone, moment, begin, end):
    if begin == end:
        return
    inside = lambda clock: is_between(clock, begin, end)  # noqa: E731
    if inside(to_local(moment, zone).time()):
        leaving = interval_end(moment, begin, end, zone)
        assert leaving == _first_by_brute_force(moment, zone, lambda clock: not inside(clock))
    else:
        assert interval_start(moment, begin, end, zone) == _first_by_brute_force(
            moment, zone, inside
        )


@pytest.mark.parametrize("zone", ZONES, ids=str)
def test_interval_edges_are_correct_at_every_offset_change(zone):
    inner_test = test_interval_edges_equal_those_found_by_brute_force.hypothesis.inner_test  # type: ignore[attr-defined]
    for change in _changes(zone):
        for before in (0, 20, 61):
            for begin, end in (("01:30", "02:30"), ("22:00", "02:00"), ("00:00", "00:30")):
                edges = time.fromisoformat(begin), time.fromisoformat(end)
                inner_test(zone, change - timedelta(minutes=before), *edges)


def _changes(zone) -> list[datetime]:
    hours = [datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=n) for n in range(24 * 365)]
    offsets = [hour.astimezone(zone).utcoffset() for hour in hours]
    return [hours[n] for n in range(1, len(hours)) if offsets[n] != offsets[n - 1]]


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("Europe/Kyiv", "Europe/Kyiv"),
        ("europe/kyiv", "Europe/Kyiv"),
        ("Kyiv", "Europe/Kyiv"),
        ("new york", "America/New_York"),
        ("utc", "UTC"),
        ("../../etc/passwd", None),
        ("Europe", None),
        ("x" * 10_000, None),
        ("", None),
    ],
)
def test_a_zone_is_found_by_name_or_city(typed, name):
    zone = find_zone(typed)
    assert (zone.key if zone else None) == name


def test_a_misspelt_zone_gets_similar_names():
    assert "Europe/Berlin" in suggest_timezones("Europe/Berln")
