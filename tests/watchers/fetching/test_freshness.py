from datetime import UTC, datetime

import pytest

from watchers.fetching.fetched import NO_VALIDATORS, Validators
from watchers.fetching.freshness import max_age, retry_after, validators

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
def test_how_long_an_answer_stays_fresh(headers, seconds):
    assert max_age(headers, now=NOW) == seconds


@pytest.mark.parametrize(
    ("headers", "known"),
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
def test_what_is_sent_with_the_next_request(headers, known):
    assert validators(headers) == known


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
def test_a_wait_that_cannot_be_read_is_none(text):
    assert retry_after({"retry-after": text}, 429, now=NOW) is None


@pytest.mark.parametrize(
    "text", ["Monday, 01-Jun-26 12:10:00 GMT", "Mon Jun  1 12:10:00 2026", LATER]
)
def test_the_three_forms_of_dates_are_read(text):
    assert retry_after({"retry-after": text}, 503, now=NOW) == 600
