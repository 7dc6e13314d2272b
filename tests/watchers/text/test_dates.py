from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from watchers.text.dates import parse_date

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def parsed(text):
    moment = parse_date(text, now=NOW)
    return moment and moment.strftime("%Y-%m-%d %H:%M")


@pytest.mark.parametrize(
    "text",
    [
        "2024-06-20",
        "2024/06/20",
        "20240620",
        "20 June 2024",
        "20th June 2024",
        "June 20, 2024",
        "Jun 20 2024",
        "JUNE 20, 2024",
        "Thursday, June 20, 2024",
        "Thu, 20 Jun 2024",
        "20.06.2024",
        "20.6.2024",
        "20/06/2024",
        "06/20/2024",
        "  20   June\n2024 ",
        "20-Jun-2024",
        "2024 June 20",
    ],
)
def test_a_date_without_a_time_is_noon(text):
    assert parsed(text) == "2024-06-20 12:00"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024-06-20T10:30:00Z", "2024-06-20 10:30"),
        ("2024-06-20T10:30:00+09:00", "2024-06-20 01:30"),
        ("2024-06-20 10:30", "2024-06-20 10:30"),
        ("2024-06-20T10:30:15.123456-04:00", "2024-06-20 14:30"),
        ("Thu, 20 Jun 2024 10:30:00 GMT", "2024-06-20 10:30"),
        ("Thu, 20 Jun 2024 10:30:00 +0200", "2024-06-20 08:30"),
        ("Thu, 20 Jun 2024 10:30:00 EDT", "2024-06-20 14:30"),
        ("June 20, 2024 10:30 AM EST", "2024-06-20 15:30"),
        ("20 June 2024 5:30 PM EST", "2024-06-20 22:30"),
        ("Thu, 20 Jun 2024 10:30:00 +0200 (CEST)", "2024-06-20 08:30"),
        ("Thu, 20 Jun 2024 10:30:00 -0000", "2024-06-20 10:30"),
        ("20 June 2024, 10:30 MSK", "2024-06-20 07:30"),
        ("20 June 2024, 10:30 CEST", "2024-06-20 08:30"),
        ("June 20, 2024 at 5:30 p.m.", "2024-06-20 17:30"),
        ("20 June 2024 10:30 XQZ", "2024-06-20 10:30"),
    ],
)
def test_a_time_is_converted_to_utc(text, expected):
    assert parsed(text) == expected


def test_a_date_with_dots_has_its_day_first():
    assert parsed("01.06.2024") == "2024-06-01 12:00"
    assert parsed("3.2.2025") == "2025-02-03 12:00"
    assert parsed("2024.06.01") == "2024-06-01 12:00"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "yesterday",
        "2024",
        "1999",
        "June 2024",
        "2024-06",
        "Monday 2024",
        "10:30 2024",
        "20 June",
        "June 20",
        "30 February 2024",
        "2024-02-30",
        "2024-13-01",
        "32 June 2024",
        "20 June 3024",
        "20 June 1824",
        "20 June 2027",
        "0001-01-01T00:00:00.2000+14:00",
        "9999-12-31T23:59:59.2000-14:00",
        "2024-06-20T10:00:00+99:00",
        "99999999999999999999 2024",
        "The treaty was signed on 20 June 2024",
        "2024 missiles",
        "2024 2023 2022",
        "20 June 2024 " + "x" * 80,
        "nan 2024",
        "2024\0",
    ],
)
def test_an_incomplete_or_implausible_date_is_none(text):
    assert parse_date(text, now=NOW) is None


def test_tomorrow_is_accepted_but_a_later_day_is_not():
    assert parsed("2026-03-02 11:00") == "2026-03-02 11:00"
    assert parsed("2026-03-04") is None


PIECES = st.sampled_from(
    [
        *(
            "2024",
            "1999",
            "20",
            "6",
            "06",
            "0001",
            "9999",
            "99",
            "1e5",
            "nan",
            "²",
            "٢",
            "14:00",
            "June",
            "Mon",
        ),
        *(
            "-",
            "/",
            ":",
            ".",
            ",",
            "+",
            "(",
            "'",
            " ",
            "T",
            "Z",
            "EST",
            "UTC",
            "pm",
            "at",
            "of",
            "h",
            "th",
        ),
    ]
)


@settings(max_examples=400)
@given(st.lists(PIECES, max_size=9).map("".join) | st.text(max_size=60))
def test_any_text_gives_a_utc_date_or_none(text):
    for candidate in (text, f"2024 {text}"):
        moment = parse_date(candidate, now=NOW)
        assert moment is None or moment.tzinfo is UTC


@given(st.datetimes(datetime(1990, 1, 1), datetime(2026, 1, 1)))  # noqa: DTZ001 - Hypothesis requires naive bounds
def test_an_iso_date_is_read_exactly(moment):
    moment = moment.replace(tzinfo=UTC, microsecond=0)
    assert parse_date(moment.isoformat(), now=NOW) == moment
