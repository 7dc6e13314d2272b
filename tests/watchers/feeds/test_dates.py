from datetime import UTC, datetime, timedelta

import pytest

from watchers.feeds.dates import parse_feed_date
from watchers.feeds.models import is_plausible_date

TEN = datetime(2026, 11, 23, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "Mon, 23 Nov 2026 10:00:00 GMT",
        "Mon, 23 Nov 2026 10:00 +0000",
        "Mon, 23 November 2026 10:00:00 Z",
        "23 Nov 26 10:00 UT",
        "23 Nov 2026 05:00 EST",
        "Mon, 23 Nov 2026 11:00:00 CET",
        "Mon, 23 Nov 2026 19:00:00 JST",
        "Mon, 23 Nov 2026 12:00:00 +02:00",
        "Mon, 23 Nov 2026 12:00:00 GMT+2",
        "Mon, 23 Nov 2026 12:00:00 UTC+0200",
        "Mon, 23 Nov 2026 15:30:00 +0530",
        "Mon, 23 Nov 2026 10:00:00 +9999",  # an invalid offset counts as UTC
        "Mon, 23 Nov 2026 10:00:00 XYZ",
        "Tue, 23 Nov 2026 10:00:00 GMT",  # the weekday is ignored
        "Mon, 23-Nov-2026 10:00:00 GMT",
        "Mon Nov 23 10:00:00 2026",
        "Nov 23, 2026 10:00 AM",
        "  Mon,  23 Nov 2026\n10:00:00 GMT ",
        "2026-11-23T10:00:00Z",
        "2026-11-23T10:00:00.000000000Z",
        "2026-11-23T11:00:00+01:00",
        "2026-11-23T11:00:00+0100",
        "2026-11-23T11:00+01:00",
        "2026-11-23 10:00",
        "2026-11-23 10:00:00",
        "2026-11-23 10:00:00.0",
        "2026-11-23 11:00:00 +0100",
        "2026-11-23 10:00:00 UTC",
        "20261123T100000Z",
        "2026/11/23 10:00:00",
        "23/11/2026 10:00",
        "11/23/2026 10:00",
        "23.11.2026 10:00",
        "1795428000",
        "1795428000000",
        "1795428000.0",
        "Mo, 23 Nov 2026 11:00:00 +0100",
        "Montag, 23. November 2026 10:00",
        "lun., 23 nov. 2026 11:00:00 +0100",
        "lundi 23 novembre 2026 - 10:00",
        "lun, 23 nov 2026 10:00:00 +0000",
        "lunedì 23 novembre 2026 10:00",
        "seg, 23 nov 2026 07:00:00 -0300",
        "ma, 23 nov 2026 11:00:00 +0100",
        "mån, 23 nov 2026 11:00:00 +0100",
        "Пн, 23 ноя 2026 13:00:00 +0300",
        "23 ноября 2026 10:00",
        "pon, 23 lis 2026 11:00:00 +0100",
        "23 Kasım 2026 10:00",
        "2026. november 23. 10:00",
        "Δευ, 23 Νοε 2026 12:00:00 EET",
        "2026년 11월 23일 19:00:00",
        "2026-11-23 10:00:00.0 GMT",
    ],
)
def test_all_notations_of_a_date_are_parsed(text):
    assert parse_feed_date(text) == TEN


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-23", datetime(2026, 11, 23, tzinfo=UTC)),
        ("20261123", datetime(2026, 11, 23, tzinfo=UTC)),
        ("2026-327", datetime(2026, 11, 23, tzinfo=UTC)),
        ("Nov 23, 2026 10:00 PM", datetime(2026, 11, 23, 22, tzinfo=UTC)),
        ("23 November 2026", datetime(2026, 11, 23, tzinfo=UTC)),
        ("November 23, 2026", datetime(2026, 11, 23, tzinfo=UTC)),
        ("Monday, November 23, 2026", datetime(2026, 11, 23, tzinfo=UTC)),
        ("3 mars 2026", datetime(2026, 3, 3, tzinfo=UTC)),
        ("mardi 3 mars 2026", datetime(2026, 3, 3, tzinfo=UTC)),
        ("martedì 3 marzo 2026", datetime(2026, 3, 3, tzinfo=UTC)),
        ("Mar, 3 Mar 2026 10:00:00 +0000", datetime(2026, 3, 3, 10, tzinfo=UTC)),
        ("2004-július-13T9:15-05:00", datetime(2004, 7, 13, 14, 15, tzinfo=UTC)),
        ("Mon, 23 Nov 2026 24:00:00 GMT", datetime(2026, 11, 24, tzinfo=UTC)),
        ("Thu, 01 Jan 2026 00:00:60 GMT", datetime(2026, 1, 1, 0, 1, tzinfo=UTC)),
        ("Thu, 01 Jan 1970 00:00:00 GMT", datetime(1970, 1, 1, tzinfo=UTC)),
    ],
)
def test_other_dates_are_parsed(text, moment):
    assert parse_feed_date(text) == moment


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "yesterday", "0000-00-00 00:00:00", "Wed, 31 Feb 2026 10:00:00 GMT", "-1", "23"),
        *("9" * 40, "Mon, " * 100, "2026-11-23T10:00:00Z" * 50, "\0", "NaN", "None", "November"),
        *("99999999999999999999", "Mon, 23 Nov 99999 10:00:00 GMT", "2026-13-45T99:99:99Z"),
    ],
)
def test_invalid_dates_are_none(text):
    assert parse_feed_date(text) is None


