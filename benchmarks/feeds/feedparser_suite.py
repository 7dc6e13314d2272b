"""Count the cases of the test suite of feedparser that Tocsin reads correctly.

    python -m pip download --no-binary :all: --no-deps feedparser && tar xzf feedparser-*.tar.gz
    python -m benchmarks.feeds.feedparser_suite feedparser-6.0.14/tests [--wrong]

Each case is a feed with its expected content. Titles, links, identifiers, dates and texts are compared; cases
without any of these are skipped. Texts are compared without markup, because feedparser returns sanitised HTML
and Tocsin plain text. If TOCSIN_FEEDPARSER_SUITE names the folder, the tests of Tocsin run the suite too.
"""

from __future__ import annotations

import ast
import codecs
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote, urljoin

from watchers.errors import FeedError
from watchers.feeds.detect import detect_format
from watchers.feeds.feedparser_fallback import parse_with_feedparser
from watchers.feeds.models import Entry, Feed, MarkupText
from watchers.feeds.plain_text import body_paragraphs, title_line
from watchers.feeds.reader import read_strictly
from watchers.feeds.xml_tree import NeedsFallback

NOW = datetime(2026, 11, 23, tzinfo=UTC)
HOME = "http://127.0.0.1:8097"
FOLDERS = ("wellformed", "illformed", "encoding", "entities")
_EXPECT = re.compile(rb"Expect:\s*(.*?)\s*(?:-->|\n\s*\n|\n\w+:)", re.DOTALL)
_HEADER = re.compile(rb"^Header:\s+([^:\r\n]+):\s*(.*?)\s*$", re.MULTILINE)
_REQUIRED_CODEC = re.compile(rb"SkipUnless:.*codecs'\)\.lookup\('([^']+)'\)")
_ENCODINGS = ("utf-8", "utf-16", "utf-32", "cp037", "latin-1")

Path_ = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Case:
    """A feed and the expected value of each path in it."""

    path: Path
    body: bytes
    content_type: str
    url: str
    expected: tuple[tuple[Path_, object], ...]


def read_cases(folder: Path) -> Iterator[Case]:
    """Yield the cases in ``folder`` that state a comparable value."""
    for path in sorted(folder.rglob("*.xml")):
        body = path.read_bytes()
        text = _decode(body)
        match = _EXPECT.search(text)
        expected = tuple(_expectations(match[1].decode("utf-8", "replace"))) if match else ()
        if expected and not _is_skipped(text):
            headers = {k.decode().lower(): v.decode() for k, v in _HEADER.findall(text)}
            url = urljoin(_url(path), headers.get("content-location", ""))
            yield Case(path, body, headers.get("content-type", ""), url, expected)


def damage(case: Case) -> Case:
    """Return a well-formed case as an ill-formed one with the same content."""
    end = case.body.rfind(b"</")
    body = case.body[:end] + b"& <oops>" + case.body[end:]
    return replace(case, body=body)


def find_error(case: Case) -> str:
    """Return "" if the case is read correctly, else the first difference."""
    try:
        feed = read(case)
    except FeedError as error:
        return f"{type(error).__name__}: {error}"
    for path, expected in case.expected:
        try:
            is_equal, actual = _CHECKS[_field(path)](feed, path, expected)
        except IndexError:
            is_equal, actual = False, "no such entry"
        if not is_equal:
            return f"{path}: expected {expected!r}, read {actual!r}"
    return ""


def read(case: Case) -> Feed:
    """Return the feed of a case, parsed in this process."""
    is_json = detect_format(case.body, case.content_type) == "json"
    try:
        return read_strictly(is_json, case.body, case.content_type, case.url, NOW)
    except NeedsFallback:
        return parse_with_feedparser(case.body, case.content_type, case.url, NOW)


def _url(path: Path) -> str:
    parts = path.parts[path.parts.index("tests") :] if "tests" in path.parts else path.parts[-2:]
    return f"{HOME}/{quote('/'.join(parts))}"


def _decode(body: bytes) -> bytes:
    for encoding in _ENCODINGS:
        try:
            text = body.decode(encoding)
        except UnicodeError:
            continue
        if "Expect:" in text:
            return text.encode("utf-8", "replace")
    return body


def _is_skipped(text: bytes) -> bool:
    """Return True if feedparser skips the case, because Python lacks its encoding."""
    required = _REQUIRED_CODEC.search(text)
    if required is None:
        return False
    try:
        codecs.lookup(required[1].decode())
    except LookupError:
        return True
    return False


def _expectations(expression: str) -> Iterator[tuple[Path_, object]]:
    try:
        tree = ast.parse(expression.strip(), mode="eval").body
    except (SyntaxError, ValueError):
        return
    for part in (
        tree.values if isinstance(tree, ast.BoolOp) and isinstance(tree.op, ast.And) else [tree]
    ):
        if isinstance(part, ast.Compare) and isinstance(part.ops[0], ast.Eq):
            path = _path(part.left)
            try:
                expected = ast.literal_eval(part.comparators[0])
            except ValueError:
                continue
            if path and _field(path) in _CHECKS:
                yield path, expected


