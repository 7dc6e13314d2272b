from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as some

from bot.scheduling.wall_clock import Days
from tests.bot.scheduling.test_wall_clock import ZONES, between, moments, zones

ONE_SECOND = timedelta(seconds=1)


@given(moments, zones, some.integers(2, 400))
def test_days_begin_and_end_at_a_change_of_the_date(now, zone, count):
    days = Days.up_to(now, count, zone)
    assert days.start <= now < days.end
    assert days.day_of(now) == days.last
    # Samoa had no 30 December 2011: that day begins with the next one.
    assert days.day_of(days.start - ONE_SECOND) < days.first <= days.day_of(days.start)
    assert days.day_of(days.end - ONE_SECOND) <= days.last < days.day_of(days.end)


@given(moments, zones, some.floats(0, 1))
def test_the_offsets_give_the_day_of_every_moment(now, zone, fraction):
    days = Days.up_to(now, 200, zone)
    moment = days.start + fraction * (days.end - ONE_SECOND - days.start)
    utc_offset = [offset for begin, offset in days.offsets if begin <= moment][-1]
    assert (moment.astimezone(UTC) + utc_offset).date() == days.day_of(moment)


@pytest.mark.parametrize(
    ("zone", "begins"),
    [
        ("UTC", "2026-06-01T00:00+00:00"),
        ("Europe/Kyiv", "2026-05-31T21:00+00:00"),
        ("Asia/Kathmandu", "2026-05-31T18:15+00:00"),
    ],
)
def test_a_day_begins_at_local_midnight(zone, begins):
    now = datetime(2026, 6, 1, 12, tzinfo=UTC)
    assert Days.up_to(now, 1, ZoneInfo(zone)).start == datetime.fromisoformat(begins)


def test_a_day_without_midnight_begins_at_the_offset_change():
    """Havana, 8 March 2026: from 00:00 to 01:00."""
    havana = ZoneInfo("America/Havana")
    days = Days.up_to(datetime(2026, 3, 8, 12, tzinfo=UTC), 1, havana)
    assert days.start == datetime(2026, 3, 8, 5, tzinfo=UTC)
    assert days.end - days.start == timedelta(hours=23)


@given(between("2026-01-01", "2026-12-31"))
def test_a_part_contains_some_of_the_days(now):
    days = Days.up_to(now, 30, ZoneInfo("Europe/Berlin"))
    assert days.subrange(days.first, 30) == days
    assert days.subrange(days.last).start == Days.up_to(now, 1, days.zone).start


def test_every_zone_has_few_offsets_in_a_year():
    for zone in ZONES:
        assert len(Days.up_to(datetime(2026, 12, 31, tzinfo=UTC), 366, zone).offsets) <= 5
