from datetime import UTC, datetime

import pytest

from watchers.fetching.response_parts import (
    freshness_seconds,
    read_validators,
    retry_after_seconds,
)
from watchers.fetching.result import NO_VALIDATORS, Validators

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
LATER = "Mon, 01 Jun 2026 12:10:00 GMT"


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"cache-control": "public"}, None),
        ({"cache-control": "max-age=600"}, 600),
        ({"cache-control": 'MAX-AGE = "600", public'}, 600),
        ({"cache-control": "s-maxage=5, max-age=600"}, 600),
        ({"cache-control": "max-age=600", "age": "100"}, 500),
        ({"cache-control": "max-age=600", "age": "9000"}, 0),
        ({"cache-control": "max-age=600", "age": "old"}, 600),
        ({"cache-control": "max-age=99999999999"}, 86_400),
        ({"cache-control": "max-age=-5"}, None),
        ({"cache-control": "no-cache, max-age=600"}, 0),
        ({"cache-control": "no-store"}, 0),
        ({"cache-control": "max-age=60", "expires": LATER}, 60),
        ({"expires": LATER}, 600),
        ({"expires": LATER, "date": "Mon, 01 Jun 2026 12:09:00 GMT"}, 60),
        ({"expires": LATER, "date": "whenever"}, 600),
        ({"expires": "0"}, 0),
        ({"expires": "-1"}, 0),
        ({"expires": "Mon, 01 Jun 2020 12:10:00 GMT"}, 0),
        ({"expires": "Mon, 01 Jun 99999 12:10:00 GMT"}, 0),
        ({"cache-control": "max-age=" + "9" * 5000}, 86_400),
        ({"cache-control": "," * 100_000}, None),
    ],
)
def test_freshness_of_a_response(headers, seconds):
    assert freshness_seconds(headers, now=NOW) == seconds


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"etag": '"1"'}, Validators(etag='"1"')),
        ({"last-modified": LATER}, Validators(last_modified=LATER)),
        ({"etag": '"1"', "expires": "0"}, NO_VALIDATORS),
        ({"etag": '"1"', "expires": " -1 "}, NO_VALIDATORS),
        ({"etag": '"1"', "cache-control": "private, No-Store"}, NO_VALIDATORS),
        ({"etag": '"1"', "cache-control": "no-cache"}, Validators(etag='"1"')),
        ({"etag": ""}, NO_VALIDATORS),
        ({"etag": '"ü"'}, NO_VALIDATORS),
        ({"etag": '"\x7f"'}, NO_VALIDATORS),
    ],
)
def test_validators_for_the_next_request(headers, expected):
    assert read_validators(headers) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "-5",
        "1e9",
        "٣",
        "Mon, 99 Jun 2026 99:99:99 GMT",
        "x" * 100_000,
        "0x10",
        "10, 20",
        "\x00",
    ],
)
def test_an_invalid_delay_is_ignored(text):
    assert retry_after_seconds({"retry-after": text}, 429, now=NOW) is None


@pytest.mark.parametrize(
    "text", ["Monday, 01-Jun-26 12:10:00 GMT", "Mon Jun  1 12:10:00 2026", LATER]
)
def test_all_three_http_date_formats_are_parsed(text):
    assert retry_after_seconds({"retry-after": text}, 503, now=NOW) == 600