@pytest.mark.parametrize(
    ("moment", "plausible"),
    [
        (TEN, True),
        (TEN + timedelta(hours=23), True),
        (TEN + timedelta(hours=25), False),
        (datetime(1990, 1, 1, tzinfo=UTC), True),
        (datetime(1989, 12, 31, tzinfo=UTC), False),
        (datetime(1970, 1, 1, tzinfo=UTC), False),
        (None, False),
    ],
)
def test_dates_in_the_future_or_before_the_web_are_not_plausible(moment, plausible):
    assert is_plausible_date(moment, now=TEN) is plausible


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("23.11.26", datetime(2026, 11, 23, tzinfo=UTC)),
        ("05.06.26 10:00", datetime(2026, 6, 5, 10, tzinfo=UTC)),
        ("10:00, 05.06.2026", datetime(2026, 6, 5, 10, tzinfo=UTC)),
        ("Freitag, 05.06.2026 - 10:00 Uhr", datetime(2026, 6, 5, 10, tzinfo=UTC)),
        ("05.06.2026 12:00:00 MESZ", datetime(2026, 6, 5, 10, tzinfo=UTC)),
        ("2026. 11. 23. 10:00", TEN),
        ("11/23/26 10:00:00", TEN),
        ("23/11/26 10:00:00", TEN),
        ("Mon, 23 Nov 2026 11:00:00 +01", TEN),
        ("2026-11-23T05:00:00-05:00Z", TEN),
        ("Mon, 23 Nov 2026 11:00:00 Europe/Berlin", TEN),
        ("2026-11-23 05:00:00 America/New_York", TEN),
        ("2026-07-23 12:00:00 Europe/Berlin", datetime(2026, 7, 23, 10, tzinfo=UTC)),
        # IST is India, Israel or Ireland.
        ("Mon, 23 Nov 2026 10:00:00 IST", TEN),
        ("Mon, 23 Nov 2026 15:30:00 +0530 (IST)", TEN),
    ],
)
def test_unusual_notations_are_parsed(text, moment):
    assert parse_feed_date(text) == moment


@pytest.mark.parametrize(
    "text", ["Mon, 30 Nov -0001 00:00:00 +0000", "-0001-11-30T00:00:00+00:00", "99.99.2026"]
)
def test_empty_dates_of_publishing_systems_are_none(text):
    assert parse_feed_date(text) is None
