from datetime import UTC, datetime, timedelta

import pytest

from bot.conversation.times import age, parse_duration, say_duration
from bot.errors import MisuseError

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("ago", "said"),
    [
        ({"seconds": 0}, "just now"),
        ({"seconds": -90}, "just now"),
        ({"minutes": 5}, "5 min ago"),
        ({"hours": 3}, "3 h ago"),
        ({"days": 2}, "2 d ago"),
        ({"days": 8}, "24 May 2026"),
    ],
)
def test_an_age_is_said_as_people_say_it(ago, said):
    assert age(NOW - timedelta(**ago), NOW) == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("30m", "30 minutes"),
        ("1h", "1 hour"),
        ("2 days", "2 days"),
        ("1W", "1 week"),
        ("24h", "1 day"),
    ],
)
def test_a_length_of_time_is_read_and_said_back(text, said):
    assert say_duration(parse_duration(text)) == said


@pytest.mark.parametrize("text", ["", "x", "1", "h", "0d", "9999w", "-1d", "1 year", "1.5h"])
def test_what_is_no_length_of_time_is_refused(text):
    with pytest.raises(MisuseError):
        parse_duration(text)
