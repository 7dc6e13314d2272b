from datetime import UTC, datetime, timedelta

import pytest

from bot.conversation.durations import format_age, format_duration, parse_duration
from bot.errors import UserError

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("age", "text"),
    [
        ({"seconds": 0}, "just now"),
        ({"seconds": -90}, "just now"),
        ({"minutes": 5}, "5 min ago"),
        ({"hours": 3}, "3 h ago"),
        ({"days": 2}, "2 days ago"),
        ({"days": 8}, "24 May 2026"),
    ],
)
def test_format_age(age, text):
    assert format_age(NOW - timedelta(**age), NOW) == text


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("30m", "30 minutes"),
        ("1h", "1 hour"),
        ("2 days", "2 days"),
        ("1W", "1 week"),
        ("24h", "1 day"),
        ("1 year", "365 days"),
        ("an hour", "1 hour"),
        ("2 Stunden", "2 hours"),
        ("3 días", "3 days"),
        ("2 semaines", "2 weeks"),
        ("1 mês", "30 days"),
        ("5 минут", "5 minutes"),
        ("90m", "1 hour 30 minutes"),
    ],
)
def test_a_duration_is_parsed_and_formatted(text, words):
    assert format_duration(parse_duration(text)) == words


@pytest.mark.parametrize(
    "text", ["", "x", "1", "h", "0d", "9999w", "-1d", "2 years", "1.5h", "a m", "3 x"]
)
def test_an_invalid_duration_is_rejected(text):
    with pytest.raises(UserError):
        parse_duration(text)
