from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as some

from bot.timing.days import Days
from tests.bot.timing.test_moments import ZONES, between, moments, zones

A_SECOND = timedelta(seconds=1)


@given(moments, zones, some.integers(2, 400))
def test_days_begin_and_end_where_the_calendar_turns_its_leaf(now, zone, many):
    days = Days.up_to(now, many, zone)
    assert days.begin <= now < days.end
    assert days.day_of(now) == days.last
    # Samoa had no 30 December 2011: what would begin then begins with the next day.
    assert days.day_of(days.begin - A_SECOND) < days.first <= days.day_of(days.begin)
    assert days.day_of(days.end - A_SECOND) <= days.last < days.day_of(days.end)


@given(moments, zones, some.floats(0, 1))
def test_the_offsets_of_days_give_the_day_of_every_moment(now, zone, place):
    days = Days.up_to(now, 200, zone)
    moment = days.begin + place * (days.end - A_SECOND - days.begin)
    ahead = [offset for begin, offset in days.offsets if begin <= moment][-1]
    assert (moment.astimezone(UTC) + ahead).date() == days.day_of(moment)


@pytest.mark.parametrize(
    ("zone", "begins"),
    [
        ("UTC", "2026-06-01T00:00+00:00"),
        ("Europe/Kyiv", "2026-05-31T21:00+00:00"),
        ("Asia/Kathmandu", "2026-05-31T18:15+00:00"),
    ],
)
def test_a_day_begins_at_midnight_of_its_zone(zone, begins):
    now = datetime(2026, 6, 1, 12, tzinfo=UTC)
    assert Days.up_to(now, 1, ZoneInfo(zone)).begin == datetime.fromisoformat(begins)


def test_where_the_clocks_jump_over_midnight_the_day_begins_at_the_jump():
    """Havana, 8 March 2026: from 00:00 to 01:00."""
    havana = ZoneInfo("America/Havana")
    days = Days.up_to(datetime(2026, 3, 8, 12, tzinfo=UTC), 1, havana)
    assert days.begin == datetime(2026, 3, 8, 5, tzinfo=UTC)
    assert days.end - days.begin == timedelta(hours=23)


@given(between("2026-01-01", "2026-12-31"))
def test_a_part_is_some_of_the_days(now):
    days = Days.up_to(now, 30, ZoneInfo("Europe/Berlin"))
    assert days.part(days.first, 30) == days
    assert days.part(days.last).begin == Days.up_to(now, 1, days.zone).begin


def test_every_zone_has_few_offsets_in_a_year():
    for zone in ZONES:
        assert len(Days.up_to(datetime(2026, 12, 31, tzinfo=UTC), 366, zone).offsets) <= 5
