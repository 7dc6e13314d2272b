"""An Entry of a Feed to an Item: plain text, one address, a source as a person would name it."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import urlsplit

from watchers.feeds.plain import LONGEST_TITLE, body_paragraphs, title_line
from watchers.feeds.values import Entry, Feed, Words
from watchers.item import Item
from watchers.text.clean import clean_line, shorten
from watchers.text.language import language_of, primary_tag
from watchers.text.sentences import sentences

_LONGEST_LEAD: Final = 1_000  # characters; a longer description is the body
_LONGEST_NAME: Final = 100  # characters of a source or an author
_TITLE_FROM_WORDS: Final = 160  # characters
_TELLING: Final = 1_000  # characters from which a language is told
_LANGUAGE: Final = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,4}")
_REGION, _SCRIPT = 2, 4  # letters of a region and of a script in a language tag


def entry_item(entry: Entry, feed: Feed, *, url: str = "") -> Item | None:
    """The Item in ``entry`` of ``feed``, which is read at ``url``; ``None`` where it says nothing.

    Its lead is the description, where that is short and is not the body already; its date is left
    out where it is not believable; without an address of its own it has that of its first file.
    """
    lead, text = _lead_and_text(entry)
    link = entry.link or next((file.url for file in entry.enclosures), None)
    title = title_line(entry.title) or _title_from(text or lead) or link
    if not title:
        return None
    declared = _tag(entry.language or feed.language or "")
    said = f"{title} {lead} {text[:_TELLING]}"
    return Item(
        key=entry.key,
        title=title,
        url=link,
        source=_source(entry, feed, url),
        published=entry.published if entry.is_believable else None,
        lead=lead,
        text=text,
        language=_language(declared, said),
        author=_author(entry),
        tags=tuple(dict.fromkeys(filter(None, (title_line(Words(tag)) for tag in entry.tags)))),
    )


def _lead_and_text(entry: Entry) -> tuple[str, str]:
    summary, content = (
        "\n\n".join(body_paragraphs(words)) if words else ""
        for words in (entry.summary, entry.content)
    )
    if not content:
        return (summary, "") if len(summary) <= _LONGEST_LEAD else ("", summary)
    if summary == content or len(summary) > _LONGEST_LEAD:
        return "", content if len(content) >= len(summary) else summary
    return summary, content


def _title_from(body: str) -> str:
    """A title for an entry without one, as microblogs have none: how it begins."""
    line = clean_line(body.partition("\n\n")[0])
    if len(line) <= _TITLE_FROM_WORDS:
        return line
    return shorten(next(iter(sentences(line[:LONGEST_TITLE], None)), line), _TITLE_FROM_WORDS)


def _source(entry: Entry, feed: Feed, url: str) -> str:
    """The publisher: as an aggregator names it, "via" itself; else the feed's title, or the site's name.

    Whoever follows the aggregator, ``source:"its title"``, gets all of it.
    """
    named, title = clean_line(entry.source or ""), title_line(feed.title)
    if named and title and named.casefold() != title.casefold():
        return shorten(f"{shorten(named, _LONGEST_NAME // 2)} via {title}", _LONGEST_NAME)
    site = urlsplit(feed.link or url or entry.link or "").hostname or ""
    return shorten(named or title, _LONGEST_NAME) or site.removeprefix("www.")


def _author(entry: Entry) -> str | None:
    names = [title_line(Words(name)) for name in entry.authors]
    return shorten(", ".join(filter(None, names)), _LONGEST_NAME) or None


def _language(declared: str | None, said: str) -> str | None:
    """The declared language, with its region, where the words bear it out; else theirs."""
    found = language_of(declared, said)
    return declared if declared and found == primary_tag(declared) else found


def _tag(declared: str) -> str | None:
    """``declared`` as BCP 47 writes it: "en_us" is "en-US"; ``None`` where it is no tag."""
    tag = declared.strip().replace("_", "-")
    if not _LANGUAGE.fullmatch(tag):
        return None
    primary, *rest = tag.split("-")
    return "-".join([primary.lower(), *map(_subtag, rest)])


def _subtag(part: str) -> str:
    if len(part) == _REGION:
        return part.upper()
    return part.title() if len(part) == _SCRIPT and part.isalpha() else part.lower()
