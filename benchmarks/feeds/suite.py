"""How many cases of feedparser's own test suite come out right.

    python -m pip download --no-binary :all: --no-deps feedparser && tar xzf feedparser-*.tar.gz
    python -m benchmarks.feeds.suite feedparser-6.0.14/tests [--wrong]

Each case is a feed with what must be found in it. Looked at are titles, links, identities, dates and
words; a case that speaks of none of them is passed over. Words are compared as a reader sees them,
since the suite's are sanitised HTML and ours become plain text. Where TOCSIN_FEEDPARSER_SUITE names the
folder, the tests run it too.
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
from watchers.feeds.lenient import read_leniently
from watchers.feeds.plain import body_paragraphs, title_line
from watchers.feeds.reader import read_strictly
from watchers.feeds.sniff import form_of
from watchers.feeds.tree import NotSure
from watchers.feeds.values import Entry, Feed, Words

NOW = datetime(2026, 11, 23, tzinfo=UTC)
HOME = "http://127.0.0.1:8097"
FOLDERS = ("wellformed", "illformed", "encoding", "entities")
_EXPECT = re.compile(rb"Expect:\s*(.*?)\s*(?:-->|\n\s*\n|\n\w+:)", re.DOTALL)
_HEADER = re.compile(rb"^Header:\s+([^:\r\n]+):\s*(.*?)\s*$", re.MULTILINE)
_NEEDED = re.compile(rb"SkipUnless:.*codecs'\)\.lookup\('([^']+)'\)")
_ENCODINGS = ("utf-8", "utf-16", "utf-32", "cp037", "latin-1")

Path_ = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Case:
    """A feed, and what must be found where in it."""

    path: Path
    body: bytes
    content_type: str
    url: str
    expected: tuple[tuple[Path_, object], ...]


def cases(folder: Path) -> Iterator[Case]:
    """The cases in ``folder`` that speak of what we read."""
    for path in sorted(folder.rglob("*.xml")):
        body = path.read_bytes()
        text = _readable(body)
        found = _EXPECT.search(text)
        expected = tuple(_spoken(found[1].decode("utf-8", "replace"))) if found else ()
        if expected and not _is_skipped(text):
            headers = {k.decode().lower(): v.decode() for k, v in _HEADER.findall(text)}
            url = urljoin(_url(path), headers.get("content-location", ""))
            yield Case(path, body, headers.get("content-type", ""), url, expected)


def damaged(case: Case) -> Case:
    """A well-formed case made ill-formed, without touching what it says."""
    end = case.body.rfind(b"</")
    body = case.body[:end] + b"& <oops>" + case.body[end:]
    return replace(case, body=body)


def is_right(case: Case) -> str:
    """Nothing, where the case comes out right; else what did not."""
    try:
        feed = read(case)
    except FeedError as error:
        return f"{type(error).__name__}: {error}"
    for path, expected in case.expected:
        try:
            right, found = _CHECKS[_field(path)](feed, path, expected)
        except IndexError:
            right, found = False, "no such entry"
        if not right:
            return f"{path}: expected {expected!r}, found {found!r}"
    return ""


def read(case: Case) -> Feed:
    """The feed of a case, in this process."""
    is_json = form_of(case.body, case.content_type) == "json"
    try:
        return read_strictly(is_json, case.body, case.content_type, case.url, NOW)
    except NotSure:
        return read_leniently(case.body, case.content_type, case.url, NOW)


def _url(path: Path) -> str:
    parts = path.parts[path.parts.index("tests") :] if "tests" in path.parts else path.parts[-2:]
    return f"{HOME}/{quote('/'.join(parts))}"


def _readable(body: bytes) -> bytes:
    for encoding in _ENCODINGS:
        try:
            text = body.decode(encoding)
        except UnicodeError:
            continue
        if "Expect:" in text:
            return text.encode("utf-8", "replace")
    return body


def _is_skipped(text: bytes) -> bool:
    """Whether the suite itself passes the case over here: Python knows no such encoding."""
    needed = _NEEDED.search(text)
    if needed is None:
        return False
    try:
        codecs.lookup(needed[1].decode())
    except LookupError:
        return True
    return False


def _spoken(expression: str) -> Iterator[tuple[Path_, object]]:
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
        inner = _path(node.value)
        return (*inner, node.slice.value) if inner else ()
    return ()


def _field(path: Path_) -> str:
    return ".".join(str(part) for part in path if not isinstance(part, int))


def _entry(feed: Feed, path: Path_) -> Entry:
    return feed.entries[next(part for part in path if isinstance(part, int))]


def _title(get: Callable[[Feed, Path_], Words]) -> Callable[..., tuple[bool, object]]:
    def check(feed: Feed, path: Path_, expected: object) -> tuple[bool, object]:
        found = get(feed, path)
        same = found.value == expected or title_line(found) in {
            title_line(Words(str(expected), kind)) for kind in ("html", "unsure", "text")
        }
        return same, found

    return check


def _body(get: Callable[[Feed, Path_], Words]) -> Callable[..., tuple[bool, object]]:
    def check(feed: Feed, path: Path_, expected: object) -> tuple[bool, object]:
        found = get(feed, path)
        wanted = {_seen(Words(str(expected), kind)) for kind in ("html", "unsure", "text")}
        return found.value == expected or _seen(found) in wanted, found

    return check


def _seen(words: Words) -> str:
    return "".join("".join(body_paragraphs(words)).split())


def _link(get: Callable[[Feed, Path_], str | None]) -> Callable[..., tuple[bool, object]]:
    def check(feed: Feed, path: Path_, expected: object) -> tuple[bool, object]:
        found, wanted = get(feed, path), str(expected).strip()
        is_web = wanted.startswith(("http://", "https://"))
        return (found == wanted if is_web else found is None or found.endswith(wanted)), found

    return check


def _key(feed: Feed, path: Path_, expected: object) -> tuple[bool, object]:
    found = _entry(feed, path).key
    return found in {expected, " ".join(str(expected).split())}, found


def _date(*names: str) -> Callable[..., tuple[bool, object]]:
    def check(feed: Feed, path: Path_, expected: object) -> tuple[bool, object]:
        holder: Feed | Entry = _entry(feed, path) if path[0] == "entries" else feed
        found = [getattr(holder, name, None) for name in names]
        wanted = tuple(expected)[:6] if isinstance(expected, tuple) else expected
        return any(moment and moment.timetuple()[:6] == wanted for moment in found), found

    return check


def _words(entry: Entry, first: str, second: str) -> Words:
    return getattr(entry, first) or getattr(entry, second)


_SUMMARY = _body(lambda feed, path: _words(_entry(feed, path), "summary", "content"))
_CONTENT = _body(lambda feed, path: _words(_entry(feed, path), "content", "summary"))
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
    wrong: list[str] = []
    print(f"{'cases':14}{'spoken of':>10}{'right':>8}{'share':>9}")
    for name in FOLDERS:
        results = [(case, is_right(case)) for case in cases(folder / name)]
        right = sum(not problem for _, problem in results)
        wrong += [
            f"{case.path.relative_to(folder)}: {problem}" for case, problem in results if problem
        ]
        share = f"{right / len(results):.1%}" if results else "-"
        print(f"{name:14}{len(results):>10,}{right:>8,}{share:>9}")
    results = [(case, is_right(case)) for case in map(damaged, cases(folder / FOLDERS[0]))]
    right = sum(not problem for _, problem in results)
    wrong += [
        f"damaged {case.path.relative_to(folder)}: {problem}"
        for case, problem in results
        if problem
    ]
    print(f"{'damaged*':14}{len(results):>10,}{right:>8,}{right / len(results):>9.1%}")
    print(
        "\n* the well-formed cases, with a bare “&” and an element that is never closed at their end"
    )
    if "--wrong" in arguments:
        print("\n".join(("", *wrong)))


if __name__ == "__main__":
    main(sys.argv[1:])
