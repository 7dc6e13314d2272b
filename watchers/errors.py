"""What can go wrong in the watchers.

    WatchersError
    ├── QuerySyntaxError    a topic that cannot be read: .position, .hint
    └── SourceError         something about a source: .address
        ├── SourceGone      the folder or page is not there
        └── DocumentError   one document cannot be used: .name, .reason
            ├── EmptyDocument
            ├── BinaryDocument
            ├── OversizedDocument    .size, .limit (bytes)
            └── UnreadableDocument

Every error carries data, and its message tells a person what happened, to what, and what to do.
"""

from __future__ import annotations


class WatchersError(Exception):
    """The root of every error the watchers raise on purpose."""


class QuerySyntaxError(WatchersError):
    """A topic that cannot be read.

    ``position`` counts characters of ``text`` from 0; ``hint`` says what would work instead.
    """

    def __init__(self, problem: str, *, text: str, position: int, hint: str = "") -> None:
        super().__init__(problem)
        self.problem = problem
        self.text = text
        self.position = position
        self.hint = hint

    def __str__(self) -> str:
        where = f"column {self.position + 1}: {self.problem}"
        return f"{where}. {self.hint}" if self.hint else where


class SourceError(WatchersError):
    """Something about the source at ``address``."""

    def __init__(self, message: str, *, address: str) -> None:
        super().__init__(message)
        self.address = address


class SourceGone(SourceError):
    """The folder that is watched is not there (now)."""

    def __init__(self, address: str, reason: str) -> None:
        super().__init__(f"{address} cannot be read: {reason}", address=address)
        self.reason = reason


class DocumentError(SourceError):
    """One document, ``name`` inside the folder ``address``, cannot be used, for ``reason``."""

    def __init__(self, reason: str, *, address: str = "", name: str = "") -> None:
        super().__init__(f"{name}: {reason}" if name else reason, address=address)
        self.name = name
        self.reason = reason


class EmptyDocument(DocumentError):
    """There is no text in it."""


class BinaryDocument(DocumentError):
    """It is no text in any encoding we know."""


class OversizedDocument(DocumentError):
    """It is larger than the limit (both in bytes)."""

    def __init__(self, size: int, limit: int) -> None:
        super().__init__(f"{size:,} bytes, and the limit is {limit:,}; split it or shorten it")
        self.size = size
        self.limit = limit


class UnreadableDocument(DocumentError):
    """The system or a parser refused to read it."""
