"""Functions that loop over foreign text take time in proportion to the text."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from yarl import URL

from bot.chats.slack import markup as slack
from bot.chats.telegram import markup as telegram
from bot.conversation.queries import read_query
from bot.conversation.searching import _options
from bot.conversation.times import parse_duration
from bot.summaries.furniture import is_furniture
from bot.summaries.numbers import stated
from bot.summaries.passages import passages
from tests.hostile.growth import superlinear
from watchers.feeds.dates import parse_feed_date
from watchers.feeds.links import resolved
from watchers.feeds.people import person
from watchers.fetching.content_type import split_content_type
from watchers.fetching.link_header import read_links
from watchers.limits import MAX_URL_CHARS
from watchers.sources import canonical_url as canonical
from watchers.sources.feed_addresses import read_address
from watchers.sources.feed_links import _is_feed_path
from watchers.sources.tracking import is_tracking
from watchers.text.clean import clean_line, clean_text
from watchers.text.dates import parse_date
from watchers.text.html import fragment_paragraphs
from watchers.text.language import detect
from watchers.text.paragraphs import paragraphs
from watchers.text.sentences import sentences
from watchers.text.trailers import is_trailer
from watchers.text.words import split
from watchers.topics.lexer import tokens

NOW = datetime(2026, 6, 1, tzinfo=UTC)
FUNCTIONS: dict[str, Callable[[str], object]] = {
    "clean_text": clean_text,
    "clean_line": clean_line,
    "content type": split_content_type,
    "detect": detect,
    "feed date": parse_feed_date,
    "feed path": _is_feed_path,
    "fragment_paragraphs": fragment_paragraphs,
    "furniture": is_furniture,
    "index page": canonical._without_index,
    "lexer": tokens,
    "link header": lambda text: read_links(
        [f"<{text}>; rel={text}, " * 2], URL("https://example.org")
    ),
    "numbers": lambda text: list(stated(text)),
    "paragraphs": paragraphs,
    "parse_date": lambda text: parse_date(text, now=NOW),
    "parse_duration": parse_duration,
    "passages": passages,
    "path": canonical._path,
    "person": person,
    "query": read_query,
    "read_address": read_address,
    "resolved": lambda text: resolved(f"https://example.org/{text}", "https://example.org"),
    "search options": _options,
    "sentences": sentences,
    "site query": lambda text: canonical._query("example.org", text),
    "slack escape": slack.escape,
    "slack typed": lambda text: slack.typed(text, me="U1"),
    "slack unlinked": slack.unlinked,
    "telegram unlinked": telegram.unlinked,
    "telegram visible": telegram.visible,
    "tracking": lambda text: is_tracking(text, text, text),
    "trailer": is_trailer,
    "words": split,
}
PUMPS = (
    *" /.a0&<>\"'([%-_:;,=@#\n",
    *("a ", "1.", ". ", "a&", "&amp;", "<p>", "<a>", "</p>", "/amp", ".amp"),
    *("/index.html", "/..", "news", "%2"),
    *("\u0301", "漢", "。", "«", "since 1d ", "page 2 ", "read more ", "A'", "<@", "utm_a=1&"),
)  # fmt: skip


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_is_linear(name: str) -> None:
    def on(pump: str, tail: str) -> Callable[[int], None]:
        def run(size: int) -> None:
            with suppress(Exception):  # a refusal is an answer
                FUNCTIONS[name]((pump * size)[:size] + tail)

        return run

    slow = [
        (pump, tail, growth)
        for pump in PUMPS
        for tail in ("", "\x03~")
        if (growth := superlinear(on(pump, tail), (96, 512, 2_048, 8_192)))
    ]
    assert not slow


def test_an_address_too_long_is_dropped_and_changes_nothing_else() -> None:
    longest = "https://example.org/" + "a" * (MAX_URL_CHARS - 20)
    assert resolved(longest, "https://example.org") == longest
    assert resolved(longest + "a", "https://example.org") is None
    assert resolved("/" + "<" * 2_000, "https://example.org") is None
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
def test_the_ends_of_a_path_are_read_from_the_end(url: str, form: str) -> None:
    assert canonical.canonical_url(url) == form
