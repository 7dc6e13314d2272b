"""The item: one piece of news as a watcher read it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One news item. Only ``key`` and ``title`` are always set.

    Attributes:
        key: the identity inside its source; stable when the item is edited, moved or read again.
        title: plain text on one line.
        url: the address of the article; ``None`` for a document without one.
        source: the display name of the publisher ("reuters.com", "seeds/brief.txt").
        published: the publication date with a time zone; ``None`` if the item does not state one.
        lead: the standfirst or description as plain text.
        text: the body as plain text, with a blank line between paragraphs.
        language: a BCP 47 tag ("en", "pt-BR"); ``None`` if unknown.
        author: the author as printed.
        tags: the categories of the publisher.
        source_names: other and former names of the source, all of which a topic can match.
    """

    key: str
    title: str
    url: str | None = None
    source: str = ""
    published: datetime | None = None
    lead: str = ""
    text: str = ""
    language: str | None = None
    author: str | None = None
    tags: tuple[str, ...] = ()
    source_names: tuple[str, ...] = ()

    @property
    def digest(self) -> str:
        """Return a digest of the words: equal words give equal digests for any white space."""
        return content_digest(self.title, self.lead, self.text)

    @property
    def length(self) -> int:
        """Return the number of matched characters, which determines the cost of this item."""
        return len(self.title) + len(self.lead) + len(self.text)


def content_digest(*parts: str) -> str:
    """Return a digest of 32 hexadecimal digits of the words in ``parts``, ignoring white space."""
    # The unit separator keeps the parts apart: ("a b", "c") differs from ("a", "b c").
    words = "\x1f".join(" ".join(part.split()) for part in parts)
    # Lone surrogates from broken input cannot be encoded otherwise.
    return sha256(words.encode("utf-8", "surrogatepass")).hexdigest()[:32]