def _path(node: ast.expr) -> Path_:
    if isinstance(node, ast.Name):
        return (node.id,)
    if isinstance(node, ast.Attribute):
        inner = _path(node.value)
        return (*inner, node.attr) if inner else ()
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
        inner, key = _path(node.value), node.slice.value
        return (*inner, key) if inner and isinstance(key, str | int) else ()
    return ()


def _field(path: Path_) -> str:
    return ".".join(str(part) for part in path if not isinstance(part, int))


def _entry(feed: Feed, path: Path_) -> Entry:
    return feed.entries[next(part for part in path if isinstance(part, int))]


def _title(get: Callable[[Feed, Path_], MarkupText]) -> Callable[..., tuple[bool, object]]:
    def check(feed: Feed, path: Path_, expected: object) -> tuple[bool, object]:
        markup = get(feed, path)
        is_equal = markup.value == expected or title_line(markup) in {
            title_line(MarkupText(str(expected), kind)) for kind in ("html", "unsure", "text")
        }
        return is_equal, markup

    return check


def _body(get: Callable[[Feed, Path_], MarkupText]) -> Callable[..., tuple[bool, object]]:
    def check(feed: Feed, path: Path_, expected: object) -> tuple[bool, object]:
        markup = get(feed, path)
        texts = {
            _plain_text(MarkupText(str(expected), kind)) for kind in ("html", "unsure", "text")
        }
        return markup.value == expected or _plain_text(markup) in texts, markup

    return check


def _plain_text(markup: MarkupText) -> str:
    return "".join("".join(body_paragraphs(markup)).split())


def _link(get: Callable[[Feed, Path_], str | None]) -> Callable[..., tuple[bool, object]]:
    def check(feed: Feed, path: Path_, expected: object) -> tuple[bool, object]:
        link, expected_link = get(feed, path), str(expected).strip()
        if expected_link.startswith(("http://", "https://")):
            return link == expected_link, link
        return link is None or link.endswith(expected_link), link

    return check


def _key(feed: Feed, path: Path_, expected: object) -> tuple[bool, object]:
    key = _entry(feed, path).key
    return key in {expected, " ".join(str(expected).split())}, key


def _date(*names: str) -> Callable[..., tuple[bool, object]]:
    def check(feed: Feed, path: Path_, expected: object) -> tuple[bool, object]:
        holder: Feed | Entry = _entry(feed, path) if path[0] == "entries" else feed
        moments = [getattr(holder, name, None) for name in names]
        fields = tuple(expected)[:6] if isinstance(expected, tuple) else expected
        return any(moment and moment.timetuple()[:6] == fields for moment in moments), moments

    return check


def _first_markup(entry: Entry, first: str, second: str) -> MarkupText:
    markup: MarkupText = getattr(entry, first) or getattr(entry, second)
    return markup


_SUMMARY = _body(lambda feed, path: _first_markup(_entry(feed, path), "summary", "content"))
_CONTENT = _body(lambda feed, path: _first_markup(_entry(feed, path), "content", "summary"))
_ENTRY_TITLE = _title(lambda feed, path: _entry(feed, path).title)
_FEED_TITLE = _title(lambda feed, _: feed.title)
_CHECKS: dict[str, Callable[..., tuple[bool, object]]] = {
    "entries.title": _ENTRY_TITLE,
    "entries.title_detail.value": _ENTRY_TITLE,
    "entries.link": _link(lambda feed, path: _entry(feed, path).link),
    "entries.id": _key,
    "entries.guid": _key,
    "entries.description": _SUMMARY,
    "entries.summary": _SUMMARY,
    "entries.summary_detail.value": _SUMMARY,
    "entries.content.value": _CONTENT,
    "entries.published_parsed": _date("published"),
    "entries.created_parsed": _date("published"),
    "entries.updated_parsed": _date("updated", "published"),
    "entries.date_parsed": _date("updated", "published"),
    "feed.title": _FEED_TITLE,
    "feed.title_detail.value": _FEED_TITLE,
    "feed.link": _link(lambda feed, _: feed.link),
    "feed.updated_parsed": _date("updated"),
    "feed.published_parsed": _date("updated"),
}


def main(arguments: list[str]) -> None:
    folder = Path(arguments[0])
    errors: list[str] = []
    print(f"{'folder':14}{'cases':>10}{'correct':>8}{'share':>9}")
    for name in FOLDERS:
        results = [(case, find_error(case)) for case in read_cases(folder / name)]
        correct = sum(not error for _, error in results)
        errors += [f"{case.path.relative_to(folder)}: {error}" for case, error in results if error]
        share = f"{correct / len(results):.1%}" if results else "-"
        print(f"{name:14}{len(results):>10,}{correct:>8,}{share:>9}")
    results = [(case, find_error(case)) for case in map(damage, read_cases(folder / FOLDERS[0]))]
    correct = sum(not error for _, error in results)
    errors += [
        f"damaged {case.path.relative_to(folder)}: {error}" for case, error in results if error
    ]
    print(f"{'damaged*':14}{len(results):>10,}{correct:>8,}{correct / len(results):>9.1%}")
    print("\n* the well-formed cases, with a bare “&” and an unclosed element at the end")
    if "--wrong" in arguments:
        print("\n".join(("", *errors)))


if __name__ == "__main__":
    main(sys.argv[1:])
