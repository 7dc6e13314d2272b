"""The Item: one piece of news as a watcher found it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One news item. Only ``key`` and ``title`` are always there.

    Attributes:
        key: identity inside its source; stays the same when the item is edited, moved or re-read.
        title: plain text, one line.
        url: where a person can read it; ``None`` for a document without an address.
        source: who published it, as a person would name it ("reuters.com", "seeds/brief.txt").
        published: when, with a time zone; ``None`` where the item does not say.
        lead: the standfirst or description, plain text.
        text: the body, plain text, paragraphs parted by a blank line.
        language: a BCP 47 tag ("en", "pt-BR") where it is known.
        author: as printed.
        tags: categories the publisher gave.
        source_names: what else its source goes by, and went by before: a topic may ask for each.
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
        """A fingerprint of what the item says: equal words give equal digests, whatever the spacing."""
        return content_digest(self.title, self.lead, self.text)

    @property
    def length(self) -> int:
        """Characters of all that is matched: what work on this item costs."""
        return len(self.title) + len(self.lead) + len(self.text)


def content_digest(*parts: str) -> str:
    """A 32-digit hexadecimal fingerprint of the words in ``parts``, blind to white space."""
    words = "\x1f".join(" ".join(part.split()) for part in parts)
    return sha256(words.encode("utf-8", "surrogatepass")).hexdigest()[:32]
