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
        ({"days": 2}, "2 d ago"),
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
    ],
)
def test_a_duration_is_parsed_and_formatted(text, words):
    assert format_duration(parse_duration(text)) == words


@pytest.mark.parametrize("text", ["", "x", "1", "h", "0d", "9999w", "-1d", "1 year", "1.5h"])
def test_an_invalid_duration_is_rejected(text):
    with pytest.raises(UserError):
        parse_duration(text)
