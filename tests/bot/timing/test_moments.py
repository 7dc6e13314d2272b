from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from bot.timing.moments import at, enters, is_between, leaves, next_hour, next_time, wall
from bot.timing.zones import zone_named, zones_like

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
    """Moments between two days; hypothesis wants these without a zone."""
    limits = datetime.fromisoformat(first), datetime.fromisoformat(last)
    return some.datetimes(*limits, timezones=some.just(UTC))


moments = between("2005-01-01", "2037-01-01")


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


@pytest.mark.parametrize(
    ("after", "clock", "then"),
    [
        ("2026-03-28T09:00+01:00", "08:00", "2026-03-29T08:00+02:00"),  # 23 hours away
        ("2026-10-24T09:00+02:00", "08:00", "2026-10-25T08:00+01:00"),  # 25
        ("2026-03-28T09:00+01:00", "02:30", "2026-03-29T03:00+02:00"),  # jumped over: at the jump
        ("2026-10-24T09:00+02:00", "02:30", "2026-10-25T02:30+02:00"),  # shown twice: the first
        ("2026-10-25T02:30+02:00", "02:30", "2026-10-26T02:30+01:00"),
        ("2026-06-01T08:00+02:00", "08:00", "2026-06-02T08:00+02:00"),
        ("2026-06-01T07:59:59+02:00", "08:00", "2026-06-01T08:00+02:00"),
    ],
)
def test_a_daily_time_comes_by_the_clock_on_the_wall(after, clock, then):
    found = next_time(_moment(after), time.fromisoformat(clock), BERLIN)
    assert found == _moment(then)


@given(moments, clocks, zones)
def test_the_next_time_is_shown_by_the_clock_or_was_jumped_over(after, clock, zone):
    found = next_time(after, clock, zone)
    assert after < found < after + timedelta(days=2, hours=2)
    shown = wall(found, zone)
    if shown.time() != clock:
        before = wall(found - timedelta(seconds=1), zone)
        assert before.time() < clock < shown.time() or before.date() < shown.date()


@given(moments, clocks, zones)
def test_a_daily_time_comes_once_a_day(start, clock, zone):
    days = []
    for _ in range(40):
        start = next_time(start, clock, zone)
        days.append(wall(start, zone).date())
    assert len(set(days)) == 40
    assert (days[-1] - days[0]).days in {39, 40}  # Samoa had no 30 December 2011


@given(moments, clocks, zones, some.integers(0, 6))
def test_a_weekly_time_comes_on_its_day(after, clock, zone, weekday):
    found = next_time(after, clock, zone, weekday=weekday)
    assert wall(found, zone).weekday() == weekday
    assert found - after < timedelta(days=14, hours=2)


@given(moments, zones)
def test_an_hour_is_never_longer_than_an_hour(after, zone):
    found = next_hour(after, zone)
    assert timedelta(0) < found - after <= timedelta(hours=1)
    if found.astimezone(zone).utcoffset() == after.astimezone(zone).utcoffset():
        assert (wall(found, zone).minute, wall(found, zone).second) == (0, 0)


def test_a_day_that_a_zone_left_out_has_no_morning():
    assert at(date(2011, 12, 30), time(8), ZoneInfo("Pacific/Apia")) is None


def _first_by_looking(moment, zone, is_there) -> datetime:
    """Every minute of the clock, looked at."""
    step = timedelta(minutes=1)
    at_step = moment.replace(second=0, microsecond=0)
    while at_step <= moment or not is_there(wall(at_step, zone).time()):
        at_step += step
    return at_step


@settings(max_examples=40)
@given(
    zones,
    between("2026-01-01", "2026-12-31"),
    clocks,
    clocks,
)
def test_leaving_and_entering_is_what_looking_at_the_clock_finds(zone, moment, begin, end):
    if begin == end:
        return
    inside = lambda clock: is_between(clock, begin, end)  # noqa: E731
    if inside(wall(moment, zone).time()):
        found = leaves(moment, begin, end, zone)
        assert found == _first_by_looking(moment, zone, lambda clock: not inside(clock))
    else:
        assert enters(moment, begin, end, zone) == _first_by_looking(moment, zone, inside)


@pytest.mark.parametrize("zone", ZONES, ids=str)
def test_leaving_and_entering_is_right_at_every_change_of_the_clocks(zone):
    for change in _changes(zone):
        for before in (0, 20, 61):
            for begin, end in (("01:30", "02:30"), ("22:00", "02:00"), ("00:00", "00:30")):
                edges = time.fromisoformat(begin), time.fromisoformat(end)
                test_leaving_and_entering_is_what_looking_at_the_clock_finds.hypothesis.inner_test(
                    zone, change - timedelta(minutes=before), *edges
                )


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
def test_a_zone_is_found_by_its_name_or_its_city(typed, name):
    zone = zone_named(typed)
    assert (zone.key if zone else None) == name


def test_a_misspelt_zone_brings_names_that_are_like_it():
    assert "Europe/Berlin" in zones_like("Europe/Berln")
