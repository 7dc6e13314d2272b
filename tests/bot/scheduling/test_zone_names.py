"""Time zones by the names that people use."""

from datetime import UTC, datetime

import pytest

from bot.errors import UserError
from bot.scheduling.wall_clock import describe_zone, find_zone
from bot.scheduling.zone_names import resolve_zone

NOW = datetime(2026, 6, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("name", "zone"),
    [
        ("India", "Asia/Kolkata"),
        ("Indien", "Asia/Kolkata"),
        ("Deutschland", "Europe/Berlin"),
        ("Spain", "Europe/Madrid"),
        ("China", "Asia/Shanghai"),
        ("UK", "Europe/London"),
        ("Argentina", "America/Argentina/Buenos_Aires"),
        ("PST", "America/Los_Angeles"),
        ("pdt", "America/Los_Angeles"),
        ("EST", "America/New_York"),
        ("IST", "Asia/Kolkata"),
        ("BST", "Europe/London"),
        ("AEST", "Australia/Sydney"),
        ("MESZ", "Europe/Berlin"),
        ("CET", "CET"),
        ("Berlin", "Europe/Berlin"),
        ("new york", "America/New_York"),
        ("Wien", "Europe/Vienna"),
        ("Москва", "Europe/Moscow"),
        ("Nueva York", "America/New_York"),
        ("Europe/Kyiv", "Europe/Kyiv"),
        ("UTC+5:30", "Asia/Kolkata"),
        ("utc +0545", "Asia/Kathmandu"),
        ("UTC+1", "Etc/GMT-1"),
        ("GMT-3", "Etc/GMT+3"),
        ("+14", "Etc/GMT-14"),
        ("UTC+0", "UTC"),
    ],
)
def test_a_name_is_resolved(name, zone):
    assert resolve_zone(name, NOW).zone.key == zone
    # The key is stored and read again.
    assert find_zone(zone).key == zone


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("USA", "United States has several time zones; name a city: New York, Chicago, Denver"),
        ("Россия", "Russia has several time zones; name a city: Moscow"),
        ("UTC-3:30", "no place has the offset"),
        ("UTC+25", "no place has the offset"),
        ("Mars", "“Mars” is not a time zone"),
        ("x" * 100, "too long"),
        ("../../etc/passwd", "is not a time zone"),
    ],
)
def test_a_name_without_one_zone_is_refused(name, words):
    with pytest.raises(UserError) as caught:
        resolve_zone(name, NOW)
    assert words in str(caught.value)


def test_the_answer_states_how_a_name_was_read():
    assert resolve_zone("PST", NOW).note == "“PST” is read as the time of Los Angeles."
    assert "name it: /timezone Berlin" in resolve_zone("UTC+1", NOW).note
    assert resolve_zone("Berlin", NOW).note == ""


def test_a_fixed_offset_is_shown_with_the_sign_that_people_use():
    assert describe_zone("Etc/GMT-5") == "UTC+5"
    assert describe_zone("Etc/GMT+3") == "UTC-3"
    assert describe_zone("Europe/Berlin") == "Europe/Berlin"
