"""Moments as people type them, in six languages."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from bot.errors import UserError
from bot.scheduling.moments import Direction, parse_moment
from bot.scheduling.parsing import parse_mode

# A Monday. Berlin is two hours ahead of UTC.
NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")


def _local(text, direction):
    moment = parse_moment(text, NOW, BERLIN, direction)
    return None if moment is None else f"{moment.astimezone(BERLIN):%Y-%m-%d %H:%M}"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("yesterday", "2026-05-31 00:00"),
        ("gestern", "2026-05-31 00:00"),
        ("ayer", "2026-05-31 00:00"),
        ("hier", "2026-05-31 00:00"),
        ("ontem", "2026-05-31 00:00"),
        ("вчера", "2026-05-31 00:00"),
        ("yesterday at 9", "2026-05-31 09:00"),
        ("3 days ago", "2026-05-29 00:00"),
        ("vor 3 Tagen", "2026-05-29 00:00"),
        ("2 hours ago", "2026-06-01 12:00"),
        ("sunday", "2026-05-31 00:00"),
        ("last monday", "2026-05-25 00:00"),
        ("1 May", "2026-05-01 00:00"),
        ("january", "2026-01-01 00:00"),
        ("1.5.2026", "2026-05-01 00:00"),
        ("13/5/2026", "2026-05-13 00:00"),
        ("2026-05-01", "2026-05-01 00:00"),
        ("2026-05-01T10:00+00:00", "2026-05-01 12:00"),
        ("this morning", "2026-06-01 09:00"),
        ("13:00", "2026-06-01 13:00"),
        ("5pm", "2026-05-31 17:00"),
        ("war", None),
        ("5", None),
        ("a", None),
        ("", None),
        ("yesterday " * 10, None),
    ],
)
def test_a_moment_in_the_past(text, expected):
    assert _local(text, Direction.PAST) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("tomorrow", "2026-06-02 00:00"),
        ("tomorrow 9:00", "2026-06-02 09:00"),
        ("morgen 9 Uhr", "2026-06-02 09:00"),
        ("mañana a las 9", "2026-06-02 09:00"),
        ("demain à 9h", "2026-06-02 09:00"),
        ("amanhã às 9", "2026-06-02 09:00"),
        ("завтра в 9", "2026-06-02 09:00"),
        ("in 2 hours", "2026-06-01 16:00"),
        ("через 2 часа", "2026-06-01 16:00"),
        ("dans 2 heures", "2026-06-01 16:00"),
        ("friday", "2026-06-05 00:00"),
        ("monday 8am", "2026-06-08 08:00"),
        ("9:00", "2026-06-02 09:00"),
        ("15:00", "2026-06-01 15:00"),
        ("31 dec", "2026-12-31 00:00"),
    ],
)
def test_a_moment_in_the_future(text, expected):
    assert _local(text, Direction.FUTURE) == expected


@pytest.mark.parametrize(("text", "problem"), [("1/5/2026", "two ways"), ("25:00", "time of day")])
def test_a_moment_that_cannot_be_read_is_refused(text, problem):
    with pytest.raises(UserError, match=problem):
        parse_moment(text, NOW, BERLIN, Direction.PAST)


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("weekdays", "weekdays 08:00"),
        ("weekdays at 9", "weekdays 09:00"),
        ("on weekdays 7:30", "weekdays 07:30"),
        ("every weekday", "weekdays 08:00"),
        ("every day at 9", "daily 09:00"),
        ("every morning", "daily 08:00"),
        ("every hour", "hourly"),
        ("every Monday 9:00", "weekly Mon 09:00"),
        ("on Fridays at 18:30", "weekly Fri 18:30"),
    ],
)
def test_a_delivery_mode_in_words(text, stored):
    mode = parse_mode(text)
    assert str(mode) == stored
    assert parse_mode(stored) == mode


def test_a_digest_on_weekdays_skips_the_weekend():
    friday_evening = datetime(2026, 6, 5, 18, tzinfo=UTC)
    due = parse_mode("weekdays 08:00").next_digest(friday_evening, BERLIN)
    assert f"{due.astimezone(BERLIN):%a %H:%M}" == "Mon 08:00"
    assert parse_mode("weekdays 08:00").is_scheduled
