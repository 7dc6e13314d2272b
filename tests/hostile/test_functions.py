"""Functions that loop over untrusted text take linear time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from yarl import URL

from bot.chats.slack import payloads as slack_payloads
from bot.chats.slack import render as slack
from bot.chats.telegram import render as telegram
from bot.conversation.commands.search import _split_page
from bot.conversation.durations import parse_duration
from bot.conversation.periods import split_duration, split_period, split_until
from bot.conversation.topics import read_query
from bot.scheduling.parsing import parse_mode
from bot.scheduling.zone_names import resolve_zone
from bot.summaries.passages import is_boilerplate, passages
from bot.summaries.verification.numbers import find_numbers
from tests.hostile.growth import superlinear
from watchers.feeds.dates import parse_feed_date
from watchers.feeds.media import parse_author
from watchers.feeds.models import resolve_url
from watchers.fetching.response_parts import read_links
from watchers.fetching.result import split_content_type
from watchers.limits import MAX_URL_CHARS
from watchers.sources import canonical_url as canonical
from watchers.sources.canonical_url import is_tracking
from watchers.sources.feed_addresses import parse_address
from watchers.sources.feed_links import _is_feed_path
from watchers.text.boilerplate import is_boilerplate_line
from watchers.text.clean import clean_line, clean_text, split_paragraphs, split_sentences
from watchers.text.dates import parse_date
from watchers.text.html import fragment_paragraphs
from watchers.text.language import detect_language
from watchers.text.tokens import split_words
from watchers.topics.lexer import tokenise

NOW = datetime(2026, 6, 1, tzinfo=UTC)
ZONE = ZoneInfo("UTC")
FUNCTIONS: dict[str, Callable[[str], object]] = {
    "clean_text": clean_text,
    "clean_line": clean_line,
    "content type": split_content_type,
    "detect": detect_language,
    "feed date": parse_feed_date,
    "feed path": _is_feed_path,
    "fragment_paragraphs": fragment_paragraphs,
    "is_boilerplate": is_boilerplate,
    "index page": canonical._without_index,
    "lexer": tokenise,
    "link header": lambda text: read_links(
        [f"<{text}>; rel={text}, " * 2], URL("https://example.org")
    ),
    "numbers": lambda text: list(find_numbers(text)),
    "paragraphs": split_paragraphs,
    "parse_date": lambda text: parse_date(text, now=NOW),
    "parse_duration": parse_duration,
    "passages": passages,
    "path": canonical._path,
    "person": parse_author,
    "query": read_query,
    "parse_address": parse_address,
    "resolved": lambda text: resolve_url(f"https://example.org/{text}", "https://example.org"),
    "search page": _split_page,
    "duration at the end": split_duration,
    "period": lambda text: asyncio.run(split_period(text, NOW, ZONE, allow_bare=True)),
    "end of a mute": lambda text: asyncio.run(split_until(text, NOW, ZONE)),
    "time zone": lambda text: resolve_zone(text, NOW),
    "delivery mode": parse_mode,
    "sentences": split_sentences,
    "site query": lambda text: canonical._query("example.org", text),
    "slack escape": slack.escape,
    "slack typed": lambda text: slack_payloads.unescape(text, me="U1"),
    "slack unlinked": slack.prevent_autolinks,
    "telegram unlinked": telegram.prevent_autolinks,
    "telegram visible": telegram.strip_invisible,
    "tracking": lambda text: is_tracking(text, text, text),
    "boilerplate line": is_boilerplate_line,
    "words": split_words,
}
PUMPS = (
    *" /.a0&<>\"'([%-_:;,=@#\n",
    *("a ", "1.", ". ", "a&", "&amp;", "<p>", "<a>", "</p>", "/amp", ".amp"),
    *("/index.html", "/..", "news", "%2"),
    *("\u0301", "漢", "。", "«", "since 1d ", "page 2 ", "read more ", "A'", "<@", "utm_a=1&"),
)  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_is_linear(name: str) -> None:
    def on(pump: str, tail: str) -> Callable[[int], None]:
        def run(size: int) -> None:
            # An error is a valid result; only the time counts.
            with suppress(Exception):
                FUNCTIONS[name]((pump * size)[:size] + tail)

        return run

    slow = [
        (pump, tail, growth)
        for pump in PUMPS
        for tail in ("", "\x03~")
        if (growth := superlinear(on(pump, tail), (96, 512, 2_048, 8_192)))
    ]
    assert not slow


def test_an_address_over_the_limit_is_dropped() -> None:
    longest = "https://example.org/" + "a" * (MAX_URL_CHARS - 20)
    assert resolve_url(longest, "https://example.org") == longest
    assert resolve_url(longest + "a", "https://example.org") is None
    assert resolve_url("/" + "<" * 2_000, "https://example.org") is None
    assert canonical.canonical_url(longest + "/index.html") == longest + "/index.html"


@pytest.mark.parametrize(
    ("url", "form"),
    [
        ("https://example.org/" + "/" * 3_000, "https://example.org/"),
        ("https://example.org/a-1/amp/print//", "https://example.org/a-1"),
        ("https://example.org/a-1.amp.html", "https://example.org/a-1.html"),
        ("https://example.org/a//index.php/index.html/", "https://example.org/a"),
        ("https://example.org/amp/amp/a-1", "https://example.org/a-1"),
    ],
)
def test_path_endings_are_removed_from_the_end(url: str, form: str) -> None:
    assert canonical.canonical_url(url) == form
